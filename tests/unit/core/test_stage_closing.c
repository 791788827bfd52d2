/* CLOSING: last words go out behind what was queued, within a deadline, to
 * peers that read, do not read, go away or never stop talking. */
#include "core/stages.h"

#include <sys/socket.h>

#include "core/output.h"
#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

enum { LINGER_MS = 1000 + WHEEL_TICK_MS };

static struct peer peer;
static const uint8_t payload[BENCH_QUEUE_BYTES];

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

/* An open session with output that the peer does not take. */
static void
open_and_block(void)
{
	peer_open_narrow(&peer);
	framed_send(handle(), FRAMED_BINARY, payload, sizeof(payload));
	bench_run();
	ck_assert(peer.session->flags & SESSION_BLOCKED);
}

/* The peer reads until the stream ends. */
static void
drain(struct text *heard)
{
	heard->length = 0;
	while (!peer.is_over) {
		text_add(heard, "%s", peer_heard(&peer));
		bench_run();
	}
}

/* What breaks a rule, with bytes left behind it and with none. */
static const struct {
	struct span frame;
	const char *heard;
	const char *calls;
} broken[] = {
    {SPAN_LITERAL("\x81\1x"), "close=1002:frame is not masked end ",
        "close=1002/protocol:frame is not masked "},
    {SPAN_LITERAL("\x80\x80\0\0\0\0"),
        "close=1002:continuation without a start end ",
        "close=1002/protocol:continuation without a start "},
};

START_TEST(queued_frames_go_before_the_close)
{
	static struct text heard;

	open_and_block();
	framed_send(handle(), FRAMED_TEXT, "last", 4);
	framed_close(handle(), 3000, "bye");
	peer_say_close(&peer, 1000, "");
	drain(&heard);
	ck_assert_str_eq(
	    heard.bytes, "binary*65536 text=last close=3000:bye end ");
	ck_assert_str_eq(bench_calls(), "close=3000/local:bye ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(peers_close_is_answered_behind_queued_frames)
{
	static struct text heard;

	open_and_block();
	peer_say_close(&peer, 4000, "mine");
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	drain(&heard);
	ck_assert_str_eq(heard.bytes, "binary*65536 close=4000:mine end ");
	ck_assert_str_eq(bench_calls(), "writable close=4000/peer:mine ");
}
END_TEST

START_TEST(empty_close_is_answered_empty)
{
	peer_open(&peer);
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, SPAN_LITERAL(""));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=1005: end ");
	ck_assert_str_eq(bench_calls(), "close=1005/peer: ");
}
END_TEST

START_TEST(close_with_a_forbidden_body_is_refused)
{
	static const struct {
		struct span body;
		const char *heard;
	} cases[] = {
	    {SPAN_LITERAL("\x03"), "close=1002:"},
	    {SPAN_LITERAL("\x03\xed"), "close=1002:"}, /* 1005 */
	    {SPAN_LITERAL("\x03\xe8\xff"), "close=1007:"},
	};

	peer_open(&peer);
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, cases[_i].body);
	bench_run();
	ck_assert_int_eq(strncmp(peer_heard(&peer), cases[_i].heard,
	                     strlen(cases[_i].heard)),
	    0);
	ck_assert(peer.is_over);
	ck_assert_uint_eq(bench_ended(CLOSE_PROTOCOL_ERROR), 1);
}
END_TEST

START_TEST(the_peers_close_is_awaited_up_to_a_deadline)
{
	peer_open(&peer);
	framed_close(handle(), 1000, "");
	bench_pass(BENCH_CLOSE_MS - WHEEL_TICK_MS);
	ck_assert_str_eq(peer_heard(&peer), "close=1000: ");
	ck_assert_str_eq(bench_calls(), "");
	/* then FIN, and the module hears of it; then a moment to read on */
	bench_pass(2 * WHEEL_TICK_MS);
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_str_eq(bench_calls(), "close=1000/local: ");
	ck_assert_uint_eq(bench_live(), 1);
	bench_pass(LINGER_MS);
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(bench_calls(), "");
}
END_TEST

START_TEST(deadline_covers_the_draining)
{
	open_and_block();
	framed_close(handle(), 1000, "");
	bench_pass(BENCH_CLOSE_MS + WHEEL_TICK_MS);
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(bench_calls(), "close=1000/local: ");
}
END_TEST

START_TEST(messages_that_come_too_late_are_dropped)
{
	peer_open(&peer);
	framed_close(handle(), 1000, "");
	bench_run();
	peer_say(&peer, "too late");
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("too"));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=1000: ");
	peer_say_close(&peer, 1000, "");
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_str_eq(bench_calls(), "close=1000/local: ");
}
END_TEST

START_TEST(half_message_before_the_peers_close_is_no_obstacle)
{
	peer_open(&peer);
	peer_send(&peer, FRAME_TEXT, SPAN_LITERAL("half"));
	bench_run();
	framed_close(handle(), 1000, "");
	bench_run();
	peer_say_close(&peer, 1000, "");
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=1000: end ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(garbage_before_our_close_is_out_does_not_take_it_away)
{
	static struct text heard;

	open_and_block();
	framed_close(handle(), 1000, "");
	peer_write(&peer, broken[_i].frame);
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	drain(&heard);
	ck_assert_str_eq(heard.bytes, "binary*65536 close=1000: end ");
	ck_assert_uint_eq(bench_live(), 1);
}
END_TEST

START_TEST(garbage_instead_of_a_close_ends_the_waiting)
{
	peer_open(&peer);
	framed_close(handle(), 1000, "");
	bench_run();
	peer_write(&peer, broken[_i].frame);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=1000: end ");
	ck_assert_str_eq(bench_calls(), "close=1000/local: ");
	/* what is behind it is thrown away for a moment, or a reset would take
	 * our Close from a peer that has not read it */
	peer_say_close(&peer, 1000, "");
	bench_run();
	ck_assert_uint_eq(bench_live(), 1);
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(failed_connection_is_read_from_for_a_moment)
{
	peer_open(&peer);
	peer_write(&peer, broken[_i].frame);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), broken[_i].heard);
	ck_assert_str_eq(bench_calls(), broken[_i].calls);
	/* the peer has more to say, which is thrown away */
	peer_say(&peer, "more");
	bench_run();
	ck_assert_uint_eq(bench_live(), 1);
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(bench_calls(), "");
}
END_TEST

/* bench_run() fails when the workers spin over these. */
START_TEST(peer_that_hangs_up_while_we_drain_ends_it)
{
	open_and_block();
	framed_close(handle(), 1000, "");
	bench_run();
	peer_close(&peer);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(bench_calls(), "close=1000/local: ");
}
END_TEST

START_TEST(peer_that_says_no_more_but_reads_gets_it_all)
{
	static struct text heard;

	open_and_block();
	framed_close(handle(), 1000, "");
	bench_run();
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
	bench_run();
	ck_assert_uint_eq(bench_live(), 1);
	drain(&heard);
	ck_assert_str_eq(heard.bytes, "binary*65536 close=1000: end ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(terminate_in_on_close_is_fine_whenever_it_comes)
{
	/* on_close comes when the queue is empty, at the peer's FIN, as both
	 * are there at once */
	bench.acts.close = framed_terminate;
	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	open_and_block();
	peer_write(&peer, SPAN_LITERAL("\x81\1x"));
	bench_run();
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
	bench_run();
	drain(&(struct text){0});
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(
	    bench_calls(), "close=1002/protocol:frame is not masked ");
}
END_TEST

START_TEST(drained_worker_ends_with_its_last_session)
{
	peer_open(&peer);
	mailbox_signal(&bench.worker->mailbox, MAILBOX_DRAIN);
	bench_run();
	ck_assert_int_eq(bench.worker->phase, WORKER_DRAINING);
	ck_assert_str_eq(peer_heard(&peer), "close=1001:server shutting down ");
	ck_assert_uint_eq(bench_live(), 1);
	peer_say_close(&peer, 1001, "");
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(
	    bench_calls(), "close=1001/shutdown:server shutting down ");
}
END_TEST

START_TEST(abort_waits_for_nobody)
{
	open_and_block();
	mailbox_signal(&bench.worker->mailbox, MAILBOX_ABORT);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_str_eq(bench_calls(), "close=1001/shutdown: ");
}
END_TEST

static TCase *
tcase_of_peers(void)
{
	TCase *tcase = tcase_create("peers");
	int count = (int)ARRAY_LENGTH(broken);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, messages_that_come_too_late_are_dropped);
	tcase_add_test(
	    tcase, half_message_before_the_peers_close_is_no_obstacle);
	tcase_add_loop_test(tcase,
	    garbage_before_our_close_is_out_does_not_take_it_away, 0, count);
	tcase_add_loop_test(
	    tcase, garbage_instead_of_a_close_ends_the_waiting, 0, count);
	tcase_add_loop_test(
	    tcase, failed_connection_is_read_from_for_a_moment, 0, count);
	tcase_add_test(tcase, peer_that_hangs_up_while_we_drain_ends_it);
	tcase_add_test(tcase, peer_that_says_no_more_but_reads_gets_it_all);
	return tcase;
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("stage_closing");
	TCase *tcase = tcase_create("last words");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, queued_frames_go_before_the_close);
	tcase_add_test(tcase, peers_close_is_answered_behind_queued_frames);
	tcase_add_test(tcase, empty_close_is_answered_empty);
	tcase_add_loop_test(
	    tcase, close_with_a_forbidden_body_is_refused, 0, 3);
	tcase_add_test(tcase, the_peers_close_is_awaited_up_to_a_deadline);
	tcase_add_test(tcase, deadline_covers_the_draining);
	tcase_add_test(tcase, terminate_in_on_close_is_fine_whenever_it_comes);
	tcase_add_test(tcase, drained_worker_ends_with_its_last_session);
	tcase_add_test(tcase, abort_waits_for_nobody);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, tcase_of_peers());
	return suite;
}
