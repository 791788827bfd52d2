/* The main thread's part of the end. */
#include "core/stop.h"

#include <signal.h>

#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct stop stop;
static struct peer peer;

static void
setup(void)
{
	bench_setup();
	bench.conf.drain.delay_ms = 2500;
	bench.conf.drain.spread_ms = 0;
	bench.conf.drain.timeout_ms = 1700;
	/* as if they had threads: the test turns them */
	bench.server.started = bench.server.worker_count;
	stop = (struct stop){.server = &bench.server};
	peer.fd = -1;
}

static void
teardown(void)
{
	peer_close(&peer);
	bench_teardown();
}

static void
expect_phase(enum worker_phase phase)
{
	bench_run();
	for (unsigned i = 0; i < bench.server.worker_count; i++)
		ck_assert_int_eq(bench.server.workers[i].phase, phase);
}

/* So much later than the step before; the next one is due in next_ms. */
static void
go_on(uint32_t ms, uint32_t next_ms)
{
	bench.now_ms += ms;
	ck_assert_uint_eq(stop_turn(&stop), next_ms);
}

START_TEST(each_phase_has_its_time)
{
	ck_assert_uint_eq(stop_signal(&stop, SIGTERM), 1000);
	ck_assert(atomic_load(&bench.server.is_stopping));
	expect_phase(WORKER_RUNNING);
	go_on(1000, 1000);
	go_on(1000, 500);
	/* the timer may come early */
	go_on(499, 1);
	expect_phase(WORKER_RUNNING);
	go_on(1, 1000);
	expect_phase(WORKER_DRAINING);
	go_on(1000, 700);
	expect_phase(WORKER_DRAINING);
	go_on(700, STOP_NEVER);
	expect_phase(WORKER_ABORTING);
	/* one that was under way */
	go_on(0, STOP_NEVER);
}
END_TEST

START_TEST(without_a_delay_it_drains_at_once)
{
	bench.conf.drain.delay_ms = 0;
	ck_assert_uint_eq(stop_signal(&stop, SIGQUIT), 1000);
	expect_phase(WORKER_DRAINING);
}
END_TEST

START_TEST(a_late_step_loses_no_time_for_the_next_phase)
{
	stop_signal(&stop, SIGTERM);
	go_on(90000, 1000);
	expect_phase(WORKER_DRAINING);
	go_on(90000, STOP_NEVER);
	expect_phase(WORKER_ABORTING);
}
END_TEST

START_TEST(a_second_signal_hurries)
{
	static const int signals[] = {SIGTERM, SIGQUIT, SIGINT};

	stop_signal(&stop, SIGTERM);
	/* while it is delayed, or drains */
	if (_i >= 3)
		go_on(2500, 1000);
	ck_assert_uint_eq(stop_signal(&stop, signals[_i % 3]), STOP_NEVER);
	expect_phase(WORKER_ABORTING);
	go_on(1000, STOP_NEVER);
}
END_TEST

START_TEST(an_interrupt_is_at_once)
{
	peer_open(&peer);
	ck_assert_uint_eq(stop_signal(&stop, SIGINT), STOP_NEVER);
	expect_phase(WORKER_ABORTING);
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

static const char health[] = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

START_TEST(while_it_is_delayed_only_health_checks_fail)
{
	stop_signal(&stop, SIGTERM);
	peer_open(&peer);
	peer_close(&peer);
	peer_connect(&peer);
	peer_write(&peer, span_from_string(health));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "http=503 end ");
	ck_assert_uint_eq(bench_ended(CLOSE_ANSWERED), 1);
}
END_TEST

START_TEST(what_is_left_is_cut)
{
	peer_open(&peer);
	bench.conf.drain.delay_ms = 0;
	stop_signal(&stop, SIGTERM);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=1001:server shutting down ");
	go_on(1700, STOP_NEVER);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("stop");
	TCase *tcase = tcase_create("stop");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, each_phase_has_its_time);
	tcase_add_test(tcase, without_a_delay_it_drains_at_once);
	tcase_add_test(tcase, a_late_step_loses_no_time_for_the_next_phase);
	tcase_add_loop_test(tcase, a_second_signal_hurries, 0, 6);
	tcase_add_test(tcase, an_interrupt_is_at_once);
	tcase_add_test(tcase, while_it_is_delayed_only_health_checks_fail);
	tcase_add_test(tcase, what_is_left_is_cut);
	suite_add_tcase(suite, tcase);
	return suite;
}
