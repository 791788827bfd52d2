/* Timers of modules: when they come, in what order, and when not any more. */
#include "core/timers.h"

#include <event2/event.h>

#include "core/worker.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"
#include "tests/unit/proto/random.h"

static struct peer peer, other;

static void
setup(void)
{
	bench_setup();
	bench.endpoint_conf.keepalive.ping_interval_ms = 0;
	peer_open(&peer);
	peer_open(&other);
	bench_calls();
}

static void
teardown(void)
{
	peer_close(&peer);
	peer_close(&other);
	bench_teardown();
}

static struct framed_session *
handle(const struct peer *of)
{
	return (struct framed_session *)of->session;
}

static void
set(const struct peer *of, uint32_t ms, uint64_t token)
{
	ck_assert_int_eq(framed_timer(handle(of), ms, token), FRAMED_OK);
}

static void
cancel(const struct peer *of, uint64_t token)
{
	ck_assert_int_eq(framed_timer_cancel(handle(of), token), FRAMED_OK);
}

/* What comes while so much time passes. */
static void
expect(uint64_t ms, const char *calls)
{
	bench_pass(ms);
	ck_assert_str_eq(bench_calls(), calls);
}

START_TEST(timer_comes_once_never_early_and_at_most_a_tick_late)
{
	static const uint32_t delays_ms[] = {0, 1, 31, 32, 33, 1000, 5000,
	    WHEEL_TICK_MS * WHEEL_BUCKETS - 1, WHEEL_TICK_MS * WHEEL_BUCKETS,
	    100000, DAY_MS};
	const uint32_t ms = delays_ms[_i];

	ck_assert_uint_lt(_i, ARRAY_LENGTH(delays_ms));
	set(&peer, ms, 42);
	if (ms > 0)
		expect(ms - 1, "");
	expect(WHEEL_TICK_MS + (ms > 0), "timer=42 ");
	expect(DAY_MS, "");
}
END_TEST

START_TEST(timers_come_in_the_order_of_their_time)
{
	set(&peer, 300, 3);
	set(&other, 200, 2);
	set(&peer, 100, 1);
	set(&peer, 70000, 5);
	set(&other, 400, 4);
	expect(80000, "timer=1 timer=2 timer=3 timer=4 timer=5 ");
}
END_TEST

START_TEST(timers_run_beside_the_session_s_deadline)
{
	bench.endpoint_conf.keepalive.ping_interval_ms = BENCH_PING_MS;
	peer_close(&other);
	bench_run();
	bench_calls();
	peer_open(&other);
	set(&other, BENCH_PING_MS - 1000, 1);
	set(&other, BENCH_PING_MS + 1000, 2);
	expect(BENCH_PING_MS - 500, "timer=1 ");
	ck_assert_str_eq(peer_heard(&other), "");
	expect(600, "");
	ck_assert_str_eq(peer_heard(&other), "ping ");
	expect(1000, "timer=2 ");
}
END_TEST

START_TEST(setting_a_timer_again_moves_it)
{
	set(&peer, 1000, 7);
	set(&peer, 5000, 7);
	expect(4999, "");
	set(&peer, 60000, 7);
	set(&peer, 100, 7);
	expect(100 + WHEEL_TICK_MS, "timer=7 ");
	expect(DAY_MS, "");
}
END_TEST

START_TEST(tokens_are_each_session_s_own)
{
	set(&peer, 100, 1);
	set(&other, 200, 1);
	cancel(&peer, 1);
	expect(1000, "timer=1 ");
	set(&peer, 100, 0);
	set(&peer, 200, UINT64_MAX);
	expect(1000, "timer=0 timer=18446744073709551615 ");
}
END_TEST

START_TEST(cancelled_timer_does_not_come)
{
	/* without any timer */
	cancel(&peer, 1);
	for (uint64_t token = 1; token <= 5; token++)
		set(&peer, (uint32_t)token * 100, token);
	/* last, first and middle of the list; and one that is not there */
	cancel(&peer, 1);
	cancel(&peer, 5);
	cancel(&peer, 3);
	cancel(&peer, 3);
	cancel(&peer, 99);
	expect(DAY_MS, "timer=2 timer=4 ");
	cancel(&peer, 2);
}
END_TEST

static void
set_again(struct framed_session *session, uint64_t token)
{
	framed_timer(session, 1000, token);
}

START_TEST(timer_may_set_itself_again)
{
	bench.acts.timer = set_again;
	set(&peer, 1000, 1);
	expect(3500, "timer=1 timer=1 timer=1 ");
	cancel(&peer, 1);
	expect(DAY_MS, "");
}
END_TEST

static void
set_at_once(struct framed_session *session, uint64_t token)
{
	framed_timer(session, 0, token);
}

START_TEST(timer_without_delay_lets_time_pass)
{
	bench.acts.timer = set_at_once;
	set(&peer, 0, 1);
	expect(WHEEL_TICK_MS, "timer=1 ");
	expect(WHEEL_TICK_MS, "timer=1 ");
	cancel(&peer, 1);
}
END_TEST

/* Whoever is first of those that are due together: one goes, one moves. */
static void
meddle(struct framed_session *session, uint64_t token)
{
	if (token != 1)
		return;
	framed_timer_cancel(session, 2);
	framed_timer_cancel(handle(&other), 2);
	framed_timer(session, 1000, 3);
	/* these take the places that have just become free */
	framed_timer(session, 2000, 5);
	framed_timer(session, 3000, 6);
}

START_TEST(timers_due_together_may_be_cancelled_and_moved_by_the_first)
{
	bench.acts.timer = meddle;
	for (uint64_t token = 1; token <= 4; token++)
		set(&peer, 100, token);
	set(&other, 100, 2);
	expect(200, "timer=1 timer=4 ");
	expect(1000, "timer=3 ");
	expect(5000, "timer=5 timer=6 ");
}
END_TEST

static void
say_token(struct framed_session *session, uint64_t token)
{
	framed_send(session, FRAMED_TEXT, token == 1 ? "one" : "two", 3);
}

START_TEST(what_a_timer_sends_leaves_with_its_turn)
{
	bench.acts.timer = say_token;
	set(&peer, 100, 1);
	set(&peer, 100, 2);
	bench.now_ms = bench.worker->timer_ms;
	event_active(bench.worker->timer, EV_TIMEOUT, 1);
	worker_turn(bench.worker);
	ck_assert_str_eq(peer_heard(&peer), "text=one text=two ");
}
END_TEST

static void
pause_or_resume(struct framed_session *session, uint64_t token)
{
	if (token == 1)
		framed_pause(session);
	else
		framed_resume(session);
}

START_TEST(timer_may_pause_and_resume_reading)
{
	bench.acts.timer = pause_or_resume;
	set(&peer, 100, 1);
	set(&peer, 1000, 2);
	expect(500, "timer=1 ");
	peer_say(&peer, "late");
	expect(100, "");
	expect(500, "timer=2 message=late ");
}
END_TEST

static void
end_in_order(struct framed_session *session, uint64_t token)
{
	(void)token;
	framed_close(session, 1000, "");
	if (framed_timer(session, 100, 9) != FRAMED_CLOSED ||
	    framed_timer_cancel(session, 9) != FRAMED_OK)
		ck_abort_msg("a closing session has timers");
}

START_TEST(closing_ends_the_timers)
{
	bench.acts.timer = end_in_order;
	for (uint64_t token = 1; token <= 3; token++)
		set(&peer, 100, token);
	set(&peer, 200, 4);
	expect(1000, "timer=1 ");
	/* it lives on, to await the peer's Close */
	ck_assert_int_eq(peer.session->state, SESSION_CLOSING);
	expect(BENCH_CLOSE_MS, "close=1000/local: ");
	expect(DAY_MS, "");
}
END_TEST

static void
terminate(struct framed_session *session, uint64_t token)
{
	(void)token;
	framed_terminate(session);
	framed_terminate(handle(&other));
}

START_TEST(termination_ends_the_timers)
{
	bench.acts.timer = terminate;
	set(&peer, 100, 1);
	set(&peer, 100, 2);
	set(&other, 100, 1);
	expect(DAY_MS, "timer=1 close=1006/local: close=1006/local: ");
}
END_TEST

static void
set_late(struct framed_session *session)
{
	if (framed_timer(session, 100, 1) != FRAMED_CLOSED)
		ck_abort_msg("a closed session has timers");
}

START_TEST(peer_s_end_is_the_end_of_the_timers)
{
	bench.acts.close = set_late;
	set(&peer, 100, 1);
	peer_close(&peer);
	expect(DAY_MS, "close=1006/transport: ");
}
END_TEST

START_TEST(wrong_timers_are_refused)
{
	ck_assert_int_eq(
	    framed_timer(handle(&peer), DAY_MS + 1, 1), FRAMED_INVALID);
	bench.api.on_timer = NULL;
	ck_assert_int_eq(
	    framed_timer(handle(&peer), 100, 1), FRAMED_UNSUPPORTED);
	cancel(&peer, 1);
	expect(DAY_MS + 1000, "");
}
END_TEST

START_TEST(session_has_1024_timers_at_most)
{
	for (uint64_t token = 0; token < 1024; token++)
		set(&peer, 1000 + (uint32_t)token % 7, token);
	ck_assert_int_eq(framed_timer(handle(&peer), 1, 1024), FRAMED_AGAIN);
	set(&peer, 5000, 17);
	set(&other, 5000, 1024);
	cancel(&peer, 400);
	set(&peer, 5000, 1024);
	ck_assert_int_eq(framed_timer(handle(&peer), 1, 400), FRAMED_AGAIN);
	for (uint64_t token = 0; token < 1024; token++)
		if (token % 100 != 17)
			cancel(&peer, token);
	expect(5100,
	    "timer=117 timer=217 timer=317 timer=417 timer=517 "
	    "timer=617 timer=717 timer=817 timer=917 timer=1017 "
	    "timer=17 timer=1024 timer=1024 ");
}
END_TEST

START_TEST(timers_are_accounted_for)
{
	const uint64_t *charged = &bench.worker->stats.charged_bytes;
	uint64_t before = *charged, one;

	set(&peer, 60000, 0);
	one = *charged;
	ck_assert_uint_gt(one, before);
	for (uint64_t token = 1; token < 1000; token++)
		set(&peer, 60000, token);
	ck_assert_uint_ge(*charged, one + UINT64_C(999) * 24);
	for (uint64_t token = 1; token < 1000; token++)
		cancel(&peer, token);
	ck_assert_uint_eq(*charged, one);
	framed_close(handle(&peer), 1000, "");
	peer_close(&peer);
	bench_run();
	ck_assert_uint_eq(*charged, before);
}
END_TEST

static void
subscribe(struct framed_session *session, uint64_t token)
{
	(void)token;
	framed_subscribe(session, "topic");
}

START_TEST(what_a_timer_does_is_accounted_for_at_the_end_of_the_turn)
{
	const uint64_t *charged = &bench.worker->stats.charged_bytes;
	uint64_t told;

	bench.acts.timer = subscribe;
	set(&peer, 100, 1);
	expect(1000, "timer=1 ");
	told = *charged;
	session_account(peer.session);
	ck_assert_uint_eq(told, *charged);
}
END_TEST

START_TEST(timer_without_memory_is_refused)
{
	/* for the session; the wheel behind it; the entries behind that */
	static const size_t failing[] = {1, 2, 2};
	enum framed_result result;

	for (size_t i = 0; i < ARRAY_LENGTH(failing); i++) {
		alloc_fail_start(failing[i]);
		result = framed_timer(handle(&peer), 100, 1);
		ck_assert_uint_eq(alloc_fail_stop(), failing[i]);
		ck_assert_int_eq(result, FRAMED_NO_MEMORY);
		expect(1000, "");
	}
	set(&peer, 100, 1);
	expect(1000, "timer=1 ");
}
END_TEST

enum { CROWD = 16, TOKENS = 20, STEPS = 3000 };

static struct peer crowd[CROWD];
static uint64_t due_ms[CROWD][TOKENS]; /* the twin; 0: none */
static unsigned expired;

static unsigned
crowd_find(const struct framed_session *session)
{
	unsigned i = 0;

	while (i < CROWD && handle(&crowd[i]) != session)
		i++;
	ck_assert_uint_lt(i, CROWD);
	return i;
}

static void
check_due(struct framed_session *session, uint64_t token)
{
	unsigned i = crowd_find(session);

	bench.calls.length = 0;
	ck_assert_uint_lt(token, TOKENS);
	ck_assert_msg(due_ms[i][token] != 0, "%u has no timer %llu", i,
	    (unsigned long long)token);
	ck_assert_uint_le(due_ms[i][token], bench.now_ms);
	due_ms[i][token] = 0;
	expired++;
}

static void
crowd_pass(uint64_t ms)
{
	bench_pass(ms);
	for (unsigned i = 0; i < CROWD; i++)
		for (unsigned token = 0; token < TOKENS; token++)
			ck_assert(due_ms[i][token] == 0 ||
			    due_ms[i][token] + WHEEL_TICK_MS > bench.now_ms);
}

static void
crowd_step(struct random *random)
{
	unsigned i = (unsigned)random_below(random, CROWD);
	uint64_t token = random_below(random, TOKENS);
	size_t pick = random_below(random, 1000);

	if (pick < 600) {
		uint32_t ms = (uint32_t)random_below(random, 90000);

		set(&crowd[i], ms, token);
		due_ms[i][token] = bench.now_ms + ms;
	} else if (pick < 700) {
		cancel(&crowd[i], token);
		due_ms[i][token] = 0;
	} else if (pick < 995) {
		crowd_pass(random_below(random, 400));
	} else {
		framed_terminate(handle(&crowd[i]));
		bench_run();
		bench_calls();
		peer_close(&crowd[i]);
		peer_open(&crowd[i]);
		memset(due_ms[i], 0, sizeof(due_ms[i]));
	}
}

START_TEST(many_timers_come_as_a_naive_table_would_have_them)
{
	struct random random = {5};

	bench.acts.timer = check_due;
	expired = 0;
	memset(due_ms, 0, sizeof(due_ms));
	for (unsigned i = 0; i < CROWD; i++)
		peer_open(&crowd[i]);
	for (unsigned step = 0; step < STEPS; step++)
		crowd_step(&random);
	crowd_pass(100000);
	ck_assert_uint_gt(expired, STEPS / 10);
	for (unsigned i = 0; i < CROWD; i++)
		peer_close(&crowd[i]);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("timers");
	TCase *tcase = tcase_create("timers");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, timer_comes_once_never_early_and_at_most_a_tick_late, 0, 11);
	tcase_add_test(tcase, timers_come_in_the_order_of_their_time);
	tcase_add_test(tcase, timers_run_beside_the_session_s_deadline);
	tcase_add_test(tcase, setting_a_timer_again_moves_it);
	tcase_add_test(tcase, tokens_are_each_session_s_own);
	tcase_add_test(tcase, cancelled_timer_does_not_come);
	tcase_add_test(tcase, timer_may_set_itself_again);
	tcase_add_test(tcase, timer_without_delay_lets_time_pass);
	tcase_add_test(
	    tcase, timers_due_together_may_be_cancelled_and_moved_by_the_first);
	tcase_add_test(tcase, what_a_timer_sends_leaves_with_its_turn);
	tcase_add_test(tcase, timer_may_pause_and_resume_reading);
	tcase_add_test(tcase, closing_ends_the_timers);
	tcase_add_test(tcase, termination_ends_the_timers);
	tcase_add_test(tcase, peer_s_end_is_the_end_of_the_timers);
	tcase_add_test(tcase, wrong_timers_are_refused);
	tcase_add_test(tcase, session_has_1024_timers_at_most);
	tcase_add_test(tcase, timers_are_accounted_for);
	tcase_add_test(
	    tcase, what_a_timer_does_is_accounted_for_at_the_end_of_the_turn);
	tcase_add_test(tcase, timer_without_memory_is_refused);
	tcase_add_test(
	    tcase, many_timers_come_as_a_naive_table_would_have_them);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
