/* OPEN: reading that is stopped and resumed, and one loud peer among others. */
#include "core/stages.h"

#include <sys/socket.h>

#include "core/driver.h"
#include "proto/frame.h"
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

static struct framed_session *
handle(const struct peer *of)
{
	return (struct framed_session *)of->session;
}

START_TEST(pings_are_answered_even_inside_a_message)
{
	peer_open(&peer);
	peer_send(&peer, FRAME_TEXT, SPAN_LITERAL("a"));
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("one"));
	peer_send(&peer, FRAME_CONTINUATION, SPAN_LITERAL("b"));
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL(""));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "pong=one pong= ");
	peer_send(&peer, FRAME_FIN | FRAME_CONTINUATION, SPAN_LITERAL("c"));
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=abc ");
}
END_TEST

static void
pause_at_two(struct framed_session *session, struct span payload)
{
	if (span_is_equal(payload, SPAN_LITERAL("2")))
		framed_pause(session);
}

START_TEST(paused_session_keeps_what_it_has_and_reads_no_more)
{
	bench.acts.message = pause_at_two;
	peer_open(&peer);
	peer_say(&peer, "1");
	peer_say(&peer, "2");
	peer_say(&peer, "3");
	peer_say(&peer, "4");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=1 message=2 ");
	ck_assert_uint_gt(bench.worker->stats.charged_bytes, 0);
	peer_say(&peer, "5");
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	framed_resume(handle(&peer));
	/* in the order in which they came */
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=3 message=4 message=5 ");
	ck_assert_uint_eq(bench.worker->stats.charged_bytes, 0);
}
END_TEST

static void
pause(struct framed_session *session, struct span payload)
{
	(void)payload;
	framed_pause(session);
}

START_TEST(pausing_at_every_message_gives_one_at_a_time)
{
	static const char *const each[] = {
	    "message=a ", "message=b ", "message=c ", ""};

	bench.acts.message = pause;
	peer_open(&peer);
	peer_say(&peer, "a");
	peer_say(&peer, "b");
	peer_say(&peer, "c");
	for (size_t i = 0; i < ARRAY_LENGTH(each); i++) {
		bench_run();
		ck_assert_str_eq(bench_calls(), each[i]);
		framed_resume(handle(&peer));
	}
}
END_TEST

static void
pause_both(struct framed_session *session, struct span message)
{
	(void)session;
	(void)message;
	framed_pause(handle(&peer));
	framed_pause(handle(&other));
}

START_TEST(pausing_another_session_holds_in_the_same_turn)
{
	bench.acts.message = pause_both;
	peer_open(&peer);
	peer_open(&other);
	peer_say(&peer, "x");
	peer_say(&other, "x");
	bench_run();
	/* whoever comes first stops the other */
	ck_assert_str_eq(bench_calls(), "message=x ");
	framed_resume(handle(&peer));
	framed_resume(handle(&other));
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=x ");
}
END_TEST

START_TEST(closing_a_paused_session_finds_the_close_of_the_peer)
{
	bench.acts.message = pause;
	peer_open(&peer);
	peer_say(&peer, "stop");
	peer_say(&peer, "unread");
	peer_say_close(&peer, 1000, "");
	bench_run();
	framed_close(handle(&peer), 3000, "");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=stop close=3000/local: ");
	ck_assert_str_eq(peer_heard(&peer), "close=3000: end ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(loud_peer_does_not_starve_the_others)
{
	/* a ping of 6 bytes, many times; and a message by somebody else */
	enum { PINGS = 5000 };
	static uint8_t pings[PINGS][6];

	for (unsigned i = 0; i < PINGS; i++)
		memcpy(pings[i], "\x8a\x80\0\0\0\0", 6);
	peer_open(&peer);
	peer_open(&other);
	bench.api.on_pong = NULL;
	peer_write(&peer, span_from(pings, sizeof(pings)));
	peer_say(&peer, "last");
	peer_say(&other, "hello");
	bench_turn(bench.worker);
	/* all came in one receive, and is not done in one turn */
	ck_assert_str_eq(bench_calls(), "message=hello ");
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=last ");
}
END_TEST

START_TEST(limits_are_judged_before_the_payload_comes)
{
	peer_open(&peer);
	/* the header alone, of one byte more than may be */
	peer_write(&peer, SPAN_LITERAL("\x82\xff\0\0\0\0\0\x10\0\1\0\0\0\0"));
	bench_run();
	ck_assert_uint_eq(bench_ended(CLOSE_TOO_BIG), 1);
	ck_assert_str_eq(peer_heard(&peer), "close=1009:frame is too big end ");
}
END_TEST

/* What follows the wrong byte is neither text nor frames: read again, it would
 * stand behind the reader's buffer. */
START_TEST(rest_of_a_wrong_text_is_thrown_away)
{
	uint8_t frame[8 + 600] = "\x81\xfe\x03\xe8"; /* of 1000 bytes */
	static const uint8_t rest[1000];

	memset(frame + 8, 'a', 599);
	frame[8 + 599] = 0xff;
	peer_open(&peer);
	peer_write(&peer, span_from(frame, sizeof(frame)));
	bench_run();
	ck_assert_str_eq(
	    peer_heard(&peer), "close=1007:text is not utf-8 end ");
	peer_write(&peer, span_from(rest, sizeof(rest)));
	bench_run();
	ck_assert_uint_eq(bench_live(), 1);
	peer_close(&peer);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(half_a_message_is_charged_and_given_back)
{
	static const uint8_t payload[50000];

	peer_open(&peer);
	peer_send(&peer, FRAME_BINARY, span_from(payload, sizeof(payload)));
	bench_run();
	ck_assert_uint_ge(bench.worker->stats.charged_bytes, sizeof(payload));
	peer_send(&peer, FRAME_FIN | FRAME_CONTINUATION, SPAN_LITERAL("x"));
	bench_run();
	ck_assert_str_eq(bench_calls(), "message*50001 ");
	ck_assert_uint_eq(bench.worker->stats.charged_bytes, 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("stage_open");
	TCase *tcase = tcase_create("reading");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(
	    tcase, paused_session_keeps_what_it_has_and_reads_no_more);
	tcase_add_test(tcase, pausing_another_session_holds_in_the_same_turn);
	tcase_add_test(tcase, pausing_at_every_message_gives_one_at_a_time);
	tcase_add_test(
	    tcase, closing_a_paused_session_finds_the_close_of_the_peer);
	tcase_add_test(tcase, loud_peer_does_not_starve_the_others);
	tcase_add_test(tcase, limits_are_judged_before_the_payload_comes);
	tcase_add_test(tcase, rest_of_a_wrong_text_is_thrown_away);
	tcase_add_test(tcase, pings_are_answered_even_inside_a_message);
	tcase_add_test(tcase, half_a_message_is_charged_and_given_back);
	suite_add_tcase(suite, tcase);
	return suite;
}
