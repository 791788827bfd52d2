/*
 * Every allocation of a session's life fails once: the session ends or goes on,
 * the worker lives, the module is told as often as it should be, and nothing
 * leaks.
 */
#include <string.h>
#include <sys/socket.h>

#include "core/topics.h"
#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"
#include "tests/unit/proto/random.h"

static struct peer peer;
enum { NOISE = BENCH_QUEUE_BYTES / 2, ZEROS = 100 };

static uint8_t payload[BENCH_QUEUE_BYTES];
static unsigned flushes;

/* Each with its end of line; of the first there is none. */
static const char *const offers[] = {
    "",
    "Sec-WebSocket-Extensions: permessage-deflate\r\n",
    "Sec-WebSocket-Extensions: permessage-deflate; "
    "server_no_context_takeover\r\n",
};
static const char *offer;

static void
setup(void)
{
	struct random random = {1};

	bench_setup();
	peer.fd = -1;
	offer = offers[0];
	/* compressed, it still does not fit into a narrow socket */
	random_fill(&random, payload, NOISE);
}

static void
teardown(void)
{
	peer_close(&peer);
	bench_teardown();
}

/* What it says first leaves before it reads on: an extension encodes it while
 * the session is open. */
static void
greet(struct framed_session *session)
{
	framed_subscribe(session, "topic");
	framed_publish(
	    session, "topic", FRAMED_BINARY, payload + NOISE, ZEROS, 0);
	framed_pause(session);
}

/* Much goes out, to nobody who reads; and the module waits for a while. */
static void
answer(struct framed_session *session, struct span message)
{
	framed_subscribe(session, "topic");
	framed_subscribe(session, "another");
	framed_publish(
	    session, "topic", FRAMED_TEXT, message.data, message.length, 0);
	framed_send(session, FRAMED_TEXT, message.data, message.length);
	framed_post(framed_id(session), 1, message.data, message.length);
	framed_send_to(
	    framed_id(session), FRAMED_TEXT, message.data, message.length);
	framed_publish(NULL, "another", FRAMED_TEXT, "news", 4, 0);
	framed_send(session, FRAMED_BINARY, payload, sizeof(payload));
	for (uint64_t i = 0; i < 6; i++) {
		framed_send_keyed(session, i % 4, FRAMED_TEXT, "k", 1);
		flushes += framed_flush(session, i) == FRAMED_QUEUED;
	}
	framed_pause(session);
}

/* How the module answers the request. */
enum way { AT_ONCE, LATER, BY_ID, WAYS };

static const struct framed_answer yes = {.size = sizeof(yes),
    .status = 101,
    .subprotocol = "chat",
    .headers = "X: y\r\n"};

static enum framed_upgrade
answer_at_once(struct framed_session *session)
{
	framed_answer(session, &yes);
	return FRAMED_PROCEED;
}

/* If the session has come to it. Without memory the module does not try again.
 */
static void
answer_later(enum way way)
{
	struct framed_session *session = (struct framed_session *)peer.session;

	if (bench_live() == 0 || peer.session->state != SESSION_UPGRADE)
		return;
	if (way == LATER)
		framed_answer(session, &yes);
	else
		framed_answer_to(framed_id(session), &yes);
	bench_run();
}

static bool
is_alive(void)
{
	return bench_live() > 0 && peer.session->state == SESSION_OPEN;
}

/* The life that is tested, as far as it goes. Asserts nothing. */
static void
live(enum way way)
{
	bench_run();
	answer_later(way);
	for (unsigned i = 0; i < 3; i++) {
		if (is_alive())
			framed_resume((struct framed_session *)peer.session);
		bench_run();
	}
	/* pings, with a queue that does not move */
	bench_pass(BENCH_PING_MS + 3 * BENCH_PONG_MS);
	if (is_alive())
		framed_close(
		    (struct framed_session *)peer.session, 3000, "enough");
	bench_pass(BENCH_CLOSE_MS + 2000);
}

/* A client that has said all it will ever say. */
static void
prepare(enum way way)
{
	/* before its final empty line */
	const size_t length = strlen(bench_request) - 2;

	bench.api.session_size = 100;
	bench.api.on_upgrade = bench_on_upgrade;
	bench.acts.upgrade = way == AT_ONCE ? answer_at_once : bench_defer;
	bench.acts.open = greet;
	bench.acts.message = answer;
	bench.endpoint_conf.is_prefix = true;
	peer_connect_narrow(&peer);
	peer_write(&peer, span_from(bench_request, length));
	peer_write(&peer, span_from_string(offer));
	peer_write(&peer, SPAN_LITERAL("Sec-WebSocket-Protocol: chat\r\n\r\n"));
	peer_send(&peer, FRAME_TEXT, SPAN_LITERAL("in "));
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("ping"));
	peer_send(&peer, FRAME_FIN | FRAME_CONTINUATION, SPAN_LITERAL("two"));
	peer_say(&peer, "second");
	peer_send(&peer, FRAME_TEXT, SPAN_LITERAL("half"));
}

static unsigned
count(const char *text, const char *word)
{
	unsigned found = 0;

	for (text = strstr(text, word); text != NULL;
	     text = strstr(text + 1, word))
		found++;
	return found;
}

/* With n 0 nothing fails. Returns the number of allocations. */
static size_t
live_without(size_t n, enum way way)
{
	const char *calls;
	size_t total;

	flushes = 0;
	prepare(way);
	alloc_fail_start(n);
	live(way);
	total = alloc_fail_stop();
	calls = bench_calls();
	ck_assert_uint_le(count(calls, "open "), 1);
	ck_assert_msg(count(calls, "open ") == count(calls, "close="),
	    "without allocation %zu: %s", n, calls);
	ck_assert_uint_eq(count(calls, "flushed="), flushes);
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_uint_eq(bench.worker->stats.charged_bytes, 0);
	peer_close(&peer);
	return total;
}

START_TEST(every_failed_allocation_ends_one_session_at_most)
{
	static const enum queue_policy policies[] = {
	    QUEUE_PAUSE_READING, QUEUE_DROP_OLDEST, QUEUE_CONFLATE};
	const enum way way = (enum way)(_i % WAYS);
	size_t total;

	bench.endpoint_conf.queue_policy = policies[_i / WAYS % 3];
	offer = offers[_i / WAYS / 3];
	total = live_without(0, way);
	/* or most of that life was not lived */
	ck_assert_uint_gt(total, 15);
	ck_assert_uint_eq(bench_ended(CLOSE_NO_MEMORY), 0);
	for (size_t n = 1; n <= total; n++)
		live_without(n, way);
	ck_assert_uint_gt(bench_ended(CLOSE_NO_MEMORY), 5);
}
END_TEST

START_TEST(connection_without_memory_is_closed_and_the_next_one_opens)
{
	struct message message;

	alloc_fail_start(1);
	peer_connect(&peer);
	alloc_fail_stop();
	ck_assert_uint_eq(bench_live(), 0);
	peer.is_http = false;
	ck_assert(!peer_next(&peer, &message));
	ck_assert(peer.is_over);
	peer_close(&peer);
	peer_open(&peer);
}
END_TEST

START_TEST(ping_without_memory_leaves_no_deadline_behind)
{
	peer_open(&peer);
	alloc_fail_start(1);
	bench_pass(BENCH_PING_MS + WHEEL_TICK_MS);
	alloc_fail_stop();
	ck_assert_str_eq(bench_calls(), "close=1011/limit: ");
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_int_eq(wheel_next_ms(&bench.worker->wheel, bench.now_ms), -1);
}
END_TEST

/* The peer, whose stream can no longer be read, is heard out and not answered.
 */
static void
expect_lingering(void)
{
	ck_assert_str_eq(peer_heard(&peer), "close=1011: end ");
	peer_say_close(&peer, 1000, "");
	peer_say(&peer, "more");
	bench_run();
	ck_assert_uint_eq(bench_live(), 1);
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_uint_eq(bench_ended(CLOSE_NO_MEMORY), 1);
}

START_TEST(message_without_memory_is_the_last_that_is_read)
{
	peer_open(&peer);
	/* half a message, whose bytes look like a Close */
	peer_write(&peer,
	    SPAN_LITERAL("\x02\x88\0\0\0\0"
	                 "\x88\x82\0\0\0\0\x03\xe8"));
	alloc_fail_start(1);
	bench_run();
	alloc_fail_stop();
	ck_assert_str_eq(bench_calls(), "close=1011/limit: ");
	expect_lingering();
}
END_TEST

static void
pause(struct framed_session *session, struct span message)
{
	(void)message;
	framed_pause(session);
}

START_TEST(backlog_without_memory_is_the_end_of_reading)
{
	bench.acts.message = pause;
	peer_open(&peer);
	peer_say(&peer, "stop");
	peer_say(&peer, "lost");
	alloc_fail_start(1);
	bench_run();
	alloc_fail_stop();
	ck_assert_str_eq(bench_calls(), "message=stop close=1011/limit: ");
	expect_lingering();
}
END_TEST

/* Of both sides' Close, whichever comes first. */
START_TEST(close_of_a_raw_session_without_memory)
{
	struct framed_session *session;

	bench_make_raw();
	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	peer_open_narrow(&peer);
	session = (struct framed_session *)peer.session;
	if (_i > 0)
		peer_say_close(&peer, 4000, "");
	bench_run();
	alloc_fail_start(1);
	ck_assert_int_eq(
	    framed_send_frame(session, FRAMED_FIN | FRAMED_OP_CLOSE, NULL, 0),
	    FRAMED_QUEUED);
	alloc_fail_stop();
	ck_assert(peer.session->flags & SESSION_BROKEN);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_uint_eq(
	    bench_ended(_i > 0 ? CLOSE_PEER_CLOSED : CLOSE_LOCAL_CLOSED), 1);
}
END_TEST

START_TEST(tuning_without_memory_changes_nothing)
{
	struct framed_session *session;

	peer_open(&peer);
	session = (struct framed_session *)peer.session;
	alloc_fail_start(1);
	ck_assert_int_eq(
	    framed_set_ping_interval(session, 1), FRAMED_NO_MEMORY);
	alloc_fail_stop();
	ck_assert_uint_eq(framed_ping_interval(session), BENCH_PING_MS);
	peer_say(&peer, "still here");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=still here ");
	ck_assert_int_eq(framed_set_ping_interval(session, 1), FRAMED_OK);
}
END_TEST

START_TEST(post_without_memory_is_dropped_and_nobody_waits)
{
	struct worker *second = &bench.server.workers[1];
	enum framed_result result;

	peer_open(&peer);
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		atomic_store(&second->topics.interest[i], 1);
	/* the first is the frame */
	alloc_fail_start(2);
	result = framed_publish((struct framed_session *)peer.session, "far",
	    FRAMED_TEXT, "x", 1, 0);
	ck_assert_uint_eq(alloc_fail_stop(), 2);
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		atomic_store(&second->topics.interest[i], 0);
	ck_assert_int_eq(result, FRAMED_DROPPED);
	ck_assert_uint_eq(bench.worker->stats.dropped, 1);
	/* there would be no relief: nobody lags */
	peer_say(&peer, "read");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=read ");
}
END_TEST

/* A session that we begin, up to its first message, with the n-th allocation
 * failing. Returns the number of allocations. */
static size_t
call_without(size_t n)
{
	const char *calls;
	size_t total;
	bool was_begun;

	alloc_fail_start(n);
	peer_call(
	    &peer, (struct framed_connect_options){.subprotocols = "a, b"});
	was_begun = peer.session != NULL;
	if (peer.fd != -1 && peer.response[0] != '\0')
		peer_answer(&peer, "Sec-WebSocket-Protocol: b\r\n");
	bench_run();
	if (was_begun && is_alive())
		framed_close((struct framed_session *)peer.session, 1000, "");
	bench_pass(BENCH_CLOSE_MS + 2000);
	total = alloc_fail_stop();
	calls = bench_calls();
	ck_assert_msg(count(calls, "open ") + count(calls, "failed=") ==
	        (was_begun ? 1 : 0),
	    "without allocation %zu: %s", n, calls);
	ck_assert_uint_eq(count(calls, "open "), count(calls, "close="));
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_uint_eq(bench.worker->stats.charged_bytes, 0);
	ck_assert_uint_eq(atomic_load(&bench.server.sessions), 0);
	peer_close(&peer);
	return total;
}

START_TEST(session_that_we_begin_fails_once_without_memory)
{
	size_t total;

	bench.api.session_size = 100;
	total = call_without(0);
	ck_assert_uint_gt(total, 8);
	for (size_t n = 1; n <= total; n++)
		call_without(n);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("no_memory");
	TCase *tcase = tcase_create("life");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase,
	    every_failed_allocation_ends_one_session_at_most, 0,
	    3 * WAYS * (int)ARRAY_LENGTH(offers));
	tcase_add_test(
	    tcase, connection_without_memory_is_closed_and_the_next_one_opens);
	tcase_add_test(tcase, ping_without_memory_leaves_no_deadline_behind);
	tcase_add_test(tcase, message_without_memory_is_the_last_that_is_read);
	tcase_add_test(tcase, backlog_without_memory_is_the_end_of_reading);
	tcase_add_loop_test(tcase, close_of_a_raw_session_without_memory, 0, 2);
	tcase_add_test(tcase, tuning_without_memory_changes_nothing);
	tcase_add_test(tcase, post_without_memory_is_dropped_and_nobody_waits);
	tcase_add_test(tcase, session_that_we_begin_fails_once_without_memory);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
