#include "tests/unit/fake/noted.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

struct framed_module noted;
struct framed_fake *fake;
struct framed_worker *worker;
void (*noted_act)(struct framed_session *session);
enum framed_upgrade noted_verdict;
int noted_rc;
const char *noted_error;

static char trace[32768];

static void FRAMED_PRINTF(1, 2) note(const char *format, ...)
{
	size_t length = strlen(trace);
	va_list args;

	va_start(args, format);
	vsnprintf(trace + length, sizeof(trace) - length, format, args);
	va_end(args);
	length = strlen(trace);
	ck_assert_uint_lt(length + 1, sizeof(trace));
	memcpy(trace + length, "\n", 2);
}

static void
act(struct framed_session *session)
{
	void (*then)(struct framed_session *) = noted_act;

	noted_act = NULL;
	if (then != NULL)
		then(session);
}

static int
note_check(const struct framed_settings *settings, char *error, size_t size)
{
	note("check %s %lld %g %d",
	    framed_setting_string(settings, "word", "none"),
	    (long long)framed_setting_int(settings, "number", -1),
	    framed_setting_float(settings, "ratio", 0.5),
	    framed_setting_bool(settings, "flag", 0));
	if (noted_error != NULL && noted_rc == 0)
		snprintf(error, size, "%s", noted_error);
	return noted_error != NULL && noted_rc == 0 ? -1 : 0;
}

static int
note_load(const struct framed_settings *settings, void **instance_out,
    char *error, size_t size)
{
	note("load %s", framed_setting_string(settings, "word", "none"));
	*instance_out = &noted;
	if (noted_rc != 0 && noted_error != NULL)
		snprintf(error, size, "%s", noted_error);
	return noted_rc;
}

static void
note_unload(void *instance)
{
	note("unload %s", instance == &noted ? "its own" : "another");
}

static int
note_worker_start(
    struct framed_worker *which, void **data_out, char *error, size_t size)
{
	note("worker_start %u", framed_worker_index(which));
	*data_out = trace;
	if (noted_rc != 0 && noted_error != NULL)
		snprintf(error, size, "%s", noted_error);
	return noted_rc;
}

static void
note_worker_stop(struct framed_worker *which, void *data)
{
	note("worker_stop %u %s", framed_worker_index(which),
	    data == trace ? "its own" : "another");
}

static enum framed_upgrade
note_upgrade(struct framed_session *session)
{
	note("on_upgrade");
	act(session);
	return noted_verdict;
}

static void
note_open(struct framed_session *session)
{
	note("on_open");
	act(session);
}

static void
note_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	note("on_message %d %.*s", type, (int)length, (const char *)data);
	act(session);
}

static void
note_writable(struct framed_session *session)
{
	note("on_writable");
	act(session);
}

static void
note_close(
    struct framed_session *session, const struct framed_close_info *reason)
{
	note("on_close %u by %u %s", reason->code, reason->by, reason->text);
	act(session);
}

static void
note_frame(struct framed_session *session, const struct framed_frame *frame)
{
	note("on_frame %u %.*s", frame->opcode, (int)frame->length,
	    (const char *)frame->data);
	act(session);
}

static void
note_pong(struct framed_session *session, const void *data, size_t length)
{
	note("on_pong %.*s", (int)length, (const char *)data);
	act(session);
}

static void
note_dropped(struct framed_session *session, uint64_t messages, uint64_t bytes)
{
	note("on_dropped %u %u", (unsigned)messages, (unsigned)bytes);
	act(session);
}

static void
note_flushed(
    struct framed_session *session, uint64_t token, enum framed_result result)
{
	note("on_flushed %u %d", (unsigned)token, result);
	act(session);
}

static void
note_timer(struct framed_session *session, uint64_t token)
{
	note("on_timer %u", (unsigned)token);
	act(session);
}

static void
note_post(struct framed_session *session, uint64_t token, const void *data,
    size_t length)
{
	note("on_post %u %.*s", (unsigned)token, (int)length,
	    (const char *)data);
	act(session);
}

static void
note_work(struct framed_work *work)
{
	note("async_work %u %.*s", (unsigned)work->token, (int)work->length,
	    (const char *)work->data);
	work->result = work;
	act(NULL);
}

static void
note_done(struct framed_session *session, struct framed_work *work)
{
	note("on_async_done %u gone %u result %d", (unsigned)work->token,
	    work->gone, work->result == work);
	ck_assert_int_eq(session == NULL, (int)work->gone);
	ck_assert_ptr_eq(work->instance, &noted);
	act(session);
}

static void
note_connect_failed(struct framed_worker *which, const struct framed_call *call,
    const struct framed_close_info *reason)
{
	note("on_connect_failed %u %s token %u status %u code %u by %u",
	    framed_worker_index(which), call->url, (unsigned)call->token,
	    call->status, reason->code, reason->by);
}

static void
note_drain(struct framed_session *session, uint32_t ms)
{
	note("on_drain %u", ms);
	act(session);
}

FRAMED_MODULE(.session_size = 16, .name = "noted", .version = "1.0",
    .check = note_check, .load = note_load, .unload = note_unload,
    .on_open = note_open, .on_message = note_message,
    .on_writable = note_writable, .on_close = note_close,
    .worker_start = note_worker_start, .worker_stop = note_worker_stop,
    .on_upgrade = note_upgrade, .on_frame = note_frame, .on_pong = note_pong,
    .on_dropped = note_dropped, .on_flushed = note_flushed,
    .on_timer = note_timer, .on_post = note_post, .async_work = note_work,
    .on_async_done = note_done, .on_connect_failed = note_connect_failed,
    .on_drain = note_drain);

const struct framed_module *
noted_entry(const struct framed_host *host)
{
	(void)framed_module_entry(host);
	return &noted;
}

void
noted_setup(void)
{
	noted = *framed_module_entry(framed_fake_host());
	trace[0] = '\0';
	noted_act = NULL;
	noted_verdict = FRAMED_PROCEED;
	noted_rc = 0;
	noted_error = NULL;
	fake = NULL;
}

void
noted_teardown(void)
{
	framed_fake_free(&fake);
	ck_assert_ptr_null(fake);
}

void
noted_begin(const struct framed_fake_endpoint *endpoint)
{
	fake = framed_fake_new(noted_entry, 0);
	ck_assert_ptr_nonnull(fake);
	worker = framed_fake_load(fake, endpoint);
	ck_assert_msg(worker != NULL, "%s", framed_fake_error(fake));
	trace[0] = '\0';
}

struct framed_session *
noted_open(void)
{
	struct framed_session *session;

	noted_begin(NULL);
	session = framed_fake_open(worker, NULL);
	ck_assert_ptr_nonnull(session);
	noted_expect("on_upgrade\non_open\n");
	return session;
}

void
noted_expect(const char *lines)
{
	ck_assert_str_eq(trace, lines);
	trace[0] = '\0';
}
