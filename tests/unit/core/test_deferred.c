/* Upgrades that are answered later: by a timer or a work, and by one that comes
 * too late. */
#include <stdlib.h>

#include "core/session.h"
#include "tests/unit/core/gates.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer;

static void
setup(void)
{
	bench_setup();
	gates_setup(2, GATES);
	bench.api.on_upgrade = bench_on_upgrade;
	peer.fd = -1;
}

static void
teardown(void)
{
	peer_close(&peer);
	gates_teardown();
	bench_teardown();
}

/* Asks, and does not wait for the answer before it speaks. */
static void
ask(void)
{
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
	peer_say(&peer, "early");
	bench_run();
	ck_assert_str_eq(bench_calls(), "upgrade ");
}

static void
answer(struct framed_session *session, uint16_t status)
{
	const struct framed_answer answer = {
	    .size = sizeof(answer), .status = status};

	if (framed_answer(session, &answer) != FRAMED_OK)
		ck_abort_msg("the answer was not taken");
}

static enum framed_upgrade
set_and_defer(struct framed_session *session)
{
	framed_timer(session, 100, 1);
	framed_timer(session, 200, 2);
	return FRAMED_DEFER;
}

static void
accept_by_timer(struct framed_session *session, uint64_t token)
{
	if (token == 1)
		answer(session, 101);
}

static void
refuse_by_timer(struct framed_session *session, uint64_t token)
{
	if (token == 1)
		answer(session, 403);
}

static void
ask_for_timers(void (*timer)(struct framed_session *session, uint64_t token))
{
	bench.acts.upgrade = set_and_defer;
	bench.acts.timer = timer;
	ask();
}

static void
pass_and_expect(uint64_t ms, const char *calls)
{
	bench_pass(ms);
	ck_assert_str_eq(bench_calls(), calls);
}

START_TEST(deferred_upgrade_may_be_accepted_by_a_timer)
{
	ask_for_timers(accept_by_timer);
	pass_and_expect(1000, "timer=1 open message=early timer=2 ");
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
}
END_TEST

START_TEST(refused_upgrade_has_no_timers)
{
	ask_for_timers(refuse_by_timer);
	pass_and_expect(1000, "timer=1 ");
	ck_assert_str_eq(peer_heard(&peer), "http=403 end ");
}
END_TEST

static enum framed_upgrade
begin_and_defer(struct framed_session *session)
{
	framed_async(session, 1, "a", 1);
	framed_async(session, 2, "b", 1);
	return FRAMED_DEFER;
}

static void
accept_by_work(struct framed_session *session, struct framed_work *work)
{
	free(work->result);
	if (work->token == 1 && session != NULL)
		answer(session, 101);
}

static void
refuse_by_work(struct framed_session *session, struct framed_work *work)
{
	free(work->result);
	if (work->token == 1 && session != NULL)
		answer(session, 403);
}

static void
ask_for_works(
    void (*done)(struct framed_session *session, struct framed_work *work))
{
	bench.acts.upgrade = begin_and_defer;
	bench.acts.done = done;
	ask();
}

START_TEST(deferred_upgrade_may_be_accepted_by_a_work)
{
	ask_for_works(accept_by_work);
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "done=1 open message=early ");
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	gate_finish(2);
	ck_assert_str_eq(bench_calls(), "done=2 ");
}
END_TEST

/* The works it has under way do not keep it from being answered. */
START_TEST(deferred_upgrade_with_async_max_works_opens_all_the_same)
{
	bench.endpoint_conf.limits.async_max = 2;
	ask_for_works(accept_by_work);
	answer((struct framed_session *)peer.session, 101);
	bench_run();
	ck_assert_str_eq(bench_calls(), "open ");
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	bench.acts.done = gates_send_result;
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "done=1 message=early ");
}
END_TEST

START_TEST(works_of_a_refused_upgrade_are_gone)
{
	ask_for_works(refuse_by_work);
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "done=1 ");
	ck_assert_int_eq(peer.session->state, SESSION_CLOSING);
	gate_finish(2);
	ck_assert_str_eq(bench_calls(), "gone=2 ");
	ck_assert_str_eq(peer_heard(&peer), "http=403 end ");
}
END_TEST

START_TEST(works_of_an_upgrade_that_took_too_long_are_gone)
{
	ask_for_works(accept_by_work);
	bench_pass(BENCH_HANDSHAKE_MS + 2000);
	gate_finish(1);
	gate_finish(2);
	ck_assert_str_eq(bench_calls(), "gone=1 gone=2 ");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("deferred");
	TCase *tcase = tcase_create("deferred");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, deferred_upgrade_may_be_accepted_by_a_timer);
	tcase_add_test(tcase, refused_upgrade_has_no_timers);
	tcase_add_test(tcase, deferred_upgrade_may_be_accepted_by_a_work);
	tcase_add_test(
	    tcase, deferred_upgrade_with_async_max_works_opens_all_the_same);
	tcase_add_test(tcase, works_of_a_refused_upgrade_are_gone);
	tcase_add_test(tcase, works_of_an_upgrade_that_took_too_long_are_gone);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
