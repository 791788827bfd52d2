/* What a client session is made of: options that are judged, and the request
 * that comes of them. */
#include "core/call.h"

#include <stdio.h>
#include <string.h>

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

/* Whether the request that was heard has this line, or begins with it. */
static bool
was_asked(const char *line)
{
	const char *found = strstr(peer.response, line);

	return found != NULL && (found == peer.response || found[-1] == '\n') &&
	    (found[strlen(line)] == '\r' || found[strlen(line)] == '\0');
}

START_TEST(request_says_what_was_wanted)
{
	peer_call(&peer,
	    (struct framed_connect_options){.host = "example.org:81",
	        .origin = "https://example.org",
	        .subprotocols = "v2.chat,  v1.chat",
	        .headers = "Cookie: a=b\r\nX-Two: 2\r\n"});
	ck_assert(was_asked("GET /feed?x=1 HTTP/1.1"));
	ck_assert(was_asked("Host: example.org:81"));
	ck_assert(was_asked("Origin: https://example.org"));
	ck_assert(was_asked("Sec-WebSocket-Protocol: v2.chat, v1.chat"));
	ck_assert(was_asked("Cookie: a=b"));
	ck_assert(was_asked("X-Two: 2"));
	ck_assert_ptr_nonnull(strstr(peer.response, "permessage-deflate"));
	ck_assert_str_eq(session_path(peer.session), "/feed");
	ck_assert_int_eq(peer.session->state, SESSION_RESPONSE);
}
END_TEST

START_TEST(request_says_no_more_than_it_must)
{
	peer_call(&peer, plain);
	ck_assert_ptr_nonnull(strstr(peer.response, "\nHost: 127.0.0.1:"));
	ck_assert_ptr_null(strstr(peer.response, "Origin"));
	ck_assert_ptr_null(strstr(peer.response, "Sec-WebSocket-Protocol"));
	ck_assert_ptr_null(strstr(peer.response, "Sec-WebSocket-Ext"));
}
END_TEST

START_TEST(keys_differ)
{
	char first[sizeof(peer.response)];

	peer_call(&peer, plain);
	memcpy(first, peer.response, sizeof(first));
	peer_close(&peer);
	peer_call(&peer, plain);
	ck_assert_str_ne(strstr(first, "\nSec-WebSocket-Key"),
	    strstr(peer.response, "\nSec-WebSocket-Key"));
}
END_TEST

START_TEST(server_sessions_have_no_call)
{
	peer_open(&peer);
	ck_assert_ptr_null(framed_call((struct framed_session *)peer.session));
}
END_TEST

START_TEST(raw_sessions_offer_no_extension)
{
	bench_make_raw();
	peer_call(&peer, (struct framed_connect_options){.token = 7});
	ck_assert_ptr_null(strstr(peer.response, "Sec-WebSocket-Ext"));
}
END_TEST

static const struct framed_connect_options invalid[] = {
    {.url = NULL},
    {.url = "http://127.0.0.1/"},
    {.url = "ws://localhost/"},
    {.url = "wss://localhost/"},
    {.url = "ws://127.0.0.1:1/", .host = "a b"},
    {.url = "ws://127.0.0.1:1/", .origin = "a\r\nb"},
    {.url = "ws://127.0.0.1:1/", .subprotocols = "a b"},
    {.url = "ws://127.0.0.1:1/", .subprotocols = "a,"},
    {.url = "ws://127.0.0.1:1/", .subprotocols = ","},
    {.url = "ws://127.0.0.1:1/", .subprotocols = "a, a"},
    {.url = "ws://127.0.0.1:1/", .headers = "Upgrade: x\r\n"},
    {.url = "ws://127.0.0.1:1/", .headers = "A: b"},
};

START_TEST(wrong_options_are_invalid)
{
	struct framed_connect_options options = invalid[_i];
	struct seat *seat = &bench.worker->tenure->seats.list[0];

	options.size = sizeof(options);
	ck_assert_int_eq(
	    framed_connect((struct framed_worker *)seat, &options, NULL),
	    FRAMED_INVALID);
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_uint_eq(atomic_load(&bench.server.sessions), 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("call");
	TCase *tcase = tcase_create("options");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, request_says_what_was_wanted);
	tcase_add_test(tcase, request_says_no_more_than_it_must);
	tcase_add_test(tcase, keys_differ);
	tcase_add_test(tcase, server_sessions_have_no_call);
	tcase_add_test(tcase, raw_sessions_offer_no_extension);
	tcase_add_loop_test(
	    tcase, wrong_options_are_invalid, 0, ARRAY_LENGTH(invalid));
	suite_add_tcase(suite, tcase);
	return suite;
}
