/* Pings, their pongs and deadlines; peers that take nothing; raw sessions that
 * are idle. */
#include "core/keepalive.h"

#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer;

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

/* Waits for a ping, and gives its payload. */
static struct span
ping_within(uint64_t ms)
{
	static uint8_t payload[8];
	struct message message;

	bench_pass(ms + WHEEL_TICK_MS);
	ck_assert(peer_next(&peer, &message));
	ck_assert_int_eq(message.opcode, FRAME_PING);
	ck_assert_uint_eq(message.payload.length, sizeof(payload));
	memcpy(payload, message.payload.data, sizeof(payload));
	return span_from(payload, sizeof(payload));
}

static struct span
next_ping(void)
{
	return ping_within(BENCH_PING_MS);
}

static void
pong(struct span payload)
{
	peer_send(&peer, FRAME_FIN | FRAME_PONG, payload);
	bench_run();
}

START_TEST(ping_comes_after_the_interval_and_not_before)
{
	peer_open(&peer);
	bench_pass(BENCH_PING_MS - 1);
	ck_assert_str_eq(peer_heard(&peer), "");
	bench_pass(1 + WHEEL_TICK_MS);
	ck_assert_str_eq(peer_heard(&peer), "ping ");
}
END_TEST

START_TEST(right_pong_keeps_the_session_for_ever)
{
	peer_open(&peer);
	for (unsigned i = 0; i < 20; i++)
		pong(next_ping());
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_uint_eq(bench_live(), 1);
}
END_TEST

START_TEST(ping_payloads_never_repeat)
{
	uint8_t seen[50][8];

	peer_open(&peer);
	for (unsigned i = 0; i < 50; i++) {
		struct span ping = next_ping();

		memcpy(seen[i], ping.data, 8);
		for (unsigned j = 0; j < i; j++)
			ck_assert(memcmp(seen[i], seen[j], 8) != 0);
		pong(ping);
	}
}
END_TEST

START_TEST(wrong_or_early_pongs_mean_nothing)
{
	uint8_t wrong[8];
	struct span ping;

	bench.api.on_pong = NULL;
	peer_open(&peer);
	pong(SPAN_LITERAL("unsolicited"));
	ping = next_ping();
	memcpy(wrong, ping.data, 8);
	wrong[7] ^= 1;
	pong(span_from(wrong, 8));
	pong(span_from(ping.data, 7));
	peer_say(&peer, "alive");
	bench_pass(BENCH_PONG_MS + WHEEL_TICK_MS);
	ck_assert_str_eq(
	    bench_calls(), "message=alive close=1011/timeout:Ping timeout ");
	ck_assert_str_eq(peer_heard(&peer), "close=1011:Ping timeout end ");
}
END_TEST

START_TEST(only_pongs_that_are_not_for_us_go_to_the_module)
{
	static const uint8_t zeroes[8];
	struct span ping;

	bench.endpoint_conf.keepalive.any_traffic = true;
	peer_open(&peer);
	/* what we never sent; and what nobody did */
	pong(span_from(zeroes, sizeof(zeroes)));
	ck_assert_str_eq(bench_calls(), "pong= ");
	pong(SPAN_LITERAL("unsolicited"));
	pong(SPAN_LITERAL(""));
	ck_assert_str_eq(bench_calls(), "pong=unsolicited pong= ");
	/* in time, twice, and when other traffic has counted in its place */
	ping = next_ping();
	pong(ping);
	pong(ping);
	ping = next_ping();
	peer_say(&peer, "x");
	bench_pass(BENCH_PONG_MS + WHEEL_TICK_MS);
	pong(ping);
	ck_assert_str_eq(bench_calls(), "message=x ");
}
END_TEST

START_TEST(pong_may_take_its_time_up_to_the_deadline)
{
	struct span ping;

	peer_open(&peer);
	ping = next_ping();
	bench_pass(BENCH_PONG_MS - WHEEL_TICK_MS);
	pong(ping);
	bench_pass(BENCH_PING_MS - 1);
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_str_eq(peer_heard(&peer), "");
}
END_TEST

START_TEST(any_traffic_counts_where_it_is_configured)
{
	bench.endpoint_conf.keepalive.any_traffic = true;
	peer_open(&peer);
	for (unsigned i = 0; i < 3; i++) {
		next_ping();
		peer_say(&peer, "x");
		bench_pass(BENCH_PONG_MS + WHEEL_TICK_MS);
	}
	ck_assert_str_eq(bench_calls(), "message=x message=x message=x ");
	next_ping();
	bench_pass(BENCH_PONG_MS + WHEEL_TICK_MS);
	ck_assert_uint_eq(bench_ended(CLOSE_PING_TIMEOUT), 1);
}
END_TEST

START_TEST(interval_0_means_no_pings)
{
	bench.endpoint_conf.keepalive.ping_interval_ms = 0;
	peer_open(&peer);
	ck_assert_int_eq(wheel_next_ms(&bench.worker->wheel, bench.now_ms), -1);
	bench_pass(10 * BENCH_PING_MS);
	ck_assert_str_eq(peer_heard(&peer), "");
	ck_assert_uint_eq(bench_live(), 1);
}
END_TEST

/* Sends more than the peer takes unread. */
static void
block(void)
{
	static const uint8_t payload[1 << 20];

	framed_send(handle(), FRAMED_BINARY, payload, sizeof(payload));
	bench_run();
	ck_assert(peer.session->flags & SESSION_BLOCKED);
}

static void
open_without_pings(void)
{
	bench.endpoint_conf.keepalive.ping_interval_ms = 0;
	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	peer_open_narrow(&peer);
	block();
}

START_TEST(without_pings_a_peer_that_takes_nothing_is_cut)
{
	open_without_pings();
	/* what it says does not count */
	peer_say(&peer, "here");
	bench_pass(BENCH_PONG_MS - WHEEL_TICK_MS);
	ck_assert_str_eq(bench_calls(), "message=here ");
	bench_pass(2 * WHEEL_TICK_MS);
	ck_assert_str_eq(bench_calls(), "close=1006/timeout: ");
	ck_assert_uint_eq(bench_ended(CLOSE_WRITE_TIMEOUT), 1);
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(without_pings_a_peer_that_takes_little_is_not_cut)
{
	open_without_pings();
	for (unsigned i = 0; i < 10; i++) {
		bench_pass(BENCH_PONG_MS - WHEEL_TICK_MS);
		ck_assert_str_eq(peer_heard(&peer), "");
		bench_run();
		ck_assert(peer.session->flags & SESSION_BLOCKED);
	}
	ck_assert_str_eq(bench_calls(), "");
	/* it is given the time anew when it moves, and no more than twice */
	bench_pass(2 * (BENCH_PONG_MS + WHEEL_TICK_MS));
	ck_assert_str_eq(bench_calls(), "close=1006/timeout: ");
}
END_TEST

START_TEST(without_pings_a_peer_that_took_all_is_left_alone)
{
	open_without_pings();
	while (*peer_heard(&peer) == '\0')
		bench_run();
	ck_assert_str_eq(peer.heard.bytes, "binary*1048576 ");
	bench_pass(10 * BENCH_PONG_MS);
	ck_assert_str_eq(bench_calls(), "writable ");
	ck_assert_int_eq(wheel_next_ms(&bench.worker->wheel, bench.now_ms), -1);
	/* until it stops again */
	block();
	bench_pass(BENCH_PONG_MS + WHEEL_TICK_MS);
	ck_assert_str_eq(bench_calls(), "close=1006/timeout: ");
}
END_TEST

static void
pause(struct framed_session *session, struct span payload)
{
	(void)payload;
	framed_pause(session);
}

START_TEST(pong_that_lies_unread_is_not_late)
{
	bench.acts.message = pause;
	peer_open(&peer);
	peer_say(&peer, "stop");
	pong(next_ping());
	/* pings go on, to find out whether the connection is dead */
	for (unsigned i = 0; i < 4; i++)
		pong(ping_within(BENCH_PONG_MS));
	framed_resume(handle());
	bench_pass(BENCH_PONG_MS + WHEEL_TICK_MS);
	ck_assert_uint_eq(bench_live(), 1);
	ck_assert_str_eq(bench_calls(), "message=stop ");
}
END_TEST

/* What is promised of raw sessions: the end comes after this, and not before. */
enum { IDLE_MS = BENCH_PING_MS + BENCH_PONG_MS };

static void
open_raw(void)
{
	bench_make_raw();
	peer_open(&peer);
}

/* The session ends, for having been silent since now. */
static void
expect_idle_end(void)
{
	bench_pass(IDLE_MS - 1);
	ck_assert_uint_eq(bench_ended(CLOSE_IDLE_TIMEOUT), 0);
	bench_pass(IDLE_MS / 2 + 3 * WHEEL_TICK_MS + 1);
	ck_assert_uint_eq(bench_ended(CLOSE_IDLE_TIMEOUT), 1);
}

START_TEST(raw_session_is_not_pinged_and_ends_when_idle)
{
	open_raw();
	expect_idle_end();
	ck_assert_str_eq(peer_heard(&peer), "close=1001:idle timeout end ");
	ck_assert_str_eq(bench_calls(), "close=1001/timeout:idle timeout ");
	bench_pass(2000);
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

/* Whenever it was that the last byte came. */
START_TEST(raw_session_lives_as_long_as_anything_comes)
{
	open_raw();
	for (int i = 0; i < 10; i++) {
		/* half a header, a bit at a time */
		peer_write(&peer,
		    i % 2 ? SPAN_LITERAL("\x80\0\0\0\0")
		          : SPAN_LITERAL("\x82"));
		bench_pass(IDLE_MS - 1);
	}
	peer_write(&peer, SPAN_LITERAL("\x82"));
	bench_pass((uint64_t)_i * IDLE_MS / 8);
	peer_write(&peer, SPAN_LITERAL("\x80"));
	bench_run();
	bench_calls();
	expect_idle_end();
}
END_TEST

START_TEST(raw_session_that_is_not_read_from_is_not_idle)
{
	open_raw();
	framed_pause(handle());
	peer_say(&peer, "unread");
	bench_pass(10 * IDLE_MS);
	ck_assert_str_eq(bench_calls(), "");
	framed_resume(handle());
	bench_run();
	ck_assert_str_eq(bench_calls(), "frame=81:unread ");
	expect_idle_end();
}
END_TEST

START_TEST(raw_peer_that_stops_reading_has_to_take_something)
{
	static const uint8_t payload[BENCH_QUEUE_BYTES];

	bench_make_raw();
	peer_open_narrow(&peer);
	framed_send(handle(), FRAMED_BINARY, payload, sizeof(payload));
	bench_run();
	ck_assert(peer.session->flags & SESSION_PAUSED_BY_QUEUE);
	for (unsigned i = 0; i < 4; i++) {
		bench_pass(IDLE_MS - 1);
		ck_assert_str_eq(peer_heard(&peer), "");
		bench_run();
		ck_assert(peer.session->flags & SESSION_PAUSED_BY_QUEUE);
	}
	expect_idle_end();
}
END_TEST

START_TEST(raw_session_with_interval_0_is_never_idle)
{
	bench.endpoint_conf.keepalive.ping_interval_ms = 0;
	open_raw();
	bench_pass(100 * IDLE_MS);
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_int_eq(wheel_next_ms(&bench.worker->wheel, bench.now_ms), -1);
	/* but has to take what is sent */
	peer_close(&peer);
	bench_run();
	bench_calls();
	peer_open_narrow(&peer);
	block();
	bench_pass(BENCH_PONG_MS + WHEEL_TICK_MS);
	ck_assert_uint_eq(bench_ended(CLOSE_WRITE_TIMEOUT), 1);
}
END_TEST

START_TEST(raw_sessions_idle_time_is_tuned_at_once)
{
	open_raw();
	bench_pass(IDLE_MS - 1000);
	framed_set_timeout(handle(), 1000);
	framed_set_ping_interval(handle(), 3000);
	bench_pass(3999);
	ck_assert_str_eq(bench_calls(), "");
	bench_pass(2001 + 3 * WHEEL_TICK_MS);
	ck_assert_str_eq(bench_calls(), "close=1001/timeout:idle timeout ");
}
END_TEST

static TCase *
tcase_of_raw(void)
{
	TCase *tcase = tcase_create("raw");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, raw_session_is_not_pinged_and_ends_when_idle);
	tcase_add_loop_test(
	    tcase, raw_session_lives_as_long_as_anything_comes, 0, 8);
	tcase_add_test(tcase, raw_session_that_is_not_read_from_is_not_idle);
	tcase_add_test(
	    tcase, raw_peer_that_stops_reading_has_to_take_something);
	tcase_add_test(tcase, raw_session_with_interval_0_is_never_idle);
	tcase_add_test(tcase, raw_sessions_idle_time_is_tuned_at_once);
	return tcase;
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("keepalive");
	TCase *tcase = tcase_create("pings");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, ping_comes_after_the_interval_and_not_before);
	tcase_add_test(tcase, right_pong_keeps_the_session_for_ever);
	tcase_add_test(tcase, ping_payloads_never_repeat);
	tcase_add_test(tcase, wrong_or_early_pongs_mean_nothing);
	tcase_add_test(tcase, only_pongs_that_are_not_for_us_go_to_the_module);
	tcase_add_test(tcase, pong_may_take_its_time_up_to_the_deadline);
	tcase_add_test(tcase, any_traffic_counts_where_it_is_configured);
	tcase_add_test(tcase, interval_0_means_no_pings);
	tcase_add_test(tcase, without_pings_a_peer_that_takes_nothing_is_cut);
	tcase_add_test(
	    tcase, without_pings_a_peer_that_takes_little_is_not_cut);
	tcase_add_test(tcase, without_pings_a_peer_that_took_all_is_left_alone);
	tcase_add_test(tcase, pong_that_lies_unread_is_not_late);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, tcase_of_raw());
	return suite;
}
