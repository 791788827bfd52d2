/* What the module is told of what it sent: that it is out, or dropped. */
#include "core/receipts.h"

#include <sys/socket.h>

#include "core/extra.h"
#include "core/output.h"
#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

enum { LARGE = BENCH_QUEUE_BYTES };

static struct peer peer;
static uint8_t payload[2 * LARGE];

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

static enum framed_result
send_text(const char *text)
{
	return framed_send(handle(), FRAMED_TEXT, text, strlen(text));
}

static void
flush(uint64_t token)
{
	ck_assert_int_eq(framed_flush(handle(), token), FRAMED_QUEUED);
}

/* Opens, and fills the socket: a frame is half sent. */
static void
open_blocked(enum queue_policy policy, size_t length)
{
	bench.endpoint_conf.queue_policy = policy;
	peer_open_narrow(&peer);
	framed_send(handle(), FRAMED_BINARY, payload, length);
	bench_run();
	ck_assert(peer.session->flags & SESSION_BLOCKED);
	ck_assert_uint_gt(peer.session->queue->sent, 0);
}

START_TEST(flush_of_nothing_is_done_at_the_end_of_the_turn)
{
	peer_open(&peer);
	flush(1);
	ck_assert_str_eq(bench_calls(), "");
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "flushed=1 ");
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
}
END_TEST

START_TEST(flush_is_done_when_what_was_queued_is_with_the_kernel)
{
	peer_open(&peer);
	send_text("one");
	flush(UINT64_MAX);
	send_text("two");
	flush(0);
	bench_turn(bench.worker);
	ck_assert_str_eq(
	    bench_calls(), "flushed=18446744073709551615 flushed=0 ");
}
END_TEST

static void
send_and_flush(struct framed_session *session, struct span message)
{
	int bytes;

	framed_send(session, FRAMED_TEXT, message.data, message.length);
	ck_assert_int_eq(framed_flush(session, 1), FRAMED_QUEUED);
	/* the cork is out, and gathers again */
	bytes = (int)recv(
	    peer.fd, payload, sizeof(payload), MSG_PEEK | MSG_DONTWAIT);
	ck_assert_int_eq(bytes, (int)message.length + 2);
	framed_send(session, FRAMED_TEXT, "later", 5);
	ck_assert_int_eq(framed_flush(session, 2), FRAMED_QUEUED);
}

START_TEST(flush_in_a_callback_writes_the_cork)
{
	peer_open(&peer);
	bench.acts.message = send_and_flush;
	peer_say(&peer, "now");
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "message=now flushed=1 flushed=2 ");
	ck_assert_str_eq(peer_heard(&peer), "text=now text=later ");
}
END_TEST

START_TEST(flush_waits_for_what_was_sent_before_and_no_more)
{
	open_blocked(QUEUE_CLOSE, LARGE);
	flush(1);
	flush(2);
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	framed_send(handle(), FRAMED_BINARY, payload, LARGE - 1);
	ck_assert_uint_gt(peer.session->queue->count, 1);
	while (bench.calls.length == 0) {
		peer_heard(&peer);
		bench_run();
	}
	/* the second is on its way */
	ck_assert_str_eq(bench_calls(), "flushed=1 flushed=2 ");
	ck_assert_ptr_nonnull(peer.session->queue);
}
END_TEST

START_TEST(queue_that_comes_anew_is_not_waited_for)
{
	peer_open_narrow(&peer);
	flush(1);
	framed_send(handle(), FRAMED_BINARY, payload, LARGE);
	bench_turn(bench.worker);
	ck_assert_ptr_nonnull(peer.session->queue);
	ck_assert_str_eq(bench_calls(), "flushed=1 ");
}
END_TEST

/* Even when the kernel takes nothing any more. */
START_TEST(what_is_dropped_is_out_of_the_way)
{
	bench.api.on_dropped = NULL;
	bench.endpoint_conf.queue_policy = QUEUE_DROP_OLDEST;
	peer_open_narrow(&peer);
	do {
		send_text("x");
		bench_run();
	} while (!(peer.session->flags & SESSION_BLOCKED));
	ck_assert_uint_eq(peer.session->queue->sent, 0);
	framed_send(handle(), FRAMED_BINARY, payload, LARGE);
	flush(1);
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_int_eq(send_text("newer"), FRAMED_QUEUED);
	bench_run();
	ck_assert_uint_eq(peer.session->queue->count, 1);
	/* the queue has fallen below its low mark, too */
	ck_assert_str_eq(bench_calls(), "flushed=1 writable ");
}
END_TEST

static void
flush_again(struct framed_session *session, uint64_t token)
{
	ck_assert_int_eq(framed_flush(session, token + 1), FRAMED_QUEUED);
}

START_TEST(flush_asked_for_by_a_flush_is_the_next_turns)
{
	peer_open(&peer);
	bench.acts.flushed = flush_again;
	flush(1);
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "flushed=1 ");
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "flushed=2 ");
	bench.acts.flushed = NULL;
	bench_run();
	ck_assert_str_eq(bench_calls(), "flushed=3 ");
}
END_TEST

static void
ask_in_vain(struct framed_session *session, uint64_t token)
{
	(void)token;
	ck_assert_int_eq(framed_flush(session, 9), FRAMED_CLOSED);
}

START_TEST(flush_that_the_end_overtakes_is_told_before_it)
{
	open_blocked(QUEUE_CLOSE, LARGE);
	bench.acts.flushed = ask_in_vain;
	flush(1);
	flush(2);
	framed_terminate(handle());
	bench_run();
	ck_assert_str_eq(
	    bench_calls(), "unflushed=1 unflushed=2 close=1006/local: ");
}
END_TEST

START_TEST(flush_before_a_close_is_done_when_all_is_out)
{
	open_blocked(QUEUE_CLOSE, LARGE);
	flush(1);
	framed_close(handle(), 1000, "");
	ck_assert_int_eq(framed_flush(handle(), 2), FRAMED_CLOSED);
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	while (bench.calls.length == 0) {
		peer_heard(&peer);
		bench_run();
	}
	peer_say_close(&peer, 1000, "");
	bench_run();
	ck_assert_str_eq(bench_calls(), "flushed=1 close=1000/local: ");
}
END_TEST

static void
terminate(struct framed_session *session, uint64_t token)
{
	if (token == 1)
		framed_terminate(session);
}

START_TEST(session_may_end_in_on_flushed)
{
	peer_open(&peer);
	bench.acts.flushed = terminate;
	flush(1);
	flush(2);
	bench_run();
	ck_assert_str_eq(
	    bench_calls(), "flushed=1 unflushed=2 close=1006/local: ");
}
END_TEST

static uint64_t next_token;

static void
expect_in_order(struct framed_session *session, uint64_t token)
{
	(void)session;
	ck_assert_uint_eq(token, next_token++);
	bench_calls();
}

START_TEST(only_so_many_flushes_wait)
{
	uint64_t charged;

	next_token = 0;
	bench.acts.flushed = expect_in_order;
	open_blocked(QUEUE_CLOSE, LARGE);
	charged = bench.worker->stats.charged_bytes;
	for (uint64_t i = 0; i < FLUSHES_MAX; i++)
		flush(i);
	ck_assert_int_eq(framed_flush(handle(), 0), FRAMED_AGAIN);
	bench_turn(bench.worker);
	ck_assert_uint_ge(bench.worker->stats.charged_bytes,
	    charged + FLUSHES_MAX * sizeof(struct pending_flush));
	framed_terminate(handle());
	bench_run();
	ck_assert_uint_eq(next_token, FLUSHES_MAX);
}
END_TEST

/* Each behind a message; the batches' number wraps around meanwhile. */
START_TEST(flushes_keep_their_order)
{
	enum { COUNT = UINT16_MAX + 100 };

	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	peer_open_narrow(&peer);
	bench.acts.flushed = expect_in_order;
	next_token = 0;
	for (uint64_t token = 0; token < COUNT;) {
		while (peer.session->queue == NULL ||
		    peer.session->queue->count < 300) {
			send_text("");
			flush(token++);
		}
		bench_turn(bench.worker);
		peer_heard(&peer);
	}
	while (peer.session->queue != NULL) {
		peer_heard(&peer);
		bench_run();
	}
	bench_run();
	ck_assert_uint_ge(next_token, COUNT);
}
END_TEST

START_TEST(module_without_on_flushed_cannot_flush)
{
	bench.api.on_flushed = NULL;
	peer_open(&peer);
	ck_assert_int_eq(framed_flush(handle(), 0), FRAMED_UNSUPPORTED);
}
END_TEST

START_TEST(losses_are_told_once_at_the_end_of_the_turn)
{
	open_blocked(QUEUE_DROP_NEWEST, 2 * LARGE);
	framed_subscribe(handle(), "topic");
	ck_assert_int_eq(send_text("four"), FRAMED_DROPPED);
	ck_assert_int_eq(send_text("three"), FRAMED_DROPPED);
	framed_publish(handle(), "topic", FRAMED_TEXT, "topical", 7, 0);
	ck_assert_str_eq(bench_calls(), "");
	bench_run();
	ck_assert_str_eq(bench_calls(), "dropped=3*16 ");
	send_text("");
	bench_run();
	ck_assert_str_eq(bench_calls(), "dropped=1*0 ");
}
END_TEST

START_TEST(oldest_and_replaced_ones_are_losses)
{
	peer_open(&peer);
	bench.endpoint_conf.queue_policy =
	    _i == 0 ? QUEUE_DROP_OLDEST : QUEUE_CONFLATE;
	framed_send_keyed(handle(), 1, FRAMED_BINARY, payload, LARGE);
	framed_send_keyed(handle(), 1, FRAMED_TEXT, "newer", 5);
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "dropped=1*65536 writable ");
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "text=newer ");
}
END_TEST

static void
send_one_more(struct framed_session *session)
{
	framed_send(session, FRAMED_TEXT, "again", 5);
}

START_TEST(loss_in_on_dropped_is_told_in_the_next_turn)
{
	open_blocked(QUEUE_DROP_NEWEST, 2 * LARGE);
	bench.acts.dropped = send_one_more;
	send_text("x");
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "dropped=1*1 ");
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "dropped=1*5 ");
	bench.acts.dropped = NULL;
}
END_TEST

START_TEST(losses_are_told_before_the_end)
{
	open_blocked(QUEUE_DROP_NEWEST, 2 * LARGE);
	send_text("lost");
	flush(7);
	framed_terminate(handle());
	bench_run();
	ck_assert_str_eq(
	    bench_calls(), "dropped=1*4 unflushed=7 close=1006/local: ");
}
END_TEST

START_TEST(module_that_does_not_ask_is_told_nothing)
{
	bench.api.on_dropped = NULL;
	open_blocked(QUEUE_DROP_NEWEST, 2 * LARGE);
	send_text("lost");
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_ptr_null(peer.session->extra);
	ck_assert_uint_eq(bench.worker->stats.dropped, 1);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("receipts");
	TCase *tcase = tcase_create("flush");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, flush_of_nothing_is_done_at_the_end_of_the_turn);
	tcase_add_test(
	    tcase, flush_is_done_when_what_was_queued_is_with_the_kernel);
	tcase_add_test(tcase, flush_in_a_callback_writes_the_cork);
	tcase_add_test(tcase, flush_waits_for_what_was_sent_before_and_no_more);
	tcase_add_test(tcase, queue_that_comes_anew_is_not_waited_for);
	tcase_add_test(tcase, what_is_dropped_is_out_of_the_way);
	tcase_add_test(tcase, flush_asked_for_by_a_flush_is_the_next_turns);
	tcase_add_test(tcase, flush_that_the_end_overtakes_is_told_before_it);
	tcase_add_test(tcase, flush_before_a_close_is_done_when_all_is_out);
	tcase_add_test(tcase, session_may_end_in_on_flushed);
	tcase_add_test(tcase, only_so_many_flushes_wait);
	tcase_add_test(tcase, flushes_keep_their_order);
	tcase_add_test(tcase, module_without_on_flushed_cannot_flush);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("dropped");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, losses_are_told_once_at_the_end_of_the_turn);
	tcase_add_loop_test(tcase, oldest_and_replaced_ones_are_losses, 0, 2);
	tcase_add_test(tcase, loss_in_on_dropped_is_told_in_the_next_turn);
	tcase_add_test(tcase, losses_are_told_before_the_end);
	tcase_add_test(tcase, module_that_does_not_ask_is_told_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
