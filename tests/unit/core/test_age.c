/* Sessions that become too old. */
#include "core/age.h"

#include "core/worker.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"

enum { CROWD = 60, AGE_MS = 100000, JITTER_MS = 20000, TENTHS = 10 };

static struct peer crowd[CROWD];

static void
setup(void)
{
	bench_setup();
	/* nothing but the age ends them */
	bench.endpoint_conf.keepalive.ping_interval_ms = 0;
	bench.endpoint_conf.limits.max_age_ms = AGE_MS;
	bench.endpoint_conf.limits.max_age_jitter = 100 * JITTER_MS / AGE_MS;
	/* the same in each run */
	bench.worker->spread.position = 0;
	for (unsigned i = 0; i < CROWD; i++)
		crowd[i].fd = -1;
}

static void
teardown(void)
{
	for (unsigned i = 0; i < CROWD; i++)
		peer_close(&crowd[i]);
	bench_teardown();
}

static void
open_crowd(void)
{
	for (unsigned i = 0; i < CROWD; i++)
		peer_open(&crowd[i]);
	bench_calls();
}

START_TEST(those_that_come_together_go_evenly)
{
	unsigned before = 0;

	open_crowd();
	bench_pass(AGE_MS - JITTER_MS);
	ck_assert_uint_eq(bench_ended(CLOSE_MAX_AGE), 0);
	/* the wheel's tick falls into the next tenth */
	bench.now_ms += WHEEL_TICK_MS;
	for (unsigned i = 0; i < TENTHS; i++) {
		unsigned ended;

		bench_pass(JITTER_MS / TENTHS);
		ended = bench_ended(CLOSE_MAX_AGE);
		ck_assert_uint_ge(ended - before, CROWD / TENTHS - 3);
		ck_assert_uint_le(ended - before, CROWD / TENTHS + 3);
		before = ended;
	}
	ck_assert_uint_eq(before, CROWD);
}
END_TEST

START_TEST(without_jitter_the_age_is_exact)
{
	bench.endpoint_conf.limits.max_age_jitter = 0;
	peer_open(&crowd[0]);
	bench_pass(AGE_MS - 1);
	ck_assert_str_eq(peer_heard(&crowd[0]), "");
	bench_pass(WHEEL_TICK_MS + 1);
	ck_assert_str_eq(peer_heard(&crowd[0]),
	    "close=1001:connection too old, please reconnect ");
}
END_TEST

START_TEST(traffic_keeps_nobody_young)
{
	bench.endpoint_conf.limits.max_age_jitter = 0;
	peer_open(&crowd[0]);
	bench_pass(AGE_MS / 2);
	peer_say(&crowd[0], "x");
	bench_pass(AGE_MS / 2 + WHEEL_TICK_MS);
	ck_assert_uint_eq(bench_ended(CLOSE_MAX_AGE), 1);
}
END_TEST

START_TEST(the_next_one_in_the_slot_has_its_own_age)
{
	uint32_t slot;

	bench.endpoint_conf.limits.max_age_jitter = 0;
	peer_open(&crowd[0]);
	slot = crowd[0].session->slot;
	bench_pass(AGE_MS / 2);
	framed_terminate((struct framed_session *)crowd[0].session);
	bench_run();
	bench_calls();
	bench.endpoint_conf.limits.max_age_ms = 0;
	peer_open(&crowd[1]);
	ck_assert_uint_eq(crowd[1].session->slot, slot);
	bench_pass(10 * AGE_MS);
	ck_assert_uint_eq(bench_ended(CLOSE_MAX_AGE), 0);
}
END_TEST

START_TEST(who_closes_already_is_left_alone)
{
	bench.endpoint_conf.limits.max_age_jitter = 0;
	bench.endpoint_conf.limits.close_timeout_ms = AGE_MS;
	peer_open(&crowd[0]);
	bench_pass(AGE_MS / 2);
	framed_close((struct framed_session *)crowd[0].session, 1000, "bye");
	bench_pass(AGE_MS / 2 + WHEEL_TICK_MS);
	ck_assert_str_eq(peer_heard(&crowd[0]), "close=1000:bye ");
	ck_assert_uint_eq(bench_live(), 1);
	ck_assert_uint_eq(bench_ended(CLOSE_MAX_AGE), 0);
}
END_TEST

START_TEST(clients_of_others_are_not_ours_to_age)
{
	peer_open_as_server(&crowd[0]);
	bench_pass(10 * AGE_MS);
	ck_assert_uint_eq(bench_ended(CLOSE_MAX_AGE), 0);
	ck_assert_uint_eq(bench_live(), 1);
}
END_TEST

START_TEST(without_memory_it_does_not_open)
{
	size_t count;

	for (size_t n = 1;; n++) {
		peer_connect(&crowd[0]);
		peer_write(&crowd[0], span_from_string(bench_request));
		alloc_fail_start(n);
		bench_run();
		count = alloc_fail_stop();
		/* 1011 is all that can become of it, beside what it should */
		ck_assert(strstr(peer_heard(&crowd[0]), "1001") == NULL);
		peer_close(&crowd[0]);
		bench_run();
		bench_pass(BENCH_CLOSE_MS + 2000);
		if (count < n)
			break;
		ck_assert_uint_eq(bench_live(), 0);
	}
	ck_assert_uint_ge(bench_ended(CLOSE_NO_MEMORY), 1);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("age");
	TCase *tcase = tcase_create("age");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, those_that_come_together_go_evenly);
	tcase_add_test(tcase, without_jitter_the_age_is_exact);
	tcase_add_test(tcase, traffic_keeps_nobody_young);
	tcase_add_test(tcase, the_next_one_in_the_slot_has_its_own_age);
	tcase_add_test(tcase, who_closes_already_is_left_alone);
	tcase_add_test(tcase, clients_of_others_are_not_ours_to_age);
	tcase_add_test(tcase, without_memory_it_does_not_open);
	suite_add_tcase(suite, tcase);
	return suite;
}
