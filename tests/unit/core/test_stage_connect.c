/* CONNECT and RESPONSE: sessions that we begin, from the connection to the
 * answer of a server that the test plays, within one deadline. */
#include "core/stages.h"

#include <string.h>
#include <sys/socket.h>

#include "core/call.h"
#include "core/extra.h"
#include "proto/frame.h"
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

static struct framed_session *
handle(void)
{
	return (struct framed_session *)peer.session;
}

/* Looks at the facts of the call, in on_open. */
static void
look(struct framed_session *session)
{
	const struct framed_call *call = framed_call(session);

	ck_assert_ptr_nonnull(call);
	ck_assert_uint_eq(call->status, 101);
	ck_assert_uint_eq(call->token, 7);
	ck_assert_ptr_nonnull(strstr(call->url, "/feed?x=1"));
	ck_assert_str_eq(framed_subprotocol(session), "v1.chat");
}

/* Looks at the request and the response, in on_open. */
static void
look_at_heads(struct framed_session *session)
{
	const char *name;

	ck_assert_str_eq(framed_method(session), "GET");
	ck_assert_str_eq(framed_target(session), "/feed?x=1");
	ck_assert_str_eq(framed_query(session), "x=1");
	ck_assert_str_eq(framed_path(session), "/feed");
	ck_assert_str_eq(framed_header(session, "server", 0), "x");
	ck_assert_ptr_null(framed_header(session, "server", 1));
	ck_assert_str_eq(framed_header_at(session, 0, &name), "websocket");
	ck_assert_str_eq(name, "Upgrade");
	ck_assert_ptr_null(framed_subprotocol(session));
}

START_TEST(heads_can_be_read_while_it_opens)
{
	static char own[] = "of the endpoint";

	bench.endpoint_conf.subprotocol = own;
	bench.acts.open = look_at_heads;
	peer_call(&peer, plain);
	peer_answer(&peer, "Server: x\r\n");
	bench_run();
	ck_assert_str_eq(bench_calls(), "open ");
	ck_assert_ptr_null(framed_method(handle()));
	ck_assert_ptr_null(framed_target(handle()));
	ck_assert_ptr_null(framed_query(handle()));
	ck_assert_ptr_null(framed_header(handle(), "server", 0));
}
END_TEST

START_TEST(session_opens_as_it_was_answered)
{
	bench.acts.open = look;
	peer_call(&peer,
	    (struct framed_connect_options){
	        .token = 7, .subprotocols = "v1.chat"});
	ck_assert_uint_eq(atomic_load(&bench.server.sessions), 1);
	peer_answer(&peer, "Sec-WebSocket-Protocol: v1.chat\r\n");
	bench_run();
	ck_assert_str_eq(bench_calls(), "open ");
	ck_assert_ptr_null(peer.session->extra->call->wish);
	look(handle());
}
END_TEST

START_TEST(messages_go_both_ways)
{
	peer_open_as_server(&peer);
	framed_send(handle(), FRAMED_TEXT, "up", 2);
	bench_run();
	/* a reader of the server's role, which wants a mask */
	ck_assert_str_eq(peer_heard(&peer), "text=up ");
	peer_say(&peer, "down");
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("abc"));
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=down ");
	ck_assert_str_eq(peer_heard(&peer), "pong=abc ");
}
END_TEST

START_TEST(answer_may_be_cut_anywhere)
{
	size_t cut = (size_t)_i + 1;
	char response[512];

	peer_call(&peer, plain);
	peer_write_answer(&peer, "", response, sizeof(response));
	ck_assert_uint_lt(cut, strlen(response));
	peer_write(&peer, span_from(response, cut));
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	peer_write(&peer, span_from_string(response + cut));
	peer_say(&peer, "at once");
	bench_run();
	ck_assert_str_eq(bench_calls(), "open message=at once ");
}
END_TEST

START_TEST(answer_may_come_byte_by_byte)
{
	char response[512];

	peer_call(&peer, plain);
	peer_write_answer(&peer, "", response, sizeof(response));
	for (const char *c = response; *c != '\0'; c++) {
		ck_assert_str_eq(bench_calls(), "");
		peer_write(&peer, span_from(c, 1));
		bench_run();
	}
	ck_assert_str_eq(bench_calls(), "open ");
	ck_assert_uint_lt(bench.worker->stats.charged_bytes, 1024);
}
END_TEST

START_TEST(interim_responses_are_passed_over)
{
	peer_call(&peer, plain);
	peer_write(&peer,
	    SPAN_LITERAL("HTTP/1.1 100 Continue\r\n\r\n"
	                 "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"));
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	peer_write(&peer, SPAN_LITERAL("HTTP/1.1 102 Processing\r\n\r\n"));
	peer_answer(&peer, "");
	peer_say(&peer, "hello");
	bench_run();
	ck_assert_str_eq(bench_calls(), "open message=hello ");
}
END_TEST

#define WRONG(why) "failed=101/1002/protocol:" why " "

/* Whole responses, or lines added to a right one. */
static const struct {
	const char *response;
	const char *calls;
	const char *lines;
} wrong[] = {
    {"HTTP/1.1 404 Not Found\r\n\r\n",
        "failed=404/404/peer:the server answered 404 Not Found ", NULL},
    {"HTTP/1.1 302 \r\nLocation: /\r\n\r\n",
        "failed=302/302/peer:the server answered 302 ", NULL},
    {"HTTP/1.1 200 \xff\r\n\r\n",
        "failed=200/200/peer:the server answered 200 ", NULL},
    {"HTTP/1.0 101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        WRONG("an upgrade takes HTTP/1.1"), NULL},
    {"HTTP/1.1 101 X\r\nConnection: upgrade\r\n\r\n",
        WRONG("Upgrade is not websocket"), NULL},
    {"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n",
        WRONG("Connection lacks upgrade"), NULL},
    {"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
     "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        WRONG("missing or wrong Sec-WebSocket-Accept"), NULL},
    {NULL, WRONG("no extension was asked for"),
        "Sec-WebSocket-Extensions: permessage-deflate\r\n"},
    {NULL, WRONG("this subprotocol was not offered"),
        "Sec-WebSocket-Protocol: v1.chat\r\n"},
    {"SSH-2.0-OpenSSH_9.2\r\n", "failed=0/1002/protocol:malformed status line ",
        NULL},
    {"HTTP/1.1 101 X\nUpgrade: websocket\n\n",
        "failed=0/1002/protocol:lines must end in CRLF ", NULL},
};

START_TEST(wrong_answer_fails_the_session)
{
	peer_call(&peer, plain);
	if (wrong[_i].response != NULL)
		peer_write(&peer, span_from_string(wrong[_i].response));
	else
		peer_answer(&peer, wrong[_i].lines);
	bench_run();
	ck_assert_str_eq(bench_calls(), wrong[_i].calls);
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(peer_heard(&peer), "end ");
}
END_TEST

START_TEST(head_of_the_answer_has_limits)
{
	static const char line[] = "X: 012345678901234567890123456789\r\n";

	peer_call(&peer, plain);
	peer_write(&peer, SPAN_LITERAL("HTTP/1.1 101 X\r\n"));
	for (unsigned i = 0; i < 17; i++)
		peer_write(&peer, span_from_string(line));
	bench_run();
	ck_assert_str_eq(
	    bench_calls(), "failed=0/1002/protocol:too many headers ");
}
END_TEST

START_TEST(extension_is_as_it_was_asked_for)
{
	static const char *const lines[] = {
	    "Sec-WebSocket-Extensions: permessage-deflate\r\n",
	    "Sec-WebSocket-Extensions: permessage-deflate; server_x=9\r\n",
	    "Sec-WebSocket-Extensions: something-else\r\n",
	};

	peer_call(&peer, (struct framed_connect_options){.token = 7});
	peer_answer(&peer, lines[_i]);
	bench_run();
	if (_i > 0) {
		ck_assert_str_eq(bench_calls(),
		    WRONG("the extension is not as it was asked for"));
		return;
	}
	ck_assert_str_eq(bench_calls(), "open ");
	ck_assert(peer.session->flags & SESSION_EXTENDED);
	framed_send(handle(), FRAMED_TEXT,
	    "0000000000000000000000000000000000000000", 40);
	bench_run();
	ck_assert_ptr_nonnull(strstr(peer_heard(&peer), "encoded text="));
}
END_TEST

START_TEST(masked_frame_of_a_server_is_an_error)
{
	peer_open_as_server(&peer);
	peer_write(&peer, SPAN_LITERAL("\x81\x82\1\2\3\4\0\0"));
	bench_run();
	ck_assert_ptr_nonnull(strstr(bench_calls(), "close=1002/protocol:"));
	ck_assert_ptr_nonnull(strstr(peer_heard(&peer), "close=1002:"));
}
END_TEST

START_TEST(lost_connection_fails_the_session)
{
	const struct linger reset = {.l_onoff = 1};

	peer_call(&peer, plain);
	peer_write(&peer, SPAN_LITERAL("HTTP/1.1 10"));
	if (_i == 1)
		setsockopt(
		    peer.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	peer_close(&peer);
	bench_run();
	ck_assert_str_eq(bench_calls(),
	    "failed=0/1006/transport:connection lost before the response ");
}
END_TEST

START_TEST(deadline_is_one_for_the_whole_handshake)
{
	static const char head[] = "HTTP/1.1 101 Switching Protocols";

	/* a byte a second earns no time */
	peer_call(&peer, plain);
	for (unsigned i = 0; i < BENCH_HANDSHAKE_MS / 1000; i++) {
		ck_assert_str_eq(bench_calls(), "");
		peer_write(&peer, span_from(&head[i], 1));
		bench_pass(1000);
	}
	bench_pass(WHEEL_TICK_MS);
	ck_assert_str_eq(
	    bench_calls(), "failed=0/1006/timeout:no response in time ");
}
END_TEST

START_TEST(server_hangs_up_first)
{
	peer_open_as_server(&peer);
	framed_close(handle(), 1000, "bye");
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=1000:bye ");
	ck_assert_str_eq(bench_calls(), "");
	peer_say_close(&peer, 1000, "");
	bench_run();
	/* over for the module, but not for TCP */
	ck_assert_str_eq(bench_calls(), "close=1000/local:bye ");
	ck_assert_uint_eq(bench_live(), 1);
	ck_assert_str_eq(peer_heard(&peer), "");
	if (_i == 0)
		shutdown(peer.fd, SHUT_WR);
	else
		bench_pass(BENCH_CLOSE_MS + WHEEL_TICK_MS);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(peer_heard(&peer), "end ");
}
END_TEST

START_TEST(server_may_close)
{
	peer_open_as_server(&peer);
	peer_say_close(&peer, 4000, "enough");
	shutdown(peer.fd, SHUT_WR);
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=4000/peer:enough ");
	ck_assert_str_eq(peer_heard(&peer), "close=4000:enough end ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(output_ends_before_input)
{
	peer_open_as_server(&peer);
	framed_send(handle(), FRAMED_TEXT, "last", 4);
	session_end_output(peer.session);
	session_end_output(peer.session);
	ck_assert_int_eq(
	    framed_send(handle(), FRAMED_TEXT, "x", 1), FRAMED_CLOSED);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "text=last close=1000: ");
	peer_say(&peer, "answer");
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("abc"));
	peer_say(&peer, "another");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=answer message=another ");
	peer_say_close(&peer, 1000, "");
	shutdown(peer.fd, SHUT_WR);
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=1000/peer: ");
	ck_assert_str_eq(peer_heard(&peer), "end ");
}
END_TEST

START_TEST(end_of_output_is_answered_or_the_end)
{
	peer_open_as_server(&peer);
	session_end_output(peer.session);
	bench_pass(BENCH_PONG_MS - 1000);
	/* who speaks is given more time */
	peer_say(&peer, "wait");
	bench_pass(BENCH_PONG_MS);
	ck_assert_str_eq(bench_calls(), "message=wait ");
	ck_assert_int_eq(peer.session->state, SESSION_OPEN);
	bench_pass(1000 + WHEEL_TICK_MS);
	ck_assert_int_eq(peer.session->state, SESSION_CLOSING);
	bench_pass(BENCH_CLOSE_MS + 2000);
	ck_assert_str_eq(bench_calls(), "close=1000/local: ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(closing_after_the_end_of_output_is_no_second_close)
{
	peer_open_as_server(&peer);
	session_end_output(peer.session);
	ck_assert_int_eq(framed_close(handle(), 4000, "x"), FRAMED_CLOSED);
	session_close(peer.session, CLOSE_SHUTDOWN);
	peer_say(&peer, "late");
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=1000: ");
	ck_assert_str_eq(bench_calls(), "");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("stage_connect");
	TCase *response = tcase_create("response");
	TCase *failure = tcase_create("failure");

	tcase_add_checked_fixture(response, setup, teardown);
	tcase_add_test(response, session_opens_as_it_was_answered);
	tcase_add_test(response, heads_can_be_read_while_it_opens);
	tcase_add_test(response, messages_go_both_ways);
	tcase_add_loop_test(response, answer_may_be_cut_anywhere, 0, 120);
	tcase_add_test(response, answer_may_come_byte_by_byte);
	tcase_add_test(response, interim_responses_are_passed_over);
	tcase_add_loop_test(response, extension_is_as_it_was_asked_for, 0, 3);
	tcase_add_test(response, masked_frame_of_a_server_is_an_error);
	tcase_add_loop_test(response, server_hangs_up_first, 0, 2);
	tcase_add_test(response, server_may_close);
	tcase_add_test(response, output_ends_before_input);
	tcase_add_test(response, end_of_output_is_answered_or_the_end);
	tcase_add_test(
	    response, closing_after_the_end_of_output_is_no_second_close);
	tcase_add_checked_fixture(failure, setup, teardown);
	tcase_add_loop_test(
	    failure, wrong_answer_fails_the_session, 0, ARRAY_LENGTH(wrong));
	tcase_add_test(failure, head_of_the_answer_has_limits);
	tcase_add_loop_test(failure, lost_connection_fails_the_session, 0, 2);
	tcase_add_test(failure, deadline_is_one_for_the_whole_handshake);
	suite_add_tcase(suite, response);
	suite_add_tcase(suite, failure);
	return suite;
}
