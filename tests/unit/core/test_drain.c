/* A worker that drains: who is told and closed, when, and with what words. */
#include "core/drain.h"

#include <stdio.h>

#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"

enum {
	CROWD = 60,
	SPREAD_MS = 20000,
	TENTHS = 10,
	MOMENT_MS = 1000, /* for the rest of a request */
	SLOTS_PER_TURN = 1024
};

static struct peer peers[CROWD];

static void
setup(void)
{
	bench_setup();
	bench.endpoint_conf.keepalive.ping_interval_ms = 0;
	bench.conf.drain.spread_ms = SPREAD_MS;
	bench.api.on_drain = bench_on_drain;
	/* the same in each run */
	bench.worker->spread.position = 0;
	for (unsigned i = 0; i < CROWD; i++)
		peers[i].fd = -1;
}

static void
teardown(void)
{
	for (unsigned i = 0; i < CROWD; i++)
		peer_close(&peers[i]);
	bench_teardown();
}

static void
open_some(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		peer_open(&peers[i]);
	bench_calls();
}

static void
drain(void)
{
	mailbox_signal(&bench.worker->mailbox, MAILBOX_DRAIN);
	bench_run();
	ck_assert_int_eq(bench.worker->phase, WORKER_DRAINING);
}

START_TEST(closes_are_spread_evenly)
{
	unsigned before = 0;

	bench.api.on_drain = NULL;
	open_some(CROWD);
	drain();
	ck_assert_uint_le(bench_ended(CLOSE_SHUTDOWN), 1);
	/* the wheel's tick falls into the next tenth */
	bench.now_ms += WHEEL_TICK_MS;
	for (unsigned i = 0; i < TENTHS; i++) {
		unsigned ended;

		bench_pass(SPREAD_MS / TENTHS);
		ended = bench_ended(CLOSE_SHUTDOWN);
		ck_assert_uint_ge(ended - before, CROWD / TENTHS - 3);
		ck_assert_uint_le(ended - before, CROWD / TENTHS + 3);
		before = ended;
	}
	ck_assert_uint_eq(before, CROWD);
}
END_TEST

START_TEST(neighbours_do_not_go_together)
{
	uint32_t times_ms[CROWD];
	const char *rest;
	int length;

	open_some(CROWD);
	drain();
	rest = bench_calls();
	for (unsigned i = 0; i < CROWD; i++, rest += length) {
		ck_assert_int_eq(
		    sscanf(rest, "drain=%u %n", &times_ms[i], &length), 1);
		ck_assert_uint_lt(times_ms[i], SPREAD_MS);
		ck_assert(i == 0 ||
		    (times_ms[i] > times_ms[i - 1]
		            ? times_ms[i] - times_ms[i - 1]
		            : times_ms[i - 1] - times_ms[i]) > SPREAD_MS / 3);
	}
	ck_assert_str_eq(rest, "");
}
END_TEST

START_TEST(module_is_told_when_it_will_be)
{
	unsigned ms;

	open_some(1);
	drain();
	ck_assert_int_eq(sscanf(bench_calls(), "drain=%u ", &ms), 1);
	if (ms > 0) {
		bench_pass(ms - 1);
		ck_assert_str_eq(peer_heard(&peers[0]), "");
	}
	bench_pass(WHEEL_TICK_MS + 1);
	ck_assert_str_eq(
	    peer_heard(&peers[0]), "close=1001:server shutting down ");
	peer_say_close(&peers[0], 1001, "");
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(
	    bench_calls(), "close=1001/shutdown:server shutting down ");
}
END_TEST

START_TEST(without_a_time_all_are_closed_at_once)
{
	bench.conf.drain.spread_ms = 0;
	open_some(2);
	drain();
	for (unsigned i = 0; i < 2; i++)
		ck_assert_str_eq(
		    peer_heard(&peers[i]), "close=1001:server shutting down ");
	ck_assert_str_eq(bench_calls(), "drain=0 drain=0 ");
}
END_TEST

START_TEST(a_restart_has_its_own_code_and_words)
{
	bench.conf.drain.close_code = CLOSECODE_RESTART;
	open_some(1);
	drain();
	bench_calls();
	bench_pass(SPREAD_MS + WHEEL_TICK_MS);
	ck_assert_str_eq(
	    peer_heard(&peers[0]), "close=1012:server restarting end ");
	ck_assert_str_eq(
	    bench_calls(), "close=1012/shutdown:server restarting ");
}
END_TEST

START_TEST(clients_of_others_say_1001)
{
	bench.conf.drain.close_code = CLOSECODE_RESTART;
	peer_open_as_server(&peers[0]);
	drain();
	bench_pass(SPREAD_MS + WHEEL_TICK_MS);
	ck_assert_str_eq(
	    peer_heard(&peers[0]), "close=1001:server shutting down end ");
}
END_TEST

START_TEST(calls_that_are_not_answered_end)
{
	peer_call(&peers[0], (struct framed_connect_options){.token = 1});
	drain();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(
	    bench_calls(), "failed=0/1001/shutdown:server shutting down ");
}
END_TEST

static void
say_and_close(struct framed_session *session, uint32_t ms)
{
	(void)ms;
	framed_send(session, FRAMED_TEXT, "so long", 7);
	framed_close(session, 4000, "mine");
}

START_TEST(module_may_close_sooner)
{
	bench.acts.drain = say_and_close;
	open_some(2);
	drain();
	for (unsigned i = 0; i < 2; i++)
		ck_assert_str_eq(
		    peer_heard(&peers[i]), "text=so long close=4000:mine ");
	bench_pass(SPREAD_MS + WHEEL_TICK_MS);
	ck_assert_uint_eq(bench_ended(CLOSE_SHUTDOWN), 0);
	ck_assert_uint_eq(bench_ended(CLOSE_LOCAL_CLOSED), 2);
}
END_TEST

static void
cut(struct framed_session *session, uint32_t ms)
{
	(void)ms;
	framed_terminate(session);
}

START_TEST(module_may_cut)
{
	bench.acts.drain = cut;
	open_some(2);
	drain();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_uint_eq(bench_ended(CLOSE_TERMINATED), 2);
}
END_TEST

/* The other one in the table, seen or not. */
static void
cut_other(struct framed_session *session, uint32_t ms)
{
	struct session *other = peers[0].session;

	(void)ms;
	if ((struct framed_session *)other == session)
		other = peers[1].session;
	framed_terminate((struct framed_session *)other);
}

START_TEST(module_may_cut_another)
{
	bench.acts.drain = cut_other;
	open_some(2);
	drain();
	ck_assert_uint_eq(bench_live(), 1);
	bench_pass(SPREAD_MS + WHEEL_TICK_MS + BENCH_CLOSE_MS + MOMENT_MS);
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

/* Slots that were used, so that the next session is behind them. */
static void
use_up_slots(void)
{
	static struct session *used[SLOTS_PER_TURN];

	for (unsigned i = 0; i < SLOTS_PER_TURN; i++) {
		used[i] = table_take(&bench.worker->table);
		ck_assert_ptr_nonnull(used[i]);
	}
	peer_open(&peers[0]);
	ck_assert_uint_ge(peers[0].session->slot, SLOTS_PER_TURN);
	for (unsigned i = 0; i < SLOTS_PER_TURN; i++)
		table_free(&bench.worker->table, &used[i]);
	bench_calls();
}

START_TEST(a_turn_goes_through_so_many_slots)
{
	use_up_slots();
	mailbox_signal(&bench.worker->mailbox, MAILBOX_DRAIN);
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "");
	/* this one does not wait for events */
	worker_turn(bench.worker);
	ck_assert_int_eq(strncmp(bench_calls(), "drain=", 6), 0);
}
END_TEST

START_TEST(age_counts_until_the_drain_has_come_so_far)
{
	bench.endpoint_conf.limits.max_age_ms = 100;
	use_up_slots();
	mailbox_signal(&bench.worker->mailbox, MAILBOX_DRAIN);
	bench.now_ms += 100 + WHEEL_TICK_MS;
	bench_turn(bench.worker);
	worker_turn(bench.worker);
	bench_run();
	ck_assert_uint_eq(
	    bench_ended(CLOSE_MAX_AGE) + bench_ended(CLOSE_SHUTDOWN), 0);
	/* the drain's time has replaced it */
	bench_pass(SPREAD_MS + WHEEL_TICK_MS);
	ck_assert_uint_eq(bench_ended(CLOSE_MAX_AGE), 0);
	ck_assert_uint_eq(bench_ended(CLOSE_SHUTDOWN), 1);
}
END_TEST

START_TEST(a_request_that_comes_whole_is_served)
{
	/* not for long, however old it may become */
	bench.endpoint_conf.limits.max_age_ms = 100000;
	peer_connect(&peers[0]);
	drain();
	peer_write(&peers[0], span_from_string(bench_request));
	bench_run();
	ck_assert_str_eq(peer_heard(&peers[0]), "http=101 ");
	peer_say(&peers[0], "hello");
	bench_run();
	ck_assert_str_eq(bench_calls(), "open message=hello ");
	bench_pass(MOMENT_MS - 1);
	ck_assert_str_eq(peer_heard(&peers[0]), "");
	bench_pass(WHEEL_TICK_MS + 1);
	ck_assert_str_eq(
	    peer_heard(&peers[0]), "close=1001:server shutting down ");
}
END_TEST

START_TEST(who_is_handed_over_late_is_served)
{
	drain();
	peer_connect(&peers[0]);
	peer_write(&peers[0], span_from_string(bench_request));
	bench_run();
	ck_assert_str_eq(peer_heard(&peers[0]), "http=101 ");
	bench_pass(SPREAD_MS + WHEEL_TICK_MS);
	ck_assert_str_eq(
	    peer_heard(&peers[0]), "close=1001:server shutting down end ");
}
END_TEST

START_TEST(half_a_request_has_a_moment)
{
	peer_connect(&peers[0]);
	peer_write(&peers[0], SPAN_LITERAL("GET /chat HT"));
	bench_run();
	drain();
	bench_pass(MOMENT_MS - 1);
	ck_assert_str_eq(peer_heard(&peers[0]), "");
	bench_pass(WHEEL_TICK_MS + 1);
	ck_assert_str_eq(peer_heard(&peers[0]), "http=503 end ");
}
END_TEST

START_TEST(silence_has_a_moment_too)
{
	peer_connect(&peers[0]);
	drain();
	bench_pass(MOMENT_MS - 1);
	ck_assert_uint_eq(bench_live(), 1);
	bench_pass(WHEEL_TICK_MS + 1);
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(peer_heard(&peers[0]), "end ");
}
END_TEST

START_TEST(raw_session_that_its_peer_closes_is_not_told)
{
	bench_make_raw();
	peers[0].is_raw = true;
	open_some(1);
	peers[0].is_raw = true;
	peer_say_close(&peers[0], 1000, "bye");
	bench_run();
	ck_assert_int_eq(strncmp(bench_calls(), "frame=", 6), 0);
	bench.conf.drain.spread_ms = 0;
	drain();
	/* the answer that its module owes goes out all the same */
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(bench_calls(), "close=1000/peer:bye ");
	ck_assert_str_eq(
	    peer_heard(&peers[0]), "close=1001:server shutting down end ");
}
END_TEST

START_TEST(without_memory_it_is_closed_now)
{
	size_t count;

	open_some(1);
	mailbox_signal(&bench.worker->mailbox, MAILBOX_DRAIN);
	alloc_fail_start(1);
	bench_run();
	count = alloc_fail_stop();
	ck_assert_uint_ge(count, 1);
	ck_assert_uint_eq(bench_ended(CLOSE_SHUTDOWN), 1);
	ck_assert_str_eq(
	    peer_heard(&peers[0]), "close=1001:server shutting down ");
}
END_TEST

static void
add_sessions(Suite *suite)
{
	TCase *tcase = tcase_create("sessions");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, closes_are_spread_evenly);
	tcase_add_test(tcase, neighbours_do_not_go_together);
	tcase_add_test(tcase, module_is_told_when_it_will_be);
	tcase_add_test(tcase, without_a_time_all_are_closed_at_once);
	tcase_add_test(tcase, a_restart_has_its_own_code_and_words);
	tcase_add_test(tcase, clients_of_others_say_1001);
	tcase_add_test(tcase, module_may_close_sooner);
	tcase_add_test(tcase, module_may_cut);
	tcase_add_test(tcase, module_may_cut_another);
	tcase_add_test(tcase, a_turn_goes_through_so_many_slots);
	tcase_add_test(tcase, age_counts_until_the_drain_has_come_so_far);
	tcase_add_test(tcase, raw_session_that_its_peer_closes_is_not_told);
	tcase_add_test(tcase, without_memory_it_is_closed_now);
	suite_add_tcase(suite, tcase);
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("drain");
	TCase *tcase = tcase_create("handshakes");

	add_sessions(suite);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_request_that_comes_whole_is_served);
	tcase_add_test(tcase, who_is_handed_over_late_is_served);
	tcase_add_test(tcase, half_a_request_has_a_moment);
	tcase_add_test(tcase, silence_has_a_moment_too);
	tcase_add_test(tcase, calls_that_are_not_answered_end);
	suite_add_tcase(suite, tcase);
	return suite;
}
