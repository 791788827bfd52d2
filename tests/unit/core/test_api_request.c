/* The request as modules see it, and as long as they may. */
#include "core/api.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer;

static void
setup(void)
{
	bench_setup();
	bench.api.on_upgrade = bench_on_upgrade;
	peer.fd = -1;
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

static void
ask(const char *request)
{
	peer_connect(&peer);
	peer_write(&peer, span_from_string(request));
	bench_run();
}

#define HEADERS                                           \
	"Host: h:1\r\n"                                   \
	"Upgrade: websocket\r\n"                          \
	"Connection: Upgrade\r\n"                         \
	"Sec-WebSocket-Version: 13\r\n"                   \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" \
	"X-Twice:first, one\r\n"                          \
	"Empty:\r\n"                                      \
	"x-twice: \t\"second\" \t\r\n\r\n"

static const char request[] = "GET /chat?a=b&c HTTP/1.1\r\n" HEADERS;

static void
look(struct framed_session *session)
{
	const char *name = NULL;

	ck_assert_str_eq(framed_method(session), "GET");
	ck_assert_str_eq(framed_target(session), "/chat?a=b&c");
	ck_assert_str_eq(framed_query(session), "a=b&c");
	ck_assert_str_eq(framed_path(session), "/chat");
	ck_assert_str_eq(framed_header(session, "host", 0), "h:1");
	ck_assert_str_eq(framed_header(session, "X-TWICE", 0), "first, one");
	ck_assert_str_eq(framed_header(session, "X-Twice", 1), "\"second\"");
	ck_assert_ptr_null(framed_header(session, "X-Twice", 2));
	ck_assert_str_eq(framed_header(session, "Empty", 0), "");
	ck_assert_ptr_null(framed_header(session, "X", 0));
	ck_assert_ptr_null(framed_header(session, "", 0));
	ck_assert_str_eq(framed_header_at(session, 0, &name), "h:1");
	ck_assert_str_eq(name, "Host");
	ck_assert_str_eq(framed_header_at(session, 6, &name), "");
	ck_assert_str_eq(name, "Empty");
	ck_assert_str_eq(framed_header_at(session, 7, NULL), "\"second\"");
	ck_assert_ptr_null(framed_header_at(session, 8, &name));
	ck_assert_str_eq(name, "Empty");
}

static void
look_in_vain(struct framed_session *session)
{
	ck_assert_ptr_null(framed_method(session));
	ck_assert_ptr_null(framed_target(session));
	ck_assert_ptr_null(framed_query(session));
	ck_assert_ptr_null(framed_header(session, "Host", 0));
	ck_assert_ptr_null(framed_header_at(session, 0, NULL));
}

static enum framed_upgrade
look_and_defer(struct framed_session *session)
{
	look(session);
	return FRAMED_DEFER;
}

static void
look_in_vain_at_message(struct framed_session *session, struct span message)
{
	(void)message;
	look_in_vain(session);
}

START_TEST(request_can_be_read_until_on_open_has_returned)
{
	const struct framed_answer answer = {
	    .size = sizeof(answer), .status = 101};

	bench.acts.upgrade = look_and_defer;
	bench.acts.open = look;
	bench.acts.message = look_in_vain_at_message;
	bench.acts.close = look_in_vain;
	peer_connect(&peer);
	peer_write(&peer, span_from_string(request));
	peer_say(&peer, "hello");
	bench_run();
	look(session());
	ck_assert_int_eq(framed_answer(session(), &answer), FRAMED_OK);
	look(session());
	bench_run();
	look_in_vain(session());
	peer_close(&peer);
	bench_run();
	ck_assert_str_eq(
	    bench_calls(), "upgrade open message=hello close=1006/transport: ");
}
END_TEST

START_TEST(first_message_comes_too_late_for_the_request)
{
	bench.acts.open = look;
	bench.acts.message = look_in_vain_at_message;
	peer_connect(&peer);
	peer_write(&peer, span_from_string(request));
	peer_say(&peer, "hello");
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "upgrade open message=hello ");
}
END_TEST

static void
look_for_no_query(struct framed_session *session)
{
	ck_assert_str_eq(framed_query(session), "");
	text_add(&bench.calls, "%s ", framed_target(session));
}

START_TEST(target_is_as_it_was_sent)
{
	static const char *const targets[] = {
	    "/chat", "/chat?", "ws://h:2/chat", "http://h/chat?"};
	char text[512];

	bench.acts.open = look_for_no_query;
	snprintf(
	    text, sizeof(text), "GET %s HTTP/1.1\r\n%s", targets[_i], HEADERS);
	ask(text);
	snprintf(text, sizeof(text), "upgrade open %s ", targets[_i]);
	ck_assert_str_eq(bench_calls(), text);
}
END_TEST

START_TEST(below_a_prefix_the_path_is_known_before_the_answer)
{
	bench.endpoint_conf.is_prefix = true;
	bench.acts.upgrade = look_and_defer;
	ask(request);
	ck_assert_str_eq(bench_calls(), "upgrade ");
	ck_assert_str_eq(framed_path(session()), "/chat");
}
END_TEST

/* Ends the session while the request is still there. */
static void
close_at_once(struct framed_session *session)
{
	const char *host = framed_header(session, "Host", 0);

	ck_assert_int_eq(
	    framed_close(session, 4000, "not today"), FRAMED_QUEUED);
	ck_assert_str_eq(framed_close_reason(session)->text, "not today");
	look(session);
	ck_assert_ptr_eq(framed_header(session, "Host", 0), host);
}

START_TEST(session_may_be_closed_in_on_open)
{
	bench.acts.open = close_at_once;
	bench.acts.close = look_in_vain;
	ask(request);
	ck_assert_str_eq(peer_heard(&peer), "http=101 close=4000:not today ");
	look_in_vain(session());
	peer_say_close(&peer, 4000, "");
	bench_run();
	ck_assert_str_eq(
	    bench_calls(), "upgrade open close=4000/local:not today ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

static void
terminate_at_once(struct framed_session *session)
{
	framed_terminate(session);
	look(session);
}

START_TEST(session_may_be_terminated_in_on_open)
{
	bench.acts.open = terminate_at_once;
	bench.acts.close = look_in_vain;
	ask(request);
	ck_assert_str_eq(bench_calls(), "upgrade open close=1006/local: ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

static enum framed_result
accept_request(struct framed_session *session)
{
	const struct framed_answer yes = {.size = sizeof(yes), .status = 101};

	return framed_answer(session, &yes);
}

/* Not open yet: nothing can be sent, or closed. */
static enum framed_upgrade
try_to_talk(struct framed_session *session)
{
	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, "x", 1), FRAMED_CLOSED);
	ck_assert_int_eq(framed_close(session, 1000, "x"), FRAMED_CLOSED);
	ck_assert_int_eq(framed_subscribe(session, "x"), FRAMED_CLOSED);
	ck_assert_ptr_null(framed_close_reason(session));
	framed_pause(session);
	framed_resume(session);
	return FRAMED_DEFER;
}

START_TEST(nothing_can_be_said_before_the_answer)
{
	bench.acts.upgrade = try_to_talk;
	ask(request);
	try_to_talk(session());
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "");
	ck_assert_int_eq(accept_request(session()), FRAMED_OK);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	ck_assert_str_eq(bench_calls(), "upgrade open ");
}
END_TEST

static enum framed_upgrade
pause_and_proceed(struct framed_session *session)
{
	framed_pause(session);
	return FRAMED_PROCEED;
}

static enum framed_upgrade
pause_and_defer(struct framed_session *session)
{
	framed_pause(session);
	return FRAMED_DEFER;
}

START_TEST(pause_before_the_answer_holds_behind_it)
{
	bench.acts.upgrade = _i == 0 ? pause_and_proceed : pause_and_defer;
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
	peer_say(&peer, "early");
	bench_run();
	if (_i == 1)
		ck_assert_int_eq(accept_request(session()), FRAMED_OK);
	bench_run();
	ck_assert_str_eq(bench_calls(), "upgrade open ");
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	framed_resume(session());
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=early ");
}
END_TEST

START_TEST(resuming_before_the_answer_reads_nothing_before_it)
{
	bench.acts.upgrade = pause_and_defer;
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
	peer_say(&peer, "early");
	bench_run();
	framed_resume(session());
	peer_say(&peer, "later");
	bench_run();
	ck_assert_str_eq(bench_calls(), "upgrade ");
	ck_assert_int_eq(accept_request(session()), FRAMED_OK);
	bench_run();
	ck_assert_str_eq(bench_calls(), "open message=early message=later ");
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
}
END_TEST

/* The head stays what it is until the callback has returned. */
static enum framed_upgrade
terminate(struct framed_session *session)
{
	framed_terminate(session);
	ck_assert_int_eq(accept_request(session), FRAMED_CLOSED);
	look(session);
	return FRAMED_DEFER;
}

static enum framed_upgrade
give_up(struct framed_session *session)
{
	framed_fail(session, "the secret");
	ck_assert_int_eq(accept_request(session), FRAMED_CLOSED);
	look(session);
	return FRAMED_PROCEED;
}

/* Has the module do it in on_upgrade or, when i is odd, while it defers. */
static void
end_by(enum framed_upgrade (*act)(struct framed_session *session), int i)
{
	bench.acts.upgrade = i % 2 == 0 ? act : bench_defer;
	ask(request);
	if (i % 2 == 1)
		act(session());
	bench_run();
	ck_assert_str_eq(bench_calls(), "upgrade ");
}

START_TEST(terminating_cuts_without_an_answer)
{
	end_by(terminate, _i);
	peer.is_http = false;
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_uint_eq(bench_ended(CLOSE_TERMINATED), 1);
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(failing_refuses_with_500_and_does_not_say_why)
{
	char text[512] = "";

	end_by(give_up, _i);
	ck_assert_int_gt(recv(peer.fd, text, sizeof(text) - 1, 0), 0);
	ck_assert_ptr_nonnull(strstr(text, "HTTP/1.1 500 "));
	ck_assert_ptr_null(strstr(text, "secret"));
	ck_assert_uint_eq(bench_ended(CLOSE_MODULE_FAILED), 1);
	peer_close(&peer);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(bench_calls(), "");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("api_request");
	TCase *tcase = tcase_create("request");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, request_can_be_read_until_on_open_has_returned);
	tcase_add_test(tcase, first_message_comes_too_late_for_the_request);
	tcase_add_loop_test(tcase, target_is_as_it_was_sent, 0, 4);
	tcase_add_test(
	    tcase, below_a_prefix_the_path_is_known_before_the_answer);
	tcase_add_test(tcase, session_may_be_closed_in_on_open);
	tcase_add_test(tcase, session_may_be_terminated_in_on_open);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("before_the_answer");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, nothing_can_be_said_before_the_answer);
	tcase_add_loop_test(
	    tcase, pause_before_the_answer_holds_behind_it, 0, 2);
	tcase_add_test(
	    tcase, resuming_before_the_answer_reads_nothing_before_it);
	tcase_add_loop_test(tcase, terminating_cuts_without_an_answer, 0, 2);
	tcase_add_loop_test(
	    tcase, failing_refuses_with_500_and_does_not_say_why, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
