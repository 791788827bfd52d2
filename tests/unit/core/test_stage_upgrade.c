/* UPGRADE: what the module may say to a request, and when. */
#include "core/stages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/extra.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer, other;
static char chat[] = "chat";

static void
setup(void)
{
	bench_setup();
	bench.api.on_upgrade = bench_on_upgrade;
	peer.fd = other.fd = -1;
}

static void
teardown(void)
{
	peer_close(&peer);
	peer_close(&other);
	bench_teardown();
}

static struct framed_session *
session(void)
{
	return (struct framed_session *)peer.session;
}

/* A request with further header lines. */
static void
ask_with(const char *lines)
{
	static const char end[] = "\r\n";
	char request[1024];
	int length = snprintf(request, sizeof(request), "%.*s%s%s",
	    (int)(strlen(bench_request) - strlen(end)), bench_request, lines,
	    end);

	peer_connect(&peer);
	peer_write(&peer, span_from(request, (size_t)length));
	bench_run();
}

/* The response, as it came. */
static const char *
response(void)
{
	static char text[64 << 10];
	ssize_t got = recv(peer.fd, text, sizeof(text) - 1, 0);

	text[got > 0 ? got : 0] = '\0';
	peer.is_http = false;
	return text;
}

static void
expect_line(const char *text, const char *line)
{
	ck_assert_msg(strstr(text, line) != NULL, "no %s in %s", line, text);
}

static enum framed_result
answer(struct framed_session *session, uint16_t status)
{
	const struct framed_answer answer = {
	    .size = sizeof(answer), .status = status};

	return framed_answer(session, &answer);
}

/* What the module says in on_upgrade, and what it gets for it. */
static struct framed_answer given;
static enum framed_result got;

static enum framed_upgrade
give(struct framed_session *session)
{
	given.size = sizeof(given);
	got = framed_answer(session, &given);
	return FRAMED_PROCEED;
}

/* A session whose module has deferred. */
static void
open_deferred(void)
{
	bench.acts.upgrade = bench_defer;
	ask_with("Sec-WebSocket-Protocol: v2, v1\r\n");
	ck_assert_str_eq(bench_calls(), "upgrade ");
	ck_assert_str_eq(peer_heard(&peer), "");
	ck_assert_int_eq(peer.session->state, SESSION_UPGRADE);
}

static void
expect_refused(enum close_reason reason)
{
	ck_assert_uint_eq(bench_ended(reason), 1);
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_uint_eq(atomic_load(&bench.server.sessions), 0);
}

START_TEST(proceeding_accepts)
{
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
	peer_say(&peer, "hello");
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "upgrade open message=hello ");
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
}
END_TEST

static uint8_t *storage;

static enum framed_upgrade
write_storage(struct framed_session *session)
{
	storage = framed_storage(session);
	for (size_t i = 0; i < 100; i++)
		ck_assert_uint_eq(storage[i], 0);
	memset(storage, 'x', 100);
	return FRAMED_PROCEED;
}

static void
read_storage(struct framed_session *session)
{
	ck_assert_ptr_eq(framed_storage(session), storage);
	ck_assert_uint_eq(storage[99], 'x');
}

START_TEST(storage_is_there_from_the_request_on)
{
	bench.api.session_size = 100;
	bench.acts.upgrade = write_storage;
	bench.acts.open = read_storage;
	ask_with("");
	ck_assert_str_eq(bench_calls(), "upgrade open ");
	ck_assert_uint_ge(bench.worker->stats.charged_bytes, 100);
}
END_TEST

START_TEST(accepts_with_headers_and_subprotocol)
{
	const char *text;

	given = (struct framed_answer){.status = 101,
	    .subprotocol = "v1",
	    .headers = "Set-Cookie: a=b\r\nX-Y: z\r\n",
	    .text = "ignored\r\n"};
	bench.acts.upgrade = give;
	ask_with("Sec-WebSocket-Protocol: v2, v1\r\n");
	ck_assert_int_eq(got, FRAMED_OK);
	ck_assert_str_eq(bench_calls(), "upgrade open ");
	text = response();
	expect_line(text, "HTTP/1.1 101 ");
	expect_line(text, "\r\nSec-WebSocket-Protocol: v1\r\n");
	expect_line(text, "\r\nSet-Cookie: a=b\r\nX-Y: z\r\n\r\n");
	ck_assert_str_eq(framed_subprotocol(session()), "v1");
}
END_TEST

static const struct {
	char *own;          /* the endpoint's */
	const char *chosen; /* by the module */
	const char *agreed;
} subprotocols[] = {
    {NULL, NULL, NULL},
    {NULL, "chat", "chat"},
    {chat, NULL, "chat"},
    {chat, "chat", "chat"},
    {chat, "v2", "v2"},
};

static enum framed_upgrade
look_for_subprotocol(struct framed_session *session)
{
	ck_assert_ptr_null(framed_subprotocol(session));
	return give(session);
}

START_TEST(subprotocol_is_the_modules_choice_or_the_endpoints)
{
	const char *agreed = subprotocols[_i].agreed;
	char line[64];

	bench.endpoint_conf.subprotocol = subprotocols[_i].own;
	given = (struct framed_answer){
	    .status = 101, .subprotocol = subprotocols[_i].chosen};
	bench.acts.upgrade = look_for_subprotocol;
	ask_with("Sec-WebSocket-Protocol: v1\r\n"
	         "Sec-WebSocket-Protocol: v2,chat\r\n");
	ck_assert_int_eq(got, FRAMED_OK);
	ck_assert_str_eq(bench_calls(), "upgrade open ");
	snprintf(line, sizeof(line), "\r\nSec-WebSocket-Protocol: %s\r\n",
	    agreed != NULL ? agreed : "");
	ck_assert_int_eq(strstr(response(), line) != NULL, agreed != NULL);
	ck_assert_pstr_eq(framed_subprotocol(session()), agreed);
	bench.endpoint_conf.subprotocol = NULL;
}
END_TEST

static const struct {
	uint16_t status;
	const char *headers, *text;
	const char *wanted[4];
} refusals[] = {
    {403, NULL, NULL,
        {"HTTP/1.1 403 Forbidden\r\n", "\r\nConnection: close\r\n",
            "\r\n\r\nForbidden\n"}},
    {401, "WWW-Authenticate: Basic realm=\"x\"\r\n", "who are you?",
        {"HTTP/1.1 401 Unauthorized\r\n",
            "\r\nWWW-Authenticate: Basic realm=\"x\"\r\n",
            "\r\nContent-Length: 13\r\n", "\r\n\r\nwho are you?\n"}},
    {307, "Location: ws://h/other\r\n", "",
        {"HTTP/1.1 307 Temporary Redirect\r\n",
            "\r\nLocation: ws://h/other\r\n", "\r\n\r\n\n"}},
    {304, NULL, NULL, {"HTTP/1.1 304 Not Modified\r\n"}},
    {503, NULL, "l\xc3\xa4ter",
        {"\r\nRetry-After: 5\r\n", "\r\n\r\nl\xc3\xa4ter\n"}},
    {503, "retry-after: 60\r\n", NULL, {"\r\nretry-after: 60\r\n"}},
    {426, "X: y\r\n", NULL,
        {"\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n",
            "\r\nX: y\r\n"}},
    {599, NULL, NULL, {"HTTP/1.1 599 \r\n", "\r\n\r\n\n"}},
};

START_TEST(refusal_says_what_the_module_said)
{
	const char *text;

	given = (struct framed_answer){.status = refusals[_i].status,
	    .headers = refusals[_i].headers,
	    .subprotocol = "ignored",
	    .text = refusals[_i].text};
	bench.acts.upgrade = give;
	ask_with("");
	ck_assert_int_eq(got, FRAMED_OK);
	ck_assert_str_eq(bench_calls(), "upgrade ");
	text = response();
	for (size_t i = 0; i < 4 && refusals[_i].wanted[i] != NULL; i++)
		expect_line(text, refusals[_i].wanted[i]);
	if (given.headers != NULL && given.status == 503)
		ck_assert_ptr_null(strstr(text, "Retry-After: 5"));
	if (given.status == 304)
		ck_assert_str_eq(text + strlen(text) - 4, "\r\n\r\n");
	ck_assert_uint_eq(peer.session->close_code, given.status);
	expect_refused(CLOSE_REFUSED_BY_MODULE);
}
END_TEST

START_TEST(largest_answer_goes_out_whole_and_a_larger_one_is_invalid)
{
	static char headers[FRAMED_ANSWER_MAX + 2];
	const uint16_t status = _i == 0 ? 101 : 503;
	const char *text;

	memset(headers, 'x', FRAMED_ANSWER_MAX + 1);
	memcpy(headers, "X:", 2);
	memcpy(headers + FRAMED_ANSWER_MAX - 1, "\r\n", 3);
	given = (struct framed_answer){
	    .status = status, .headers = headers, .text = ""};
	bench.acts.upgrade = give;
	ask_with("");
	ck_assert_int_eq(got, FRAMED_INVALID);
	peer_close(&peer);
	bench_run();
	bench_calls();
	/* a byte less will do */
	memcpy(headers + FRAMED_ANSWER_MAX - 2, "\r\n", 3);
	ask_with("");
	ck_assert_int_eq(got, FRAMED_OK);
	text = response();
	expect_line(text, headers);
	expect_line(text, "\r\n\r\n");
	ck_assert_int_eq(atoi(text + strlen("HTTP/1.1 ")), status);
	bench_calls();
}
END_TEST

static enum framed_upgrade
answer_twice(struct framed_session *session)
{
	ck_assert_int_eq(answer(session, 403), FRAMED_OK);
	ck_assert_int_eq(answer(session, 101), FRAMED_CLOSED);
	/* it has been answered: nothing is left to be deferred */
	return FRAMED_DEFER;
}

START_TEST(first_answer_counts)
{
	bench.acts.upgrade = answer_twice;
	ask_with("");
	ck_assert_int_eq(answer(session(), 101), FRAMED_CLOSED);
	ck_assert_str_eq(peer_heard(&peer), "http=403 end ");
	ck_assert_str_eq(bench_calls(), "upgrade ");
	expect_refused(CLOSE_REFUSED_BY_MODULE);
}
END_TEST

START_TEST(open_session_is_not_answered)
{
	ask_with("");
	ck_assert_int_eq(answer(session(), 403), FRAMED_CLOSED);
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	bench_calls();
}
END_TEST

START_TEST(deferred_request_waits_and_its_frames_with_it)
{
	bench.acts.upgrade = bench_defer;
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
	peer_say(&peer, "behind the head");
	bench_run();
	peer_say(&peer, "later");
	/* at rest, or this would not return */
	bench_run();
	ck_assert_str_eq(bench_calls(), "upgrade ");
	ck_assert_str_eq(peer_heard(&peer), "");
	ck_assert_int_eq(answer(session(), 101), FRAMED_OK);
	ck_assert_int_eq(answer(session(), 101), FRAMED_CLOSED);
	/* no callback inside the call */
	ck_assert_str_eq(bench_calls(), "");
	bench_run();
	ck_assert_str_eq(
	    bench_calls(), "open message=behind the head message=later ");
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	ck_assert_uint_eq(bench.worker->stats.charged_bytes, 0);
}
END_TEST

START_TEST(deferred_request_can_be_refused)
{
	open_deferred();
	peer_say(&peer, "what is never read");
	given = (struct framed_answer){.size = sizeof(given),
	    .status = 429,
	    .headers = "Retry-After: 9\r\n"};
	ck_assert_int_eq(framed_answer(session(), &given), FRAMED_OK);
	bench_run();
	expect_line(response(), "\r\nRetry-After: 9\r\n");
	expect_refused(CLOSE_REFUSED_BY_MODULE);
}
END_TEST

START_TEST(wrong_answer_leaves_the_request_deferred)
{
	open_deferred();
	given = (struct framed_answer){
	    .size = sizeof(given), .status = 101, .subprotocol = "v3"};
	ck_assert_int_eq(framed_answer(session(), &given), FRAMED_INVALID);
	bench_run();
	ck_assert_int_eq(peer.session->state, SESSION_UPGRADE);
	given.subprotocol = "v1";
	ck_assert_int_eq(framed_answer(session(), &given), FRAMED_OK);
	bench_run();
	ck_assert_str_eq(bench_calls(), "open ");
	ck_assert_str_eq(framed_subprotocol(session()), "v1");
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
}
END_TEST

START_TEST(deferring_does_not_stop_the_handshakes_clock)
{
	open_deferred();
	bench_pass(BENCH_HANDSHAKE_MS - WHEEL_TICK_MS);
	ck_assert_str_eq(peer_heard(&peer), "");
	bench_pass(2 * WHEEL_TICK_MS);
	expect_line(response(), "HTTP/1.1 503 ");
	ck_assert_int_eq(answer(session(), 101), FRAMED_CLOSED);
	expect_refused(CLOSE_ANSWER_TIMEOUT);
}
END_TEST

START_TEST(answer_of_the_same_turn_is_in_time)
{
	open_deferred();
	ck_assert_int_eq(answer(session(), 101), FRAMED_OK);
	session_stage(peer.session)->expired(peer.session);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	ck_assert_str_eq(bench_calls(), "open ");
}
END_TEST

START_TEST(peer_that_goes_while_deferred_is_noticed_afterwards)
{
	open_deferred();
	peer_close(&peer);
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	if (_i == 0) {
		/* the answer finds nobody */
		ck_assert_int_eq(answer(session(), 101), FRAMED_OK);
		bench_run();
		ck_assert_str_eq(bench_calls(), "open close=1006/transport: ");
		ck_assert_uint_eq(bench_ended(CLOSE_LOST), 1);
	} else {
		/* nor does the refusal, when none came */
		bench_pass(BENCH_HANDSHAKE_MS + WHEEL_TICK_MS);
		bench_run();
		ck_assert_str_eq(bench_calls(), "");
		ck_assert_uint_eq(bench_ended(CLOSE_ANSWER_TIMEOUT), 1);
	}
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(deferred_session_leaves_its_room_among_the_handshakes)
{
	bench.server.max_handshakes = 1;
	open_deferred();
	ck_assert_uint_eq(atomic_load(&bench.server.handshakes), 0);
	ck_assert_uint_eq(atomic_load(&bench.server.sessions), 1);
	/* and so nobody's coming ends it */
	bench.acts.upgrade = NULL;
	bench.api.on_upgrade = NULL;
	peer_open(&other);
	ck_assert_int_eq(answer(session(), 101), FRAMED_OK);
	bench_run();
	ck_assert_str_eq(bench_calls(), "open ");
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	ck_assert_uint_eq(atomic_load(&bench.server.handshakes), 0);
}
END_TEST

START_TEST(refused_session_leaves_its_room_among_the_sessions)
{
	bench.server.max_sessions = 1;
	given = (struct framed_answer){.status = 403};
	bench.acts.upgrade = give;
	ask_with("");
	ck_assert_str_eq(peer_heard(&peer), "http=403 end ");
	/* the connection is still there */
	ck_assert_uint_eq(bench_live(), 1);
	ck_assert_uint_eq(atomic_load(&bench.server.sessions), 0);
	ck_assert_uint_eq(atomic_load(&bench.server.handshakes), 1);
	bench_calls();
	bench.api.on_upgrade = NULL;
	peer_open(&other);
}
END_TEST

START_TEST(shutdown_ends_a_deferred_session)
{
	open_deferred();
	mailbox_signal(&bench.worker->mailbox, MAILBOX_DRAIN);
	bench_run();
	ck_assert_uint_eq(bench_ended(CLOSE_SHUTDOWN), 1);
	ck_assert_str_eq(peer_heard(&peer), "http=503 end ");
	peer_close(&peer);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(bench_calls(), "");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("stage_upgrade");
	TCase *tcase = tcase_create("answer");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, proceeding_accepts);
	tcase_add_test(tcase, storage_is_there_from_the_request_on);
	tcase_add_test(tcase, accepts_with_headers_and_subprotocol);
	tcase_add_loop_test(tcase,
	    subprotocol_is_the_modules_choice_or_the_endpoints, 0,
	    (int)ARRAY_LENGTH(subprotocols));
	tcase_add_loop_test(tcase, refusal_says_what_the_module_said, 0,
	    (int)ARRAY_LENGTH(refusals));
	tcase_add_loop_test(tcase,
	    largest_answer_goes_out_whole_and_a_larger_one_is_invalid, 0, 2);
	tcase_add_test(tcase, first_answer_counts);
	tcase_add_test(tcase, open_session_is_not_answered);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("deferred");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, deferred_request_waits_and_its_frames_with_it);
	tcase_add_test(tcase, deferred_request_can_be_refused);
	tcase_add_test(tcase, wrong_answer_leaves_the_request_deferred);
	tcase_add_test(tcase, deferring_does_not_stop_the_handshakes_clock);
	tcase_add_test(tcase, answer_of_the_same_turn_is_in_time);
	tcase_add_loop_test(
	    tcase, peer_that_goes_while_deferred_is_noticed_afterwards, 0, 2);
	tcase_add_test(
	    tcase, deferred_session_leaves_its_room_among_the_handshakes);
	tcase_add_test(
	    tcase, refused_session_leaves_its_room_among_the_sessions);
	tcase_add_test(tcase, shutdown_ends_a_deferred_session);
	suite_add_tcase(suite, tcase);
	return suite;
}
