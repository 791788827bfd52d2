/* What modules call. Each function finds the session behind the opaque pointer
 * and hands on; nothing here calls a module. */
#include "core/host_api.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/log.h"
#include "core/api.h"
#include "core/pmce.h"
#include "core/session.h"
#include "core/worker.h"
#include "host/settings.h"

static enum framed_result
api_close(struct framed_session *opaque, uint16_t code, const char *text)
{
	struct session *session = session_from(opaque);

	if (!closecode_is_valid(code))
		return FRAMED_INVALID;
	if (!session_can_send(session))
		return FRAMED_CLOSED;
	session_close_with(session, CLOSE_LOCAL_CLOSED, code,
	    span_from_string(text != NULL ? text : ""));
	return FRAMED_QUEUED;
}

static void
api_terminate(struct framed_session *opaque)
{
	session_cut(session_from(opaque), CLOSE_TERMINATED);
}

static void
api_fail(struct framed_session *session, const char *why)
{
	session_fail(session_from(session), why != NULL ? why : "");
}

static void
api_pause(struct framed_session *opaque)
{
	struct session *session = session_from(opaque);

	/* also before it is open: it then begins so */
	if (session->state <= SESSION_OPEN)
		session_pause(session, SESSION_PAUSED_BY_MODULE);
}

static void
api_resume(struct framed_session *opaque)
{
	struct session *session = session_from(opaque);

	if (session->state <= SESSION_OPEN)
		session_resume(session, SESSION_PAUSED_BY_MODULE);
}

static uint64_t
api_id(const struct framed_session *session)
{
	return session_id(session_from_const(session));
}

static void *
api_instance(const struct framed_session *session)
{
	return session_from_const(session)->endpoint->instance;
}

static void *
api_storage(struct framed_session *session)
{
	return session_from(session)->storage;
}

static const char *
api_path(const struct framed_session *session)
{
	return session_path(session_from_const(session));
}

static const char *
api_peer(const struct framed_session *session)
{
	static _Thread_local char text[ADDR_TEXT_MAX];

	return addr_format(&session_from_const(session)->peer, text);
}

static const struct framed_close_info *
api_close_reason(const struct framed_session *session)
{
	static _Thread_local struct framed_close_info info;

	if (!session_close_info(session_from_const(session), &info))
		return NULL;
	return &info;
}

static const struct framed_extension *
api_extension_at(const struct framed_session *opaque, size_t index)
{
	static _Thread_local struct framed_extension extension;
	const struct session *session = session_from_const(opaque);
	const struct pmce *pmce = session_pmce(session);

	if (pmce == NULL || index > 0)
		return NULL;
	pmce->describe(session, &extension);
	return &extension;
}

static void api_log(enum framed_level level, const char *format, va_list args)
    PRINTF(2, 0);

static void
api_log(enum framed_level level, const char *format, va_list args)
{
	char text[901];

	if (level < FRAMED_ERROR || level > FRAMED_DEBUG ||
	    !log_is_on(LOG_MODULE, (enum log_level)level))
		return;
	vsnprintf(text, sizeof(text), format, args);
	log_like(LOG_MODULE, (enum log_level)level, format, "module: %s", text);
}

static const void *
api_group(const char *name)
{
	if (strcmp(name, "topics/1") == 0)
		return &api_topics;
	return strcmp(name, "client/1") == 0 ? &api_client : NULL;
}

static const struct framed_host host = {
    .size = sizeof(host),
    .abi_major = FRAMED_ABI_MAJOR,
    .abi_minor = FRAMED_ABI_MINOR,
    .group = api_group,
    .log = api_log,
    .setting_string = settings_string,
    .setting_int = settings_int,
    .setting_float = settings_float,
    .setting_bool = settings_bool,
    .send = api_send,
    .close = api_close,
    .terminate = api_terminate,
    .fail_session = api_fail,
    .pause = api_pause,
    .resume = api_resume,
    .id = api_id,
    .instance = api_instance,
    .storage = api_storage,
    .path = api_path,
    .subprotocol = api_subprotocol,
    .peer = api_peer,
    .close_reason = api_close_reason,
    .method = api_method,
    .target = api_target,
    .query = api_query,
    .header = api_header,
    .header_at = api_header_at,
    .answer = api_answer,
    .answer_to = api_answer_to,
    .post = api_post,
    .send_to = api_send_to,
    .send_keyed = api_send_keyed,
    .flush = api_flush,
    .extension_at = api_extension_at,
    .worker = api_worker,
    .worker_data = api_worker_data,
    .worker_instance = api_worker_instance,
    .worker_index = api_worker_index,
    .send_frame = api_send_frame,
    .ping = api_ping,
    .ping_interval = api_ping_interval,
    .set_ping_interval = api_set_ping_interval,
    .timeout = api_timeout,
    .set_timeout = api_set_timeout,
    .max_frame = api_max_frame,
    .set_max_frame = api_set_max_frame,
    .masking = api_masking,
    .set_masking = api_set_masking,
    .timer = api_timer,
    .timer_cancel = api_timer_cancel,
    .async = api_async,
    .fact = api_fact,
};

const struct framed_host *
host_api(void)
{
	return &host;
}

static _Atomic(struct server *) attached;

void
host_api_attach(struct server *server)
{
	atomic_store(&attached, server);
}

struct server *
api_server(void)
{
	return atomic_load(&attached);
}
