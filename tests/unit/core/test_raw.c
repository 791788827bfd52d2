/* Raw sessions: every frame as it came, and a closing handshake that is the
 * module's to carry out. */
#include <string.h>
#include <sys/socket.h>

#include "proto/closecode.h"
#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

enum { LINGER_MS = 1000 + WHEEL_TICK_MS };

static struct peer peer;

static void
setup(void)
{
	bench_setup();
	bench_make_raw();
	peer.fd = -1;
}

static void
teardown(void)
{
	peer_close(&peer);
	bench_teardown();
}

static void
open_raw(void)
{
	peer_open(&peer);
	peer.is_raw = true;
}

static struct framed_session *
handle(void)
{
	return (struct framed_session *)peer.session;
}

static enum framed_result
send_frame(unsigned first, struct span payload)
{
	return framed_send_frame(handle(), first, payload.data, payload.length);
}

/* The body of a Close: 4000, "bye". */
#define BYE                     \
	SPAN_LITERAL("\x0f\xa0" \
	             "bye")

START_TEST(every_frame_is_given_as_it_came)
{
	open_raw();
	peer_send(&peer, FRAME_TEXT, SPAN_LITERAL("one"));
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("two"));
	peer_send(&peer, FRAME_CONTINUATION, SPAN_LITERAL(""));
	peer_send(&peer, FRAME_FIN | FRAME_CONTINUATION, SPAN_LITERAL("\xff"));
	peer_send(&peer, FRAME_FIN | FRAME_PONG, SPAN_LITERAL("three"));
	peer_send(&peer, FRAME_FIN | FRAME_BINARY, SPAN_LITERAL("four"));
	bench_run();
	ck_assert_str_eq(bench_calls(),
	    "frame=01:one frame=89:two frame=00: frame=80:\xff "
	    "frame=8a:three frame=82:four ");
	/* nothing is answered */
	ck_assert_str_eq(peer_heard(&peer), "");
}
END_TEST

START_TEST(messages_count_with_their_last_frame)
{
	open_raw();
	peer_send(&peer, FRAME_TEXT, SPAN_LITERAL("12"));
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("..."));
	peer_send(&peer, FRAME_FIN | FRAME_CONTINUATION, SPAN_LITERAL("3"));
	peer_send(&peer, FRAME_FIN | FRAME_TEXT, SPAN_LITERAL("4"));
	bench_run();
	ck_assert_uint_eq(peer.session->messages_in, 2);
	ck_assert_uint_eq(peer.session->bytes_in, 4);
	send_frame(FRAMED_OP_TEXT, SPAN_LITERAL("12"));
	send_frame(FRAMED_FIN | FRAMED_OP_PING, SPAN_LITERAL("..."));
	send_frame(FRAMED_FIN | FRAMED_OP_CONTINUATION, SPAN_LITERAL("3"));
	framed_send(handle(), FRAMED_TEXT, "4", 1);
	bench_run();
	ck_assert_uint_eq(peer.session->messages_out, 2);
	ck_assert_uint_eq(peer.session->bytes_out, 4);
	ck_assert_str_eq(
	    peer_heard(&peer), "+text=12 ping continuation=3 text=4 ");
}
END_TEST

static const struct {
	struct span bytes;
	const char *calls;
	enum close_reason reason;
} broken[] = {
    {SPAN_LITERAL("\x81\1x"), "close=1002/protocol:frame is not masked ",
        CLOSE_PROTOCOL_ERROR},
    {SPAN_LITERAL("\xc1\x80\0\0\0\0"),
        "close=1002/protocol:reserved bit without its extension ",
        CLOSE_PROTOCOL_ERROR},
    {SPAN_LITERAL("\x83\x80\0\0\0\0"), "close=1002/protocol:reserved opcode ",
        CLOSE_PROTOCOL_ERROR},
    {SPAN_LITERAL("\x08\x80\0\0\0\0"),
        "close=1002/protocol:fragmented control frame ", CLOSE_PROTOCOL_ERROR},
    {SPAN_LITERAL("\x82\xff\0\0\0\0\0\x10\0\1\0\0\0\0"),
        "close=1009/limit:frame is too big ", CLOSE_TOO_BIG},
};

START_TEST(broken_frame_ends_the_session)
{
	static struct text calls;

	memset(&calls, 0, sizeof(calls));
	text_add(&calls, "frame=81:x %s", broken[_i].calls);
	open_raw();
	peer_say(&peer, "x");
	peer_write(&peer, broken[_i].bytes);
	peer_say(&peer, "unread");
	bench_run();
	ck_assert_str_eq(bench_calls(), calls.bytes);
	ck_assert_uint_eq(bench_ended(broken[_i].reason), 1);
	ck_assert_ptr_nonnull(strstr(peer_heard(&peer), "close=100"));
	ck_assert(peer.is_over);
}
END_TEST

static void
pause_once(struct framed_session *session, const struct framed_frame *frame)
{
	(void)frame;
	framed_pause(session);
	bench.acts.frame = NULL;
}

START_TEST(paused_session_gets_no_frame)
{
	bench.acts.frame = pause_once;
	open_raw();
	peer_send(&peer, FRAME_TEXT, SPAN_LITERAL("a"));
	peer_send(&peer, FRAME_FIN | FRAME_CONTINUATION, SPAN_LITERAL("b"));
	bench_run();
	ck_assert_str_eq(bench_calls(), "frame=01:a ");
	framed_resume(handle());
	bench_run();
	ck_assert_str_eq(bench_calls(), "frame=80:b ");
}
END_TEST

START_TEST(peers_close_is_given_and_not_answered)
{
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	bench_run();
	ck_assert_str_eq(bench_calls(),
	    "frame=88:\x0f\xa0"
	    "bye ");
	ck_assert_str_eq(peer_heard(&peer), "");
	/* its reason is known */
	ck_assert_uint_eq(framed_close_reason(handle())->code, 4000);
	ck_assert_str_eq(framed_close_reason(handle())->text, "bye");
}
END_TEST

START_TEST(session_goes_on_until_the_module_answers)
{
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	bench_run();
	bench_calls();
	ck_assert_int_eq(
	    send_frame(FRAMED_OP_TEXT, SPAN_LITERAL("a")), FRAMED_QUEUED);
	ck_assert_int_eq(
	    framed_send(handle(), FRAMED_TEXT, "b", 1), FRAMED_QUEUED);
	ck_assert_int_eq(framed_ping(handle(), "c", 1), FRAMED_QUEUED);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "ping +text=a text=b ");
	ck_assert_int_eq(send_frame(FRAMED_FIN | FRAMED_OP_CLOSE,
	                     SPAN_LITERAL("\x03\xe8"
	                                  "own")),
	    FRAMED_QUEUED);
	/* nothing goes behind it */
	ck_assert_int_eq(
	    send_frame(FRAMED_OP_TEXT, SPAN_LITERAL("a")), FRAMED_CLOSED);
	ck_assert_int_eq(
	    send_frame(FRAMED_FIN | FRAMED_OP_CLOSE, BYE), FRAMED_CLOSED);
	ck_assert_int_eq(
	    framed_send(handle(), FRAMED_TEXT, "b", 1), FRAMED_CLOSED);
	ck_assert_int_eq(framed_ping(handle(), "c", 1), FRAMED_CLOSED);
	ck_assert_int_eq(framed_close(handle(), 1000, ""), FRAMED_CLOSED);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=1000:own end ");
	ck_assert_str_eq(bench_calls(), "close=4000/peer:bye ");
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_uint_eq(bench_ended(CLOSE_PEER_CLOSED), 1);
}
END_TEST

static void
answer(struct framed_session *session, const struct framed_frame *frame)
{
	if (frame->opcode == FRAMED_OP_CLOSE)
		ck_assert_int_eq(
		    framed_send_frame(session, FRAMED_FIN | FRAMED_OP_CLOSE,
		        frame->data, frame->length),
		    FRAMED_QUEUED);
}

START_TEST(close_may_be_answered_where_it_is_given)
{
	bench.acts.frame = answer;
	open_raw();
	peer_say(&peer, "x");
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	bench_run();
	ck_assert_str_eq(bench_calls(),
	    "frame=81:x frame=88:\x0f\xa0"
	    "bye close=4000/peer:bye ");
	ck_assert_str_eq(peer_heard(&peer), "close=4000:bye end ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(framed_close_answers_too)
{
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, SPAN_LITERAL(""));
	bench_run();
	ck_assert_int_eq(framed_close(handle(), 3000, "mine"), FRAMED_QUEUED);
	bench_run();
	ck_assert_str_eq(bench_calls(), "frame=88: close=1005/peer: ");
	ck_assert_str_eq(peer_heard(&peer), "close=3000:mine end ");
}
END_TEST

START_TEST(close_with_a_wrong_body_is_one_without_a_code)
{
	static const struct span bodies[] = {SPAN_LITERAL("\x03"),
	    SPAN_LITERAL("\x03\xed"), SPAN_LITERAL("\x0f\xa0\xff")};

	bench.acts.frame = answer;
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, bodies[_i]);
	bench_run();
	ck_assert_ptr_nonnull(strstr(bench_calls(), "close=1005/peer: "));
	/* as it came */
	ck_assert_str_eq(peer_heard(&peer), "close=wrong end ");
}
END_TEST

START_TEST(nothing_is_read_behind_the_peers_close)
{
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	peer_say(&peer, "more");
	bench_run();
	peer_write(&peer, SPAN_LITERAL("no frame"));
	bench_run();
	ck_assert_str_eq(bench_calls(),
	    "frame=88:\x0f\xa0"
	    "bye ");
	send_frame(FRAMED_FIN | FRAMED_OP_CLOSE, BYE);
	bench_run();
	/* a reset would eat our Close: the peer may go first */
	ck_assert_str_eq(peer_heard(&peer), "close=4000:bye end ");
	ck_assert_str_eq(bench_calls(), "close=4000/peer:bye ");
	ck_assert_uint_eq(bench_live(), 1);
	bench_pass(LINGER_MS);
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(peer_may_end_its_stream_behind_its_close)
{
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
	bench_run();
	ck_assert_str_eq(bench_calls(),
	    "frame=88:\x0f\xa0"
	    "bye ");
	ck_assert_int_eq(
	    framed_send(handle(), FRAMED_TEXT, "last", 4), FRAMED_QUEUED);
	send_frame(FRAMED_FIN | FRAMED_OP_CLOSE, BYE);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "text=last close=4000:bye end ");
	ck_assert_str_eq(bench_calls(), "close=4000/peer:bye ");
}
END_TEST

START_TEST(peer_that_closed_and_went_is_not_a_lost_one)
{
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	bench_run();
	peer_close(&peer);
	bench_run();
	bench_calls();
	framed_send(handle(), FRAMED_TEXT, "to nobody", 9);
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=4000/peer:bye ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(module_has_close_timeout_ms_for_its_answer)
{
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	bench_pass(BENCH_CLOSE_MS - 1);
	ck_assert_str_eq(bench_calls(),
	    "frame=88:\x0f\xa0"
	    "bye ");
	bench_pass(1 + WHEEL_TICK_MS);
	ck_assert_str_eq(bench_calls(), "close=4000/peer:bye ");
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(what_is_tuned_meanwhile_moves_no_deadline)
{
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	bench_pass(BENCH_CLOSE_MS / 2);
	bench_calls();
	ck_assert_int_eq(framed_set_ping_interval(handle(), 0), FRAMED_OK);
	ck_assert_int_eq(framed_set_timeout(handle(), 60000), FRAMED_OK);
	bench_pass(BENCH_CLOSE_MS / 2 + WHEEL_TICK_MS);
	ck_assert_str_eq(bench_calls(), "close=4000/peer:bye ");
}
END_TEST

START_TEST(close_timeout_counts_from_the_first_close)
{
	static const uint8_t payload[BENCH_QUEUE_BYTES];

	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	peer_open_narrow(&peer);
	framed_send(handle(), FRAMED_BINARY, payload, sizeof(payload));
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	bench_pass(BENCH_CLOSE_MS - 1000);
	/* the peer does not take it */
	send_frame(FRAMED_FIN | FRAMED_OP_CLOSE, BYE);
	bench_pass(1000 + WHEEL_TICK_MS);
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_uint_eq(bench_ended(CLOSE_PEER_CLOSED), 1);
}
END_TEST

START_TEST(other_ends_send_a_close_and_keep_the_reason)
{
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	bench_run();
	bench_calls();
	session_close(peer.session, CLOSE_SHUTDOWN);
	bench_run();
	ck_assert_str_eq(
	    peer_heard(&peer), "close=1001:server shutting down end ");
	ck_assert_str_eq(bench_calls(), "close=4000/peer:bye ");
	ck_assert_uint_eq(bench_ended(CLOSE_SHUTDOWN), 0);
}
END_TEST

static void
give_up(struct framed_session *session, const struct framed_frame *frame)
{
	(void)frame;
	framed_fail(session, "cannot answer");
}

START_TEST(module_may_fail_to_answer)
{
	log_set_level((enum log_level) - 1);
	bench.acts.frame = give_up;
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=1011: end ");
	ck_assert_str_eq(bench_calls(),
	    "frame=88:\x0f\xa0"
	    "bye close=4000/peer:bye ");
}
END_TEST

START_TEST(module_may_close_first)
{
	open_raw();
	ck_assert_int_eq(
	    send_frame(FRAMED_OP_TEXT, SPAN_LITERAL("half")), FRAMED_QUEUED);
	ck_assert_int_eq(
	    send_frame(FRAMED_FIN | FRAMED_OP_CLOSE, BYE), FRAMED_QUEUED);
	ck_assert_int_eq(
	    framed_send(handle(), FRAMED_TEXT, "x", 1), FRAMED_CLOSED);
	ck_assert_uint_eq(framed_close_reason(handle())->code, 4000);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "+text=half close=4000:bye ");
	/* frames before its Close come too late, and so does that */
	peer_say(&peer, "late");
	bench_run();
	ck_assert_uint_eq(bench_live(), 1);
	peer_say_close(&peer, 1000, "");
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=4000/local:bye ");
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_uint_eq(bench_live(), 0);
	ck_assert_uint_eq(bench_ended(CLOSE_LOCAL_CLOSED), 1);
}
END_TEST

START_TEST(peers_close_is_awaited_up_to_close_timeout_ms)
{
	open_raw();
	send_frame(FRAMED_FIN | FRAMED_OP_CLOSE, SPAN_LITERAL(""));
	bench_pass(BENCH_CLOSE_MS - 1);
	ck_assert_str_eq(peer_heard(&peer), "close=1005: ");
	ck_assert_str_eq(bench_calls(), "");
	bench_pass(1 + WHEEL_TICK_MS);
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_str_eq(bench_calls(), "close=1005/local: ");
	bench_pass(LINGER_MS);
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(closing_module_gets_no_frame_that_came_with_it)
{
	bench.acts.frame = answer;
	open_raw();
	peer_send(&peer, FRAME_FIN | FRAME_CLOSE, BYE);
	peer_say(&peer, "behind");
	bench_run();
	ck_assert_str_eq(bench_calls(),
	    "frame=88:\x0f\xa0"
	    "bye close=4000/peer:bye ");
	peer_close(&peer);
}
END_TEST

static TCase *
tcase_of_closing(void)
{
	TCase *tcase = tcase_create("closing");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, peers_close_is_given_and_not_answered);
	tcase_add_test(tcase, session_goes_on_until_the_module_answers);
	tcase_add_test(tcase, close_may_be_answered_where_it_is_given);
	tcase_add_test(tcase, framed_close_answers_too);
	tcase_add_loop_test(
	    tcase, close_with_a_wrong_body_is_one_without_a_code, 0, 3);
	tcase_add_test(tcase, nothing_is_read_behind_the_peers_close);
	tcase_add_test(tcase, peer_may_end_its_stream_behind_its_close);
	tcase_add_test(tcase, peer_that_closed_and_went_is_not_a_lost_one);
	tcase_add_test(tcase, module_has_close_timeout_ms_for_its_answer);
	tcase_add_test(tcase, what_is_tuned_meanwhile_moves_no_deadline);
	tcase_add_test(tcase, close_timeout_counts_from_the_first_close);
	tcase_add_test(tcase, other_ends_send_a_close_and_keep_the_reason);
	tcase_add_test(tcase, module_may_fail_to_answer);
	tcase_add_test(tcase, module_may_close_first);
	tcase_add_test(tcase, peers_close_is_awaited_up_to_close_timeout_ms);
	tcase_add_test(tcase, closing_module_gets_no_frame_that_came_with_it);
	return tcase;
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("raw");
	TCase *tcase = tcase_create("frames");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_frame_is_given_as_it_came);
	tcase_add_test(tcase, messages_count_with_their_last_frame);
	tcase_add_loop_test(
	    tcase, broken_frame_ends_the_session, 0, ARRAY_LENGTH(broken));
	tcase_add_test(tcase, paused_session_gets_no_frame);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, tcase_of_closing());
	return suite;
}
