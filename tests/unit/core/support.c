/* The bench's server, workers, clock and module. */
#include "tests/unit/core/support.h"

#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "core/drain.h"
#include "core/host_api.h"
#include "tests/unit/harness.h"

enum { TURNS_MAX = 2000 };

struct bench bench;

/* Stands before the clock, with the linker's --wrap. */
uint64_t __wrap_clock_now_ms(void);

uint64_t
__wrap_clock_now_ms(void)
{
	return bench.now_ms;
}

void
text_add(struct text *text, const char *format, ...)
{
	size_t room = sizeof(text->bytes) - text->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->bytes + text->length, room, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= room)
		ck_abort_msg("too much to note: %s", text->bytes);
	text->length += (size_t)length;
}

/* Notes a callback; none may run inside another. Not an assertion, since those
 * allocate, and allocations may be set to fail. */
#define NOTE(...)                                                      \
	do {                                                           \
		if (bench.is_in_callback)                              \
			ck_abort_msg("a callback inside another one"); \
		bench.is_in_callback = true;                           \
		text_add(&bench.calls, __VA_ARGS__);                   \
	} while (0)

enum framed_upgrade
bench_on_upgrade(struct framed_session *session)
{
	enum framed_upgrade verdict = FRAMED_PROCEED;

	NOTE("upgrade ");
	if (bench.acts.upgrade != NULL)
		verdict = bench.acts.upgrade(session);
	bench.is_in_callback = false;
	return verdict;
}

enum framed_upgrade
bench_defer(struct framed_session *session)
{
	(void)session;
	return FRAMED_DEFER;
}

static void
on_open(struct framed_session *session)
{
	NOTE("open ");
	if (bench.acts.open != NULL)
		bench.acts.open(session);
	bench.is_in_callback = false;
}

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	(void)type;
	if (length > 64)
		NOTE("message*%zu ", length);
	else
		NOTE("message=%.*s ", (int)length, (const char *)data);
	if (bench.acts.message != NULL)
		bench.acts.message(session, span_from(data, length));
	bench.is_in_callback = false;
}

static void
on_frame(struct framed_session *session, const struct framed_frame *frame)
{
	unsigned first = frame->opcode | (frame->fin ? FRAMED_FIN : 0u) |
	    (unsigned)frame->rsv << 4;

	if (frame->length > 64)
		NOTE("frame=%02x*%zu ", first, frame->length);
	else
		NOTE("frame=%02x:%.*s ", first, (int)frame->length,
		    (const char *)frame->data);
	if (bench.acts.frame != NULL)
		bench.acts.frame(session, frame);
	bench.is_in_callback = false;
}

static void
on_pong(struct framed_session *session, const void *data, size_t length)
{
	NOTE("pong=%.*s ", (int)length, (const char *)data);
	if (bench.acts.pong != NULL)
		bench.acts.pong(session, span_from(data, length));
	bench.is_in_callback = false;
}

static void
on_writable(struct framed_session *session)
{
	NOTE("writable ");
	if (bench.acts.writable != NULL)
		bench.acts.writable(session);
	bench.is_in_callback = false;
}

static void
on_dropped(struct framed_session *session, uint64_t messages, uint64_t bytes)
{
	NOTE("dropped=%llu*%llu ", (unsigned long long)messages,
	    (unsigned long long)bytes);
	if (bench.acts.dropped != NULL)
		bench.acts.dropped(session);
	bench.is_in_callback = false;
}

static void
on_flushed(
    struct framed_session *session, uint64_t token, enum framed_result result)
{
	NOTE("%s=%llu ", result == FRAMED_OK ? "flushed" : "unflushed",
	    (unsigned long long)token);
	if (bench.acts.flushed != NULL)
		bench.acts.flushed(session, token);
	bench.is_in_callback = false;
}

static void
on_close(struct framed_session *session, const struct framed_close_info *reason)
{
	NOTE("close=%u/%s:%s ", reason->code,
	    framed_by_name((enum framed_by)reason->by), reason->text);
	if (bench.acts.close != NULL)
		bench.acts.close(session);
	bench.is_in_callback = false;
}

static void
on_post(struct framed_session *session, uint64_t token, const void *data,
    size_t length)
{
	if (length > 64)
		NOTE("post=%llu*%zu ", (unsigned long long)token, length);
	else
		NOTE("post=%llu:%.*s ", (unsigned long long)token, (int)length,
		    (const char *)data);
	if (bench.acts.post != NULL)
		bench.acts.post(session, token, span_from(data, length));
	bench.is_in_callback = false;
}

static void
on_timer(struct framed_session *session, uint64_t token)
{
	NOTE("timer=%llu ", (unsigned long long)token);
	if (bench.acts.timer != NULL)
		bench.acts.timer(session, token);
	bench.is_in_callback = false;
}

static void
on_async_done(struct framed_session *session, struct framed_work *work)
{
	NOTE("%s=%llu ", work->gone ? "gone" : "done",
	    (unsigned long long)work->token);
	if ((session == NULL) != (work->gone == 1))
		ck_abort_msg("it is gone, and it is not");
	if (bench.acts.done != NULL)
		bench.acts.done(session, work);
	bench.is_in_callback = false;
}

void
bench_on_drain(struct framed_session *session, uint32_t ms)
{
	NOTE("drain=%u ", ms);
	if (bench.acts.drain != NULL)
		bench.acts.drain(session, ms);
	bench.is_in_callback = false;
}

static void
on_connect_failed(struct framed_worker *worker, const struct framed_call *call,
    const struct framed_close_info *reason)
{
	if (framed_worker_instance(worker) != &bench)
		ck_abort_msg("the worker is another one's");
	NOTE("failed=%u/%u/%s:%s ", call->status, reason->code,
	    framed_by_name((enum framed_by)reason->by), reason->text);
	if (bench.acts.connect_failed != NULL)
		bench.acts.connect_failed(worker, call);
	bench.is_in_callback = false;
}

FRAMED_MODULE(.name = "bench", .version = "0", .on_open = on_open,
    .on_message = on_message, .on_writable = on_writable, .on_close = on_close,
    .on_frame = on_frame, .on_pong = on_pong, .on_dropped = on_dropped,
    .on_flushed = on_flushed, .on_post = on_post, .on_timer = on_timer,
    .on_async_done = on_async_done, .on_connect_failed = on_connect_failed);

static const struct conf_limits limits = {
    .max_sessions = 100,
    .max_message_bytes = BENCH_MESSAGE_BYTES,
    .max_frame_bytes = BENCH_MESSAGE_BYTES,
    .queue_bytes = BENCH_QUEUE_BYTES,
    .close_timeout_ms = BENCH_CLOSE_MS,
    .max_header_bytes = 4096,
    .max_headers = 16,
    .handshake_timeout_ms = BENCH_HANDSHAKE_MS,
    .async_max = BENCH_ASYNC_MAX,
};

static const struct conf_keepalive keepalive = {
    .ping_interval_ms = BENCH_PING_MS,
    .timeout_ms = BENCH_PONG_MS,
};

static const struct deflate_config deflate = {
    .is_enabled = true,
    .server_takeover = true,
    .client_takeover = true,
    .server_window_bits = 15,
    .client_window_bits = 15,
    .level = 1,
    .memory_level = 8,
    .min_bytes = BENCH_DEFLATE_BYTES,
};

static char path[] = "/chat";

static void
describe_endpoint(void)
{
	bench.endpoint_conf.path = path;
	bench.endpoint_conf.queue_policy = QUEUE_PAUSE_READING;
	bench.endpoint_conf.limits = limits;
	bench.endpoint_conf.keepalive = keepalive;
	bench.endpoint_conf.deflate = deflate;
	bench.api = *framed_module_entry(host_api());
	bench.endpoint.conf = &bench.endpoint_conf;
	bench.endpoint.api = &bench.api;
	bench.endpoint.instance = &bench;
	bench.endpoint.rules.role = FRAME_SERVER;
	bench.endpoint.rules.max_frame_bytes = limits.max_frame_bytes;
	bench.endpoint.rules.max_message_bytes = limits.max_message_bytes;
	bench.endpoint.extended_rules = bench.endpoint.rules;
	bench.endpoint.extended_rules.rsv_allowed = FRAME_RSV1;
}

void
bench_setup(void)
{
	struct conf_report report = {.stream = stderr};

	memset(&bench, 0, sizeof(bench));
	log_set_level(LOG_LEVEL_ERROR);
	bench.now_ms = 1000000;
	describe_endpoint();
	bench.conf.workers = 2;
	bench.conf.limits = limits;
	/* sessions are closed in the turn that hears of it */
	bench.conf.drain.close_code = CLOSECODE_GOING_AWAY;
	bench.conf.endpoints = &bench.endpoint_conf;
	bench.conf.endpoint_count = 1;
	/* not to be bound, but in its place for its TLS context */
	bench.conf.listeners = &bench.listener_conf;
	bench.listener_conf.conf = &bench.conf;
	bench.endpoint.registry = &bench.registry;
	bench.registry.conf = &bench.conf;
	bench.registry.endpoints = &bench.endpoint;
	bench.registry.endpoint_count = 1;
	ck_assert_int_eq(generation_init(&bench.generation, &bench.conf,
	                     &bench.registry, &report),
	    0);
	ck_assert_int_eq(
	    server_init(&bench.server, &bench.generation), SERVER_OK);
	bench_open_seats();
	bench.worker = &bench.server.workers[0];
}

void
bench_open_seats(void)
{
	for (unsigned i = 0; i < bench.server.worker_count; i++) {
		struct worker *worker = &bench.server.workers[i];

		ck_assert_int_eq(seats_open(&worker->tenure->seats, worker,
		                     bench.generation.registry),
		    0);
	}
}

void
bench_close_seats(void)
{
	for (unsigned i = 0; i < bench.server.worker_count; i++)
		for (struct tenure *tenure = bench.server.workers[i].tenures;
		     tenure != NULL; tenure = tenure->next)
			seats_close(&tenure->seats);
}

void
bench_make_raw(void)
{
	bench.endpoint_conf.is_raw = true;
	bench.endpoint.rules.is_raw = true;
}

void
bench_teardown(void)
{
	mailbox_signal(&bench.worker->mailbox, MAILBOX_ABORT);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_uint_eq(bench.worker->stats.charged_bytes, 0);
	ck_assert_uint_eq(bench.worker->works, 0);
	ck_assert_int_eq(
	    timers_next_ms(&bench.worker->timers, bench.now_ms), -1);
	ck_assert_uint_eq(atomic_load(&bench.server.sessions), 0);
	ck_assert_uint_eq(atomic_load(&bench.server.handshakes), 0);
	ck_assert_uint_eq(atomic_load(&bench.endpoint.sessions->count), 0);
	for (unsigned i = 0; i < bench.server.worker_count; i++) {
		const struct tenure *tenure = bench.server.workers[i].tenure;

		ck_assert_uint_eq(tenure->sessions, 0);
		ck_assert_uint_eq(tenure->clients, 0);
		ck_assert_uint_eq(tenure->works, 0);
	}
	bench_close_seats();
	server_release(&bench.server);
	generation_release(&bench.generation);
}

void
bench_turn(struct worker *worker)
{
	/* no signal at all, but the loop has an event */
	mailbox_signal(&worker->mailbox, (enum mailbox_signal)0);
	worker_turn(worker);
}

/* Whether the worker has work that its loop shows no event for, beside the one
 * that bench_turn() makes. */
static bool
has_work(const struct worker *worker)
{
	const struct mailbox *mailbox = &worker->mailbox;

	return worker->marked != NULL || worker->inbox != NULL ||
	    drain_is_busy(worker) || atomic_load(&mailbox->newest) != NULL ||
	    atomic_load(&mailbox->signals) != 0 ||
	    atomic_load(&mailbox->is_lagging);
}

/* A turn. Returns whether there was anything but the wake, or may be. */
static bool
is_busy(struct worker *worker)
{
	bool had_work = has_work(worker);

	event_base_get_max_events(worker->base, EVENT_BASE_COUNT_ACTIVE, 1);
	bench_turn(worker);
	return had_work || has_work(worker) ||
	    event_base_get_max_events(
	        worker->base, EVENT_BASE_COUNT_ACTIVE, 0) > 1;
}

void
bench_run(void)
{
	unsigned turns = 0;
	bool is_any_busy;

	do {
		is_any_busy = false;
		for (unsigned i = 0; i < bench.server.worker_count; i++)
			if (is_busy(&bench.server.workers[i]))
				is_any_busy = true;
		if (++turns == TURNS_MAX)
			ck_abort_msg("the workers never come to rest");
	} while (is_any_busy);
}

void
bench_pass(uint64_t ms)
{
	uint64_t until_ms = bench.now_ms + ms;

	bench_run();
	while (bench.worker->timer_ms <= until_ms) {
		bench.now_ms = bench.worker->timer_ms;
		event_active(bench.worker->timer, EV_TIMEOUT, 1);
		bench_run();
	}
	bench.now_ms = until_ms;
}

const char *
bench_calls(void)
{
	static struct text given;

	given = bench.calls;
	bench.calls.length = 0;
	bench.calls.bytes[0] = '\0';
	return given.bytes;
}

unsigned
bench_live(void)
{
	return bench.worker->table.live;
}

unsigned
bench_ended(enum close_reason reason)
{
	return (unsigned)bench.worker->stats.ended[reason];
}
