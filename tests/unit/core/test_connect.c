/* Beginning sessions: who may, and how it is told that it did not come to one. */
#include "core/connect.h"

#include <stdio.h>
#include <string.h>

#include "core/call.h"
#include "core/extra.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static const struct framed_connect_options plain = {
    .token = 7, .no_deflate = 1};

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

/* Begins a session with an address that the test did not bind. */
static enum framed_result
call(const char *url)
{
	const struct framed_connect_options options = {
	    .size = sizeof(options), .url = url};
	struct seat *seat = &bench.worker->tenure->seats.list[0];

	return framed_connect((struct framed_worker *)seat, &options, NULL);
}

START_TEST(refused_connection_fails_the_session)
{
	char url[64];

	/* a port that was free a moment ago */
	peer_call(&peer, plain);
	snprintf(url, sizeof(url), "%s", peer.session->extra->call->url);
	peer_close(&peer);
	bench_run();
	bench_calls();
	ck_assert_int_eq(call(url), FRAMED_QUEUED);
	/* never from within the call */
	ck_assert_str_eq(bench_calls(), "");
	bench_run();
	ck_assert_str_eq(
	    bench_calls(), "failed=0/1006/transport:Connection refused ");
	ck_assert_uint_eq(bench_ended(CLOSE_CONNECT_FAILED), 2);
}
END_TEST

START_TEST(missing_socket_fails_the_session)
{
	ck_assert_int_eq(call("ws+unix:/nowhere/at/all:/"), FRAMED_QUEUED);
	bench_run();
	ck_assert_str_eq(bench_calls(),
	    "failed=0/1006/transport:No such file or directory ");
}
END_TEST

START_TEST(shutdown_ends_a_handshake)
{
	peer_call(&peer, plain);
	mailbox_signal(&bench.worker->mailbox, MAILBOX_DRAIN);
	bench_run();
	ck_assert_str_eq(
	    bench_calls(), "failed=0/1001/shutdown:server shutting down ");
	ck_assert_int_eq(call("ws://127.0.0.1:1/"), FRAMED_CLOSED);
}
END_TEST

START_TEST(sessions_are_limited)
{
	bench.endpoint_conf.limits.max_sessions = 1;
	peer_call(&peer, plain);
	ck_assert_int_eq(call("ws://127.0.0.1:1/"), FRAMED_AGAIN);
	ck_assert_uint_eq(bench_live(), 1);
}
END_TEST

/* Tries again, once. */
static void
try_again(struct framed_worker *worker, const struct framed_call *failed)
{
	const struct framed_connect_options options = {
	    .size = sizeof(options), .url = failed->url};

	bench.acts.connect_failed = NULL;
	ck_assert_int_eq(framed_connect(worker, &options, NULL), FRAMED_QUEUED);
}

START_TEST(module_may_call_again_when_it_fails)
{
	bench.acts.connect_failed = try_again;
	ck_assert_int_eq(call("ws+unix:/nowhere/at/all"), FRAMED_QUEUED);
	bench_run();
	ck_assert_str_eq(bench_calls(),
	    "failed=0/1006/transport:No such file or directory "
	    "failed=0/1006/transport:No such file or directory ");
}
END_TEST

START_TEST(module_need_not_hear_of_failures)
{
	bench.api.on_connect_failed = NULL;
	ck_assert_int_eq(call("ws+unix:/nowhere/at/all"), FRAMED_QUEUED);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(nobody_accepts_in_time)
{
	peer_call(&peer, plain);
	/* more than the backlog, which is of 1, takes */
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(
		    call(peer.session->extra->call->url), FRAMED_QUEUED);
	bench_run();
	bench_pass(BENCH_HANDSHAKE_MS + WHEEL_TICK_MS);
	ck_assert_ptr_nonnull(
	    strstr(bench_calls(), "timeout:not connected in time"));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("connect");
	TCase *tcase = tcase_create("beginnings");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, refused_connection_fails_the_session);
	tcase_add_test(tcase, missing_socket_fails_the_session);
	tcase_add_test(tcase, nobody_accepts_in_time);
	tcase_add_test(tcase, shutdown_ends_a_handshake);
	tcase_add_test(tcase, sessions_are_limited);
	tcase_add_test(tcase, module_may_call_again_when_it_fails);
	tcase_add_test(tcase, module_need_not_hear_of_failures);
	suite_add_tcase(suite, tcase);
	return suite;
}
