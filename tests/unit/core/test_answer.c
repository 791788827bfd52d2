/* What can be answered, and answers from other threads, by the session's id. */
#include "core/answer.h"

#include <string.h>

#include "core/session.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer;

static void
ask(void)
{
	peer_connect(&peer);
	/* before the final empty line */
	peer_write(&peer, span_from(bench_request, strlen(bench_request) - 2));
	peer_write(&peer,
	    SPAN_LITERAL("Sec-WebSocket-Protocol: v2, v1, bearer.t\r\n\r\n"));
	bench_run();
}

static void
setup(void)
{
	bench_setup();
	bench.api.on_upgrade = bench_on_upgrade;
	bench.acts.upgrade = bench_defer;
	ask();
	ck_assert_str_eq(bench_calls(), "upgrade ");
}

static void
teardown(void)
{
	peer_close(&peer);
	bench_teardown();
}

static struct framed_session *
session(void)
{
	return (struct framed_session *)peer.session;
}

static const struct framed_answer wrong[] = {
    {.status = 0},
    {.status = 100},
    {.status = 102},
    {.status = 200},
    {.status = 299},
    {.status = 600},
    {.status = 101, .subprotocol = "v3"},
    {.status = 101, .subprotocol = "V1"},
    {.status = 101, .subprotocol = ""},
    {.status = 101, .subprotocol = "v2, v1"},
    {.status = 101, .headers = "X: y"},
    {.status = 101, .headers = "X: y\n"},
    {.status = 101, .headers = "X: y\r\n\r\nframe"},
    {.status = 101, .headers = "X y: z\r\n"},
    {.status = 101, .headers = "Sec-WebSocket-Extensions: x\r\n"},
    {.status = 403, .headers = "Connection: keep-alive\r\n"},
    {.status = 403, .headers = "content-length: 5\r\n"},
    {.status = 403, .text = "two\r\nlines"},
    {.status = 403, .text = "two\nlines"},
    {.status = 403, .text = "a\ttab"},
    {.status = 403, .text = "\x7f"},
    {.status = 403, .text = "\xff"},
    {.status = 403, .text = "\xc3"},
};

START_TEST(wrong_answer_is_none)
{
	struct framed_answer answer = wrong[_i];

	answer.size = sizeof(answer);
	ck_assert_int_eq(framed_answer(session(), &answer), FRAMED_INVALID);
	answer = (struct framed_answer){.size = sizeof(answer), .status = 101};
	ck_assert_int_eq(framed_answer(session(), &answer), FRAMED_OK);
	bench_run();
	ck_assert_str_eq(bench_calls(), "open ");
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
}
END_TEST

/* Asked for without a token, so that the answer is all that matters. */
START_TEST(token_is_no_subprotocol)
{
	struct framed_answer answer = {
	    .size = sizeof(answer), .status = 101, .subprotocol = "bearer.t"};
	bool is_asked_for = _i == 1;

	bench.endpoint_conf.auth.type =
	    is_asked_for ? AUTH_TOKEN_FILE : AUTH_OFF;
	ck_assert_int_eq(framed_answer(session(), &answer),
	    is_asked_for ? FRAMED_INVALID : FRAMED_OK);
	answer.subprotocol = "v1";
	ck_assert_int_eq(framed_answer(session(), &answer),
	    is_asked_for ? FRAMED_OK : FRAMED_CLOSED);
}
END_TEST

START_TEST(answer_must_say_its_size)
{
	struct framed_answer answer = {.status = 403};

	ck_assert_int_eq(framed_answer(session(), &answer), FRAMED_INVALID);
	answer.size = sizeof(answer) - 1;
	ck_assert_int_eq(framed_answer(session(), &answer), FRAMED_INVALID);
	ck_assert_int_eq(framed_answer(session(), NULL), FRAMED_INVALID);
	answer.size = sizeof(answer);
	ck_assert_int_eq(framed_answer(session(), &answer), FRAMED_OK);
}
END_TEST

static enum framed_result
answer_to(uint64_t id, uint16_t status, const char *subprotocol)
{
	const struct framed_answer answer = {.size = sizeof(answer),
	    .status = status,
	    .subprotocol = subprotocol};

	return framed_answer_to(id, &answer);
}

START_TEST(answer_may_come_by_id)
{
	uint64_t id = framed_id(session());

	ck_assert_int_eq(answer_to(id, _i == 0 ? 101 : 403, NULL), FRAMED_OK);
	/* not inside the call */
	ck_assert_int_eq(peer.session->state, SESSION_UPGRADE);
	bench_run();
	ck_assert_str_eq(
	    peer_heard(&peer), _i == 0 ? "http=101 " : "http=403 end ");
	ck_assert_str_eq(bench_calls(), _i == 0 ? "open " : "");
}
END_TEST

static enum framed_upgrade
defer_when_answered(struct framed_session *session)
{
	ck_assert_int_eq(answer_to(framed_id(session), 101, NULL), FRAMED_OK);
	return FRAMED_DEFER;
}

START_TEST(thread_may_be_quicker_than_on_upgrade)
{
	peer_close(&peer);
	framed_terminate(session());
	bench_run();
	bench.acts.upgrade = defer_when_answered;
	ask();
	ck_assert_str_eq(bench_calls(), "upgrade open ");
}
END_TEST

START_TEST(what_is_known_to_be_wrong_is_told_at_once)
{
	uint64_t id = framed_id(session());

	ck_assert_int_eq(answer_to(id, 200, NULL), FRAMED_INVALID);
	ck_assert_int_eq(framed_answer_to(id, NULL), FRAMED_INVALID);
	ck_assert_int_eq(answer_to(0, 101, NULL), FRAMED_GONE);
	ck_assert_int_eq(answer_to(UINT64_MAX, 101, NULL), FRAMED_GONE);
	ck_assert_int_eq(answer_to(id + 1, 101, NULL), FRAMED_GONE);
	framed_terminate(session());
	ck_assert_int_eq(answer_to(id, 101, NULL), FRAMED_GONE);
	bench_run();
	ck_assert_int_eq(answer_to(id, 101, NULL), FRAMED_GONE);
}
END_TEST

START_TEST(answer_to_one_that_goes_meanwhile_is_dropped)
{
	ck_assert_int_eq(answer_to(framed_id(session()), 101, NULL), FRAMED_OK);
	framed_terminate(session());
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(bench_calls(), "");
}
END_TEST

START_TEST(answer_that_is_never_delivered_is_freed)
{
	/* teardown aborts the worker before it takes the post */
	ck_assert_int_eq(answer_to(framed_id(session()), 101, NULL), FRAMED_OK);
}
END_TEST

START_TEST(subprotocol_that_is_not_offered_fails_the_session)
{
	ck_assert_int_eq(answer_to(framed_id(session()), 101, "v3"), FRAMED_OK);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "http=500 end ");
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_uint_eq(bench_ended(CLOSE_MODULE_FAILED), 1);
}
END_TEST

START_TEST(second_answer_is_dropped)
{
	uint64_t id = framed_id(session());

	ck_assert_int_eq(answer_to(id, 101, NULL), FRAMED_OK);
	ck_assert_int_eq(answer_to(id, 403, NULL), FRAMED_OK);
	bench_run();
	ck_assert_int_eq(answer_to(id, 403, NULL), FRAMED_OK);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	ck_assert_str_eq(bench_calls(), "open ");
	ck_assert_int_eq(peer.session->state, SESSION_OPEN);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("answer");
	TCase *tcase = tcase_create("answer");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, wrong_answer_is_none, 0, (int)ARRAY_LENGTH(wrong));
	tcase_add_loop_test(tcase, token_is_no_subprotocol, 0, 2);
	tcase_add_test(tcase, answer_must_say_its_size);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("by_id");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, answer_may_come_by_id, 0, 2);
	tcase_add_test(tcase, thread_may_be_quicker_than_on_upgrade);
	tcase_add_test(tcase, what_is_known_to_be_wrong_is_told_at_once);
	tcase_add_test(tcase, answer_to_one_that_goes_meanwhile_is_dropped);
	tcase_add_test(tcase, answer_that_is_never_delivered_is_freed);
	tcase_add_test(
	    tcase, subprotocol_that_is_not_offered_fails_the_session);
	tcase_add_test(tcase, second_answer_is_dropped);
	suite_add_tcase(suite, tcase);
	return suite;
}
