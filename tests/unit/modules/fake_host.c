#include "tests/unit/modules/fake_host.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

unsigned fake_log_lines;
char fake_log_last[256];

static void
note(struct fake_message *message, enum framed_type type, const void *data,
    size_t length)
{
	ck_assert_uint_lt(length, sizeof(message->text));
	message->count++;
	message->type = type;
	memset(message->text, 0, sizeof(message->text));
	memcpy(message->text, data, length);
}

static enum framed_result
fake_send(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	note(&session->sent, type, data, length);
	return session->answer;
}

static enum framed_result
fake_subscribe(struct framed_session *session, const char *topic)
{
	snprintf(session->topic, sizeof(session->topic), "%s", topic);
	return session->answer;
}

static enum framed_result
fake_publish(struct framed_session *session, const char *topic,
    enum framed_type type, const void *data, size_t length, unsigned flags)
{
	ck_assert_str_eq(topic, session->topic);
	note(&session->published, type, data, length);
	session->published.flags = flags;
	return session->answer;
}

static void
fake_fail(struct framed_session *session, const char *why)
{
	session->failure = why;
}

static void *
fake_instance(const struct framed_session *session)
{
	return session->instance;
}

static void *
fake_storage(struct framed_session *session)
{
	return session->storage;
}

static const char *
fake_peer(const struct framed_session *session)
{
	(void)session;
	return "192.0.2.1:1";
}

static const char *
fake_setting_string(const struct framed_settings *settings, const char *name,
    const char *fallback)
{
	ck_assert_str_eq(name, "topic");
	return settings->topic != NULL ? settings->topic : fallback;
}

static int
fake_setting_bool(
    const struct framed_settings *settings, const char *name, int fallback)
{
	ck_assert_str_eq(name, "include_sender");
	return settings->include_sender != -1 ? settings->include_sender
	                                      : fallback;
}

static void FRAMED_PRINTF(2, 0)
    fake_log(enum framed_level level, const char *format, va_list args)
{
	(void)level;
	fake_log_lines++;
	vsnprintf(fake_log_last, sizeof(fake_log_last), format, args);
}

static const void *
fake_group(const char *name)
{
	static const struct framed_topics topics = {
	    .size = sizeof(topics),
	    .subscribe = fake_subscribe,
	    .publish = fake_publish,
	};

	return strcmp(name, "topics/1") == 0 ? &topics : NULL;
}

const struct framed_module *
fake_host_start(void)
{
	static const struct framed_host host = {
	    .size = sizeof(host),
	    .abi_major = FRAMED_ABI_MAJOR,
	    .abi_minor = FRAMED_ABI_MINOR,
	    .group = fake_group,
	    .log = fake_log,
	    .setting_string = fake_setting_string,
	    .setting_bool = fake_setting_bool,
	    .send = fake_send,
	    .fail_session = fake_fail,
	    .instance = fake_instance,
	    .storage = fake_storage,
	    .peer = fake_peer,
	};

	fake_log_lines = 0;
	return framed_module_entry(&host);
}
