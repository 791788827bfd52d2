/* Numbers of a session's own: which are taken, from when on they hold, and that
 * they hold for nobody else. */
#include <string.h>

#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer, other;
static const uint8_t payload[BENCH_MESSAGE_BYTES];

static void
setup(void)
{
	bench_setup();
	peer.fd = other.fd = -1;
}

static void
teardown(void)
{
	peer_close(&peer);
	peer_close(&other);
	bench_teardown();
}

static struct framed_session *
handle(void)
{
	return (struct framed_session *)peer.session;
}

/* Waits, and answers the ping that must have come by then, and not before. */
static void
expect_ping_after(uint64_t ms)
{
	struct message ping;

	bench_pass(ms - 1);
	ck_assert(!peer_next(&peer, &ping));
	bench_pass(1 + WHEEL_TICK_MS);
	ck_assert(peer_next(&peer, &ping));
	ck_assert_int_eq(ping.opcode, FRAME_PING);
	peer_send(&peer, FRAME_FIN | FRAME_PONG,
	    span_from(ping.payload.data, ping.payload.length));
	bench_run();
}

/* The session ends after so long, and not before. */
static void
expect_end_after(uint64_t ms, const char *calls)
{
	bench_pass(ms - 1);
	ck_assert_str_eq(bench_calls(), "");
	bench_pass(1 + WHEEL_TICK_MS);
	ck_assert_str_eq(bench_calls(), calls);
}

START_TEST(untuned_session_has_its_endpoints_numbers)
{
	peer_open(&peer);
	ck_assert_uint_eq(framed_ping_interval(handle()), BENCH_PING_MS);
	ck_assert_uint_eq(framed_timeout(handle()), BENCH_PONG_MS);
	ck_assert_uint_eq(framed_max_frame(handle()), BENCH_MESSAGE_BYTES);
	ck_assert_int_eq(framed_masking(handle()), 0);
	ck_assert_ptr_null(peer.session->extra);
}
END_TEST

START_TEST(wrong_numbers_are_not_taken)
{
	peer_open(&peer);
	ck_assert_int_eq(
	    framed_set_ping_interval(handle(), 86400001), FRAMED_INVALID);
	ck_assert_int_eq(framed_set_timeout(handle(), 0), FRAMED_INVALID);
	ck_assert_int_eq(
	    framed_set_timeout(handle(), 86400001), FRAMED_INVALID);
	ck_assert_int_eq(framed_set_max_frame(handle(), 0), FRAMED_INVALID);
	ck_assert_int_eq(
	    framed_set_max_frame(handle(), (1 << 30) + 1), FRAMED_INVALID);
	ck_assert_ptr_null(peer.session->extra);
}
END_TEST

START_TEST(largest_numbers_are_taken)
{
	peer_open(&peer);
	ck_assert_int_eq(
	    framed_set_ping_interval(handle(), 86400000), FRAMED_OK);
	ck_assert_int_eq(framed_set_timeout(handle(), 86400000), FRAMED_OK);
	ck_assert_int_eq(framed_set_max_frame(handle(), 1 << 30), FRAMED_OK);
	ck_assert_uint_eq(framed_ping_interval(handle()), 86400000);
	ck_assert_uint_eq(framed_timeout(handle()), 86400000);
	ck_assert_uint_eq(framed_max_frame(handle()), 1 << 30);
}
END_TEST

START_TEST(one_number_leaves_the_others_as_they_were)
{
	bench.endpoint_conf.keepalive.any_traffic = true;
	peer_open(&peer);
	ck_assert_int_eq(framed_set_max_frame(handle(), 7), FRAMED_OK);
	ck_assert_uint_eq(framed_max_frame(handle()), 7);
	ck_assert_uint_eq(framed_ping_interval(handle()), BENCH_PING_MS);
	ck_assert_int_eq(framed_set_timeout(handle(), 9), FRAMED_OK);
	ck_assert_uint_eq(framed_max_frame(handle()), 7);
	ck_assert_uint_eq(framed_ping_interval(handle()), BENCH_PING_MS);
	/* and what cannot be set */
	bench_pass(BENCH_PING_MS + WHEEL_TICK_MS);
	peer_say(&peer, "instead of a pong");
	bench_pass(9 + WHEEL_TICK_MS);
	ck_assert_uint_eq(bench_live(), 1);
}
END_TEST

START_TEST(closing_session_takes_no_numbers)
{
	peer_open(&peer);
	framed_close(handle(), 1000, NULL);
	ck_assert_int_eq(framed_set_ping_interval(handle(), 1), FRAMED_CLOSED);
	ck_assert_int_eq(framed_set_timeout(handle(), 1), FRAMED_CLOSED);
	ck_assert_int_eq(framed_set_max_frame(handle(), 1), FRAMED_CLOSED);
	ck_assert_int_eq(framed_set_masking(handle(), 0), FRAMED_CLOSED);
	ck_assert_uint_eq(framed_ping_interval(handle()), BENCH_PING_MS);
}
END_TEST

START_TEST(tuning_is_charged_and_given_back)
{
	peer_open(&peer);
	framed_set_timeout(handle(), 1);
	bench_run();
	ck_assert_uint_gt(bench.worker->stats.charged_bytes, 0);
	framed_terminate(handle());
	bench_run();
	ck_assert_uint_eq(bench.worker->stats.charged_bytes, 0);
}
END_TEST

START_TEST(masking_is_not_to_be_changed)
{
	peer_open(&peer);
	ck_assert_int_eq(framed_set_masking(handle(), 1), FRAMED_INVALID);
	ck_assert_int_eq(framed_set_masking(handle(), 0), FRAMED_OK);
	ck_assert_int_eq(framed_masking(handle()), 0);
}
END_TEST

START_TEST(new_interval_counts_from_the_call)
{
	peer_open(&peer);
	bench_pass(BENCH_PING_MS / 2);
	ck_assert_int_eq(framed_set_ping_interval(handle(), 1000), FRAMED_OK);
	expect_ping_after(1000);
	expect_ping_after(1000);
	framed_set_ping_interval(handle(), 2 * BENCH_PING_MS);
	expect_ping_after(2 * BENCH_PING_MS);
}
END_TEST

START_TEST(other_sessions_keep_their_interval)
{
	peer_open(&peer);
	peer_open(&other);
	framed_set_ping_interval((struct framed_session *)other.session, 1000);
	expect_ping_after(BENCH_PING_MS);
}
END_TEST

static void
set_interval_1000(struct framed_session *session)
{
	framed_set_ping_interval(session, 1000);
}

START_TEST(interval_may_be_set_when_the_session_opens)
{
	bench.acts.open = set_interval_1000;
	peer_open(&peer);
	expect_ping_after(1000);
}
END_TEST

START_TEST(ping_that_is_out_is_to_be_answered_whatever_the_interval)
{
	peer_open(&peer);
	bench_pass(BENCH_PING_MS + WHEEL_TICK_MS);
	framed_set_ping_interval(handle(), 1);
	expect_end_after(
	    BENCH_PONG_MS - WHEEL_TICK_MS, "close=1011/timeout:Ping timeout ");
}
END_TEST

START_TEST(interval_0_turns_pings_off_even_one_that_is_out)
{
	peer_open(&peer);
	bench_pass(BENCH_PING_MS + WHEEL_TICK_MS);
	ck_assert_str_eq(peer_heard(&peer), "ping ");
	framed_set_ping_interval(handle(), 0);
	ck_assert_int_eq(wheel_next_ms(&bench.worker->wheel, bench.now_ms), -1);
	bench_pass(10 * BENCH_PING_MS);
	ck_assert_str_eq(peer_heard(&peer), "");
	ck_assert_str_eq(bench_calls(), "");
	/* and on again */
	framed_set_ping_interval(handle(), 500);
	expect_ping_after(500);
}
END_TEST

static void
open_and_block(void)
{
	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	peer_open_narrow(&peer);
	framed_send(handle(), FRAMED_BINARY, payload, sizeof(payload));
	bench_run();
	ck_assert(peer.session->flags & SESSION_BLOCKED);
}

START_TEST(interval_0_falls_back_to_the_watch_over_the_queue)
{
	open_and_block();
	framed_set_ping_interval(handle(), 0);
	bench_run();
	/* again: what was watched before is of no account */
	framed_set_ping_interval(handle(), BENCH_PING_MS);
	bench_run();
	framed_set_ping_interval(handle(), 0);
	bench_run();
	expect_end_after(BENCH_PONG_MS, "close=1006/timeout: ");
	ck_assert_uint_eq(bench_ended(CLOSE_WRITE_TIMEOUT), 1);
}
END_TEST

START_TEST(new_timeout_counts_from_the_call)
{
	peer_open(&peer);
	bench_pass(BENCH_PING_MS + WHEEL_TICK_MS + BENCH_PONG_MS / 2);
	ck_assert_int_eq(
	    framed_set_timeout(handle(), 2 * BENCH_PONG_MS), FRAMED_OK);
	expect_end_after(2 * BENCH_PONG_MS, "close=1011/timeout:Ping timeout ");
}
END_TEST

START_TEST(new_timeout_does_not_move_the_next_ping)
{
	peer_open(&peer);
	bench_pass(BENCH_PING_MS / 2);
	framed_set_timeout(handle(), 1000);
	bench_pass(BENCH_PING_MS / 2 + WHEEL_TICK_MS);
	ck_assert_str_eq(peer_heard(&peer), "ping ");
	bench_pass(900);
	ck_assert_str_eq(bench_calls(), "");
	bench_pass(200);
	ck_assert_uint_eq(bench_ended(CLOSE_PING_TIMEOUT), 1);
}
END_TEST

START_TEST(new_timeout_holds_for_a_stalled_queue)
{
	bench.endpoint_conf.keepalive.ping_interval_ms = 0;
	open_and_block();
	bench_pass(BENCH_PONG_MS / 2);
	framed_set_timeout(handle(), 1000);
	expect_end_after(1000, "close=1006/timeout: ");
}
END_TEST

static void
allow_3(struct framed_session *session, struct span message)
{
	(void)message;
	ck_assert_int_eq(framed_set_max_frame(session, 3), FRAMED_OK);
}

START_TEST(new_limit_holds_for_the_very_next_frame)
{
	bench.acts.message = allow_3;
	peer_open(&peer);
	/* all in one receive */
	peer_say(&peer, "large");
	peer_say(&peer, "abc");
	peer_say(&peer, "abcd");
	bench_run();
	ck_assert_str_eq(bench_calls(),
	    "message=large message=abc "
	    "close=1009/limit:frame is too big ");
	ck_assert_str_eq(peer_heard(&peer), "close=1009:frame is too big end ");
}
END_TEST

START_TEST(new_limit_spares_a_frame_whose_header_was_read)
{
	peer_open(&peer);
	/* "abcd", the key all zero; the last byte is on its way */
	peer_write(&peer,
	    SPAN_LITERAL("\x81\x84\0\0\0\0"
	                 "abc"));
	bench_run();
	framed_set_max_frame(handle(), 3);
	peer_write(&peer, SPAN_LITERAL("d"));
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=abcd ");
	peer_say(&peer, "abcd");
	bench_run();
	ck_assert_uint_eq(bench_ended(CLOSE_TOO_BIG), 1);
}
END_TEST

START_TEST(larger_limit_does_not_raise_that_of_messages)
{
	peer_open(&peer);
	framed_set_max_frame(handle(), 1 << 30);
	/* the header of one byte more than a message may have */
	peer_write(&peer, SPAN_LITERAL("\x82\xff\0\0\0\0\0\x10\0\1\0\0\0\0"));
	bench_run();
	ck_assert_str_eq(
	    peer_heard(&peer), "close=1009:message is too big end ");
}
END_TEST

static TCase *
tcase_of_effects(void)
{
	TCase *tcase = tcase_create("effects");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, new_interval_counts_from_the_call);
	tcase_add_test(tcase, other_sessions_keep_their_interval);
	tcase_add_test(tcase, interval_may_be_set_when_the_session_opens);
	tcase_add_test(
	    tcase, ping_that_is_out_is_to_be_answered_whatever_the_interval);
	tcase_add_test(tcase, interval_0_turns_pings_off_even_one_that_is_out);
	tcase_add_test(
	    tcase, interval_0_falls_back_to_the_watch_over_the_queue);
	tcase_add_test(tcase, new_timeout_counts_from_the_call);
	tcase_add_test(tcase, new_timeout_does_not_move_the_next_ping);
	tcase_add_test(tcase, new_timeout_holds_for_a_stalled_queue);
	tcase_add_test(tcase, new_limit_holds_for_the_very_next_frame);
	tcase_add_test(tcase, new_limit_spares_a_frame_whose_header_was_read);
	tcase_add_test(tcase, larger_limit_does_not_raise_that_of_messages);
	return tcase;
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("api_tune");
	TCase *tcase = tcase_create("answers");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, untuned_session_has_its_endpoints_numbers);
	tcase_add_test(tcase, wrong_numbers_are_not_taken);
	tcase_add_test(tcase, largest_numbers_are_taken);
	tcase_add_test(tcase, one_number_leaves_the_others_as_they_were);
	tcase_add_test(tcase, closing_session_takes_no_numbers);
	tcase_add_test(tcase, tuning_is_charged_and_given_back);
	tcase_add_test(tcase, masking_is_not_to_be_changed);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, tcase_of_effects());
	return suite;
}
