/* Frames of the module's own: pings, ahead of data, and their pongs; and any
 * frame on raw endpoints. */
#include <string.h>

#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer;
static uint8_t payload[BENCH_QUEUE_BYTES];

static void
setup(void)
{
	bench_setup();
	peer.fd = -1;
}

static void
teardown(void)
{
	peer_close(&peer);
	bench_teardown();
}

static struct framed_session *
handle(void)
{
	return (struct framed_session *)peer.session;
}

/* The next frame that comes is a ping with this payload. */
static void
expect_ping(const char *text)
{
	struct message ping;

	while (!peer_next(&peer, &ping))
		bench_run();
	ck_assert_int_eq(ping.opcode, FRAME_PING);
	ck_assert(
	    span_is_equal(span_from(ping.payload.data, ping.payload.length),
	        span_from_string(text)));
}

static void
ping_twice(struct framed_session *session, struct span message)
{
	(void)message;
	ck_assert_int_eq(framed_ping(session, "one", 3), FRAMED_QUEUED);
	ck_assert_int_eq(framed_ping(session, NULL, 0), FRAMED_QUEUED);
}

START_TEST(ping_goes_out_and_its_pong_is_told)
{
	bench.acts.message = ping_twice;
	peer_open(&peer);
	peer_say(&peer, "go");
	bench_run();
	expect_ping("one");
	expect_ping("");
	peer_send(&peer, FRAME_FIN | FRAME_PONG, SPAN_LITERAL("one"));
	peer_send(&peer, FRAME_FIN | FRAME_PONG, SPAN_LITERAL(""));
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=go pong=one pong= ");
}
END_TEST

START_TEST(module_without_on_pong_may_ping)
{
	bench.api.on_pong = NULL;
	peer_open(&peer);
	ck_assert_int_eq(framed_ping(handle(), "x", 1), FRAMED_QUEUED);
	bench_run();
	peer_send(&peer, FRAME_FIN | FRAME_PONG, SPAN_LITERAL("x"));
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_uint_eq(bench_live(), 1);
}
END_TEST

static void
terminate(struct framed_session *session, struct span pong)
{
	(void)pong;
	framed_terminate(session);
}

START_TEST(on_pong_may_end_the_session)
{
	bench.acts.pong = terminate;
	peer_open(&peer);
	peer_send(&peer, FRAME_FIN | FRAME_PONG, SPAN_LITERAL("1"));
	peer_send(&peer, FRAME_FIN | FRAME_PONG, SPAN_LITERAL("2"));
	bench_run();
	ck_assert_str_eq(bench_calls(), "pong=1 close=1006/local: ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(ping_has_at_most_125_bytes)
{
	struct message ping;

	peer_open(&peer);
	ck_assert_int_eq(framed_ping(handle(), payload, 126), FRAMED_INVALID);
	ck_assert_int_eq(framed_ping(handle(), payload, 125), FRAMED_QUEUED);
	bench_run();
	ck_assert(peer_next(&peer, &ping));
	ck_assert_uint_eq(ping.payload.length, 125);
	ck_assert(!peer_next(&peer, &ping));
}
END_TEST

START_TEST(closing_session_is_not_pinged)
{
	peer_open(&peer);
	framed_close(handle(), 1000, NULL);
	ck_assert_int_eq(framed_ping(handle(), "x", 1), FRAMED_CLOSED);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=1000: ");
	peer_send(&peer, FRAME_FIN | FRAME_PONG, SPAN_LITERAL("x"));
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
}
END_TEST

START_TEST(pings_that_wait_are_replaced_but_never_those_of_the_host)
{
	static const char *const waiting[] = {"a", "b", "c"};
	struct message host;

	bench.endpoint_conf.queue_policy = QUEUE_DROP_NEWEST;
	peer_open_narrow(&peer);
	framed_send(handle(), FRAMED_BINARY, payload, sizeof(payload) - 100);
	bench_run();
	framed_send(handle(), FRAMED_TEXT, "last", 4);
	ck_assert_int_eq(framed_ping(handle(), "old", 3), FRAMED_QUEUED);
	bench_pass(BENCH_PING_MS + WHEEL_TICK_MS);
	for (size_t i = 0; i < ARRAY_LENGTH(waiting); i++)
		ck_assert_int_eq(
		    framed_ping(handle(), waiting[i], 1), FRAMED_QUEUED);
	while (!peer_next(&peer, &host))
		bench_run();
	ck_assert_int_eq(host.opcode, FRAME_BINARY);
	while (!peer_next(&peer, &host))
		bench_run();
	ck_assert_int_eq(host.opcode, FRAME_PING);
	ck_assert_uint_eq(host.payload.length, 8);
	peer_send(&peer, FRAME_FIN | FRAME_PONG,
	    span_from(host.payload.data, host.payload.length));
	expect_ping("c");
	ck_assert_str_eq(peer_heard(&peer), "text=last ");
	/* it was answered, hence so is the session alive */
	bench_pass(BENCH_PONG_MS + WHEEL_TICK_MS);
	ck_assert_str_eq(bench_calls(), "writable ");
}
END_TEST

static enum framed_result
send_frame(unsigned first, struct span data)
{
	return framed_send_frame(handle(), first, data.data, data.length);
}

/* What the peer hears until all is out that waits. */
static const char *
hear_all(void)
{
	static struct text heard;

	memset(&heard, 0, sizeof(heard));
	bench_run();
	while (peer.session->queue != NULL) {
		text_add(&heard, "%s", peer_heard(&peer));
		bench_run();
	}
	text_add(&heard, "%s", peer_heard(&peer));
	return heard.bytes;
}

START_TEST(only_raw_sessions_send_single_frames)
{
	peer_open(&peer);
	ck_assert_int_eq(
	    send_frame(FRAMED_FIN | FRAMED_OP_TEXT, SPAN_LITERAL("x")),
	    FRAMED_INVALID);
	ck_assert_int_eq(
	    send_frame(FRAMED_FIN | FRAMED_OP_CLOSE, SPAN_LITERAL("")),
	    FRAMED_INVALID);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "");
}
END_TEST

START_TEST(what_is_no_frame_is_not_sent)
{
	const struct span longest = span_from(payload, 125);
	const struct span too_long = span_from(payload, 126);

	bench_make_raw();
	peer_open(&peer);
	/* every first byte but those that exist, and what is no byte */
	for (unsigned first = 0; first < 0x180; first++) {
		static const uint8_t known[] = {
		    0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a};

		if (memchr(known, (int)first, sizeof(known)) == NULL ||
		    first > 0xff)
			ck_assert_int_eq(
			    send_frame(first, longest), FRAMED_INVALID);
	}
	ck_assert_int_eq(send_frame(0x88, too_long), FRAMED_INVALID);
	ck_assert_int_eq(send_frame(0x89, too_long), FRAMED_INVALID);
	ck_assert_int_eq(send_frame(0x8a, too_long), FRAMED_INVALID);
	ck_assert_int_eq(
	    send_frame(0x82, span_from(payload, ((size_t)1 << 30) + 1)),
	    FRAMED_INVALID);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "");
	ck_assert_int_eq(send_frame(0x8a, longest), FRAMED_QUEUED);
}
END_TEST

START_TEST(frames_go_out_in_the_order_of_the_calls)
{
	bench_make_raw();
	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	peer_open_narrow(&peer);
	peer.is_raw = true;
	ck_assert_int_eq(
	    send_frame(FRAMED_OP_BINARY, span_from(payload, 60000)),
	    FRAMED_BACKPRESSURE);
	ck_assert_int_eq(
	    send_frame(FRAMED_FIN | FRAMED_OP_PONG, SPAN_LITERAL("1")),
	    FRAMED_BACKPRESSURE);
	bench_run();
	ck_assert(peer.session->flags & SESSION_BLOCKED);
	/* no pong replaces another, or overtakes */
	send_frame(FRAMED_FIN | FRAMED_OP_PONG, SPAN_LITERAL("2"));
	send_frame(FRAMED_FIN | FRAMED_OP_CONTINUATION, SPAN_LITERAL("x"));
	send_frame(FRAMED_FIN | FRAMED_OP_PONG, SPAN_LITERAL("3"));
	ck_assert_str_eq(
	    hear_all(), "+binary*60000 pong=1 pong=2 continuation=x pong=3 ");
}
END_TEST

START_TEST(full_queue_is_the_policys_but_a_close_goes_out)
{
	bench_make_raw();
	bench.endpoint_conf.queue_policy = QUEUE_DROP_NEWEST;
	peer_open_narrow(&peer);
	send_frame(
	    FRAMED_FIN | FRAMED_OP_BINARY, span_from(payload, sizeof(payload)));
	ck_assert_int_eq(
	    send_frame(FRAMED_FIN | FRAMED_OP_PING, SPAN_LITERAL("x")),
	    FRAMED_DROPPED);
	ck_assert_int_eq(
	    send_frame(FRAMED_FIN | FRAMED_OP_CLOSE, SPAN_LITERAL("\x0f\xa0")),
	    FRAMED_QUEUED);
	ck_assert_str_eq(hear_all(), "binary*65536 close=4000: ");
}
END_TEST

static TCase *
tcase_of_raw(void)
{
	TCase *tcase = tcase_create("raw");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, only_raw_sessions_send_single_frames);
	tcase_add_test(tcase, what_is_no_frame_is_not_sent);
	tcase_add_test(tcase, frames_go_out_in_the_order_of_the_calls);
	tcase_add_test(tcase, full_queue_is_the_policys_but_a_close_goes_out);
	return tcase;
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("api_frame");
	TCase *tcase = tcase_create("pings");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, ping_goes_out_and_its_pong_is_told);
	tcase_add_test(tcase, module_without_on_pong_may_ping);
	tcase_add_test(tcase, on_pong_may_end_the_session);
	tcase_add_test(tcase, ping_has_at_most_125_bytes);
	tcase_add_test(tcase, closing_session_is_not_pinged);
	tcase_add_test(
	    tcase, pings_that_wait_are_replaced_but_never_those_of_the_host);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, tcase_of_raw());
	return suite;
}
