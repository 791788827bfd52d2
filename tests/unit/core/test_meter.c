/* Sessions of which too much comes in a second. */
#include "core/meter.h"

#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer;

static void
setup(void)
{
	bench_setup();
	peer.fd = -1;
	bench.endpoint.is_metered = true;
}

static void
teardown(void)
{
	peer_close(&peer);
	bench_teardown();
}

START_TEST(messages_beyond_the_rate_wait)
{
	bench.endpoint_conf.limits.messages_per_second = 10;
	peer_open(&peer);
	bench_calls();
	for (unsigned i = 0; i < 13; i++)
		peer_say(&peer, "x");
	bench_run();
	/* a second's worth, and the one that was too many */
	ck_assert_str_eq(bench_calls(),
	    "message=x message=x message=x message=x message=x message=x "
	    "message=x message=x message=x message=x message=x ");
	bench_pass(150);
	ck_assert_str_eq(bench_calls(), "message=x ");
	bench_pass(150);
	ck_assert_str_eq(bench_calls(), "message=x ");
	/* nothing is left over, and the session goes on */
	bench_pass(5000);
	peer_say(&peer, "y");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=y ");
}
END_TEST

START_TEST(bytes_beyond_the_rate_wait)
{
	bench.endpoint_conf.limits.bytes_per_second = 10;
	peer_open(&peer);
	bench_calls();
	peer_say(&peer, "0123456789abcdefghij");
	peer_say(&peer, "next");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=0123456789abcdefghij ");
	bench_pass(900);
	ck_assert_str_eq(bench_calls(), "");
	bench_pass(200);
	ck_assert_str_eq(bench_calls(), "message=next ");
}
END_TEST

START_TEST(pings_count_and_closes_do_not)
{
	bench.endpoint_conf.limits.messages_per_second = 1;
	bench.endpoint_conf.limits.rate_policy = RATE_CLOSE;
	peer_open(&peer);
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("a"));
	peer_say_close(&peer, 1000, "");
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "pong=a close=1000: end ");
	ck_assert_uint_eq(bench_ended(CLOSE_PEER_CLOSED), 1);
}
END_TEST

START_TEST(one_that_waits_can_end)
{
	bench.endpoint_conf.limits.messages_per_second = 1;
	peer_open(&peer);
	for (unsigned i = 0; i < 5; i++)
		peer_say(&peer, "x");
	bench_run();
	framed_terminate((struct framed_session *)peer.session);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	bench_pass(10000);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("meter");
	TCase *tcase = tcase_create("rates");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, messages_beyond_the_rate_wait);
	tcase_add_test(tcase, bytes_beyond_the_rate_wait);
	tcase_add_test(tcase, pings_count_and_closes_do_not);
	tcase_add_test(tcase, one_that_waits_can_end);
	suite_add_tcase(suite, tcase);
	return suite;
}
