/* REQUEST and UPGRADE: from the first byte to 101 or a refusal, within one
 * deadline. */
#include "core/stages.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer, other;

static void
setup(void)
{
	bench_setup();
	peer.fd = other.fd = -1;
}

static void
teardown(void)
{
	peer_close(&peer);
	peer_close(&other);
	bench_teardown();
}

START_TEST(request_may_come_byte_by_byte)
{
	peer_connect(&peer);
	for (const char *c = bench_request; *c != '\0'; c++) {
		ck_assert_str_eq(peer_heard(&peer), "");
		peer_write(&peer, span_from(c, 1));
		bench_run();
	}
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	ck_assert_str_eq(bench_calls(), "open ");
	ck_assert_uint_eq(bench.worker->stats.charged_bytes, 0);
}
END_TEST

START_TEST(bytes_behind_the_head_are_frames)
{
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
	peer_say(&peer, "hello");
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "open message=hello ");
}
END_TEST

START_TEST(unfinished_head_is_charged)
{
	peer_connect(&peer);
	peer_write(&peer, span_from(bench_request, 50));
	bench_run();
	ck_assert_int_eq(peer.session->state, SESSION_REQUEST);
	ck_assert_uint_ge(bench.worker->stats.charged_bytes, 50);
}
END_TEST

START_TEST(deadline_is_one_for_the_whole_handshake)
{
	/* a byte a second earns no time */
	peer_connect(&peer);
	for (unsigned i = 0; i < BENCH_HANDSHAKE_MS / 1000; i++) {
		ck_assert_str_eq(peer_heard(&peer), "");
		peer_write(&peer, span_from(bench_request + i, 1));
		bench_pass(1000);
	}
	bench_pass(WHEEL_TICK_MS);
	ck_assert_str_eq(peer_heard(&peer), "http=408 end ");
}
END_TEST

START_TEST(who_never_says_a_word_gets_none)
{
	peer_connect(&peer);
	bench_pass(BENCH_HANDSHAKE_MS - 1);
	ck_assert_uint_eq(bench_live(), 1);
	bench_pass(1 + WHEEL_TICK_MS);
	ck_assert_uint_eq(bench_live(), 0);
	peer.is_http = false;
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_uint_eq(bench_ended(CLOSE_HANDSHAKE_TIMEOUT), 1);
}
END_TEST

static const struct {
	const char *head; /* of the request */
	const char *heard;
} refused[] = {
    {"GET /none HTTP/1.1\r\nHost: h\r\n\r\n", "http=404 end "},
    {"POST /chat HTTP/1.1\r\nHost: h\r\n\r\n", "http=405 end "},
    {"GET /chat HTTP/1.1\r\nHost: h\r\n\r\n", "http=426 end "},
    {"GET /chat HTTP/1.1\r\n\r\n", "http=400 end "},
    {"GET /chat HTTP/2.0\r\n\r\n", "http=505 end "},
    {"\x16\x03\x01\x02", "http=400 end "},
};

START_TEST(refusal_is_an_answer_and_then_the_end)
{
	peer_connect(&peer);
	peer_write(&peer, span_from_string(refused[_i].head));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), refused[_i].heard);
	ck_assert_uint_eq(bench_ended(CLOSE_REFUSED), 1);
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(bench_calls(), "");
}
END_TEST

START_TEST(head_has_a_limit)
{
	static const char line[] =
	    "X: 0123456789012345678901234567890123456\r\n";

	peer_connect(&peer);
	peer_write(&peer, SPAN_LITERAL("GET /chat HTTP/1.1\r\n"));
	/* the sixteen lines that may be are not yet too many */
	for (unsigned i = 0; i < 16; i++)
		peer_write(&peer, span_from_string(line));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "");
	peer_write(&peer, span_from_string(line));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "http=431 end ");
}
END_TEST

START_TEST(sessions_are_limited_for_the_endpoint_and_in_all)
{
	if (_i == 0)
		bench.endpoint_conf.limits.max_sessions = 1;
	else
		bench.server.max_sessions = 1;
	peer_open(&peer);
	peer_connect(&other);
	peer_write(&other, span_from_string(bench_request));
	bench_run();
	ck_assert_str_eq(peer_heard(&other), "http=503 end ");
	peer_close(&other);
	/* the place of one that ended is free again */
	peer_close(&peer);
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=1006/transport: ");
	peer_open(&peer);
}
END_TEST

START_TEST(silent_clients_keep_nobody_out)
{
	enum { SILENT = 8 };
	static struct peer silent[SILENT];

	bench.server.max_sessions = 3;
	bench.server.max_handshakes = SILENT;
	peer_open(&peer);
	for (unsigned i = 0; i < SILENT; i++) {
		peer_connect(&silent[i]);
		silent[i].is_http = false;
	}
	ck_assert_uint_eq(bench_ended(CLOSE_OVERLOAD), 0);
	for (unsigned i = 0; i < 5; i++) {
		/* each takes the place of another, … */
		peer_open(&other);
		ck_assert_str_eq(peer_heard(&silent[i]), "end ");
		ck_assert_uint_eq(bench_ended(CLOSE_OVERLOAD), i + 1);
		ck_assert_uint_eq(
		    atomic_load(&bench.server.handshakes), SILENT - 1);
		/* … which a silent one may have then */
		peer_close(&silent[i]);
		peer_connect(&silent[i]);
		silent[i].is_http = false;
		peer_close(&other);
		bench_run();
		ck_assert_str_eq(bench_calls(), "close=1006/transport: ");
	}
	/* who is in stays in */
	peer_say(&peer, "hello");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=hello ");
	for (unsigned i = 0; i < SILENT; i++)
		peer_close(&silent[i]);
}
END_TEST

START_TEST(one_is_borne_where_all_places_are_other_workers)
{
	bench.server.max_handshakes = 1;
	atomic_store(&bench.server.handshakes, 1);
	peer_connect(&other);
	ck_assert_uint_eq(atomic_load(&bench.server.handshakes), 2);
	/* and has to go for the next */
	peer_open(&peer);
	other.is_http = false;
	ck_assert_str_eq(peer_heard(&other), "end ");
	ck_assert_uint_eq(bench_ended(CLOSE_OVERLOAD), 1);
	bench_run();
	ck_assert_uint_eq(atomic_load(&bench.server.handshakes), 1);
	atomic_store(&bench.server.handshakes, 0);
}
END_TEST

/* The ways out of the handshake; all but the first end the session. */
static void
open_it(void)
{
	peer_write(&peer, span_from_string(bench_request));
}

static void
refuse_it(void)
{
	peer_write(&peer, span_from_string(refused[0].head));
	bench_run();
	/* the answer is out, and the connection still there */
	ck_assert_uint_eq(atomic_load(&bench.server.handshakes), 1);
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
}

static void
turn_it_away(void)
{
	bench.server.max_sessions = 0;
	peer_write(&peer, span_from_string(bench_request));
	bench_run();
	bench.server.max_sessions = 100;
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
}

static void
wait_for_it(void)
{
	bench_pass(BENCH_HANDSHAKE_MS + WHEEL_TICK_MS);
}

static void
wait_for_the_rest(void)
{
	peer_write(&peer, span_from(bench_request, 50));
	bench_pass(BENCH_HANDSHAKE_MS + WHEEL_TICK_MS);
	/* and for the client to read why */
	bench_pass(1000 + WHEEL_TICK_MS);
}

static void
hang_up(void)
{
	peer_close(&peer);
}

static void (*const ways_out[])(void) = {
    open_it, refuse_it, turn_it_away, wait_for_it, wait_for_the_rest, hang_up};

START_TEST(whoever_leaves_the_handshake_leaves_its_room)
{
	bench.server.max_handshakes = 1;
	peer_connect(&peer);
	ck_assert_uint_eq(atomic_load(&bench.server.handshakes), 1);
	ways_out[_i]();
	bench_run();
	bench_calls();
	ck_assert_uint_eq(atomic_load(&bench.server.handshakes), 0);
	ck_assert_uint_eq(bench_live(), ways_out[_i] == open_it);
	ck_assert_uint_eq(
	    atomic_load(&bench.server.sessions), ways_out[_i] == open_it);
	peer_open(&other);
	ck_assert_uint_eq(
	    bench_ended(CLOSE_OVERLOAD), ways_out[_i] == turn_it_away);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("stage_request");
	TCase *tcase = tcase_create("handshake");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, request_may_come_byte_by_byte);
	tcase_add_test(tcase, bytes_behind_the_head_are_frames);
	tcase_add_test(tcase, unfinished_head_is_charged);
	tcase_add_test(tcase, deadline_is_one_for_the_whole_handshake);
	tcase_add_test(tcase, who_never_says_a_word_gets_none);
	tcase_add_loop_test(tcase, refusal_is_an_answer_and_then_the_end, 0,
	    (int)ARRAY_LENGTH(refused));
	tcase_add_test(tcase, head_has_a_limit);
	tcase_add_loop_test(
	    tcase, sessions_are_limited_for_the_endpoint_and_in_all, 0, 2);
	tcase_add_test(tcase, silent_clients_keep_nobody_out);
	tcase_add_test(tcase, one_is_borne_where_all_places_are_other_workers);
	tcase_add_loop_test(tcase, whoever_leaves_the_handshake_leaves_its_room,
	    0, (int)ARRAY_LENGTH(ways_out));
	suite_add_tcase(suite, tcase);
	return suite;
}
