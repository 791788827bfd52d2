/* What becomes of messages when a session's queue is full, or has an older one
 * with the same key. */
#include "core/output.h"

#include <stdio.h>

#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

enum {
	COST = PACKET_COST + 4, /* of a message of two letters */
	FIT = (BENCH_QUEUE_BYTES + COST - 1) / COST,
	LARGE = BENCH_QUEUE_BYTES / 2
};

static struct peer peer;
static uint8_t payload[3 * BENCH_QUEUE_BYTES];

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

static enum framed_result
send_keyed(uint64_t key, const char *text)
{
	return framed_send_keyed(
	    handle(), key, FRAMED_TEXT, text, strlen(text));
}

static enum framed_result
send_keyed_bytes(uint64_t key, size_t length)
{
	return framed_send_keyed(handle(), key, FRAMED_BINARY, payload, length);
}

static void
open_with(enum queue_policy policy)
{
	bench.endpoint_conf.queue_policy = policy;
	peer_open(&peer);
}

static uint64_t
cost(void)
{
	return queue_cost(peer.session->queue);
}

START_TEST(oldest_make_room_for_the_newest)
{
	open_with(QUEUE_DROP_OLDEST);
	ck_assert_int_eq(send_text("one"), FRAMED_QUEUED);
	ck_assert_int_eq(framed_send(handle(), FRAMED_BINARY, payload, LARGE),
	    FRAMED_BACKPRESSURE);
	ck_assert_int_eq(framed_send(handle(), FRAMED_BINARY, payload, LARGE),
	    FRAMED_BACKPRESSURE);
	ck_assert_int_eq(send_text("two"), FRAMED_BACKPRESSURE);
	ck_assert_int_eq(send_text("three"), FRAMED_BACKPRESSURE);
	/* "one" was enough for nothing, the first large one for all */
	ck_assert_uint_eq(bench.worker->stats.dropped, 2);
	bench_run();
	ck_assert_str_eq(
	    peer_heard(&peer), "binary*32768 text=two text=three ");
}
END_TEST

START_TEST(many_that_find_it_full_leave_the_last)
{
	struct message message;
	char text[8];

	open_with(QUEUE_DROP_OLDEST);
	framed_subscribe(handle(), "topic");
	for (unsigned i = 0; i < 3 * FIT; i++) {
		snprintf(text, sizeof(text), "%02u", i % 100);
		if (_i == 1)
			framed_publish(
			    handle(), "topic", FRAMED_TEXT, text, 2, 0);
		else
			ck_assert_int_le(send_text(text), FRAMED_BACKPRESSURE);
		ck_assert_uint_le(cost(), BENCH_QUEUE_BYTES + COST);
	}
	ck_assert_uint_eq(peer.session->queue->count, FIT);
	ck_assert_uint_eq(bench.worker->stats.dropped, 2 * FIT);
	ck_assert_uint_eq(peer.session->messages_out, 3 * FIT);
	bench_run();
	for (unsigned i = 2 * FIT; i < 3 * FIT; i++) {
		snprintf(text, sizeof(text), "%02u", i % 100);
		while (!peer_next(&peer, &message))
			bench_run();
		ck_assert_mem_eq(message.payload.data, text, 2);
	}
}
END_TEST

START_TEST(newest_is_dropped_where_no_other_can_be)
{
	bench.endpoint_conf.queue_policy = QUEUE_DROP_OLDEST;
	peer_open_narrow(&peer);
	framed_send(handle(), FRAMED_BINARY, payload, sizeof(payload));
	bench_run();
	ck_assert(peer.session->flags & SESSION_BLOCKED);
	ck_assert_uint_gt(peer.session->queue->sent, 0);
	ck_assert_int_eq(send_text("x"), FRAMED_DROPPED);
	ck_assert_uint_eq(bench.worker->stats.dropped, 1);
	ck_assert_int_eq(peer.session->state, SESSION_OPEN);
}
END_TEST

/* What is left of a message without one of its fragments is another message. */
START_TEST(raw_frames_that_wait_are_never_dropped)
{
	bench_make_raw();
	open_with(QUEUE_DROP_OLDEST);
	peer.is_raw = true;
	ck_assert_int_eq(framed_send_frame(handle(), FRAMED_OP_TEXT, "on", 2),
	    FRAMED_QUEUED);
	while (cost() < BENCH_QUEUE_BYTES)
		ck_assert_int_lt(framed_send_frame(handle(),
		                     FRAMED_OP_CONTINUATION, payload, LARGE),
		    FRAMED_DROPPED);
	ck_assert_int_eq(framed_send_frame(handle(),
	                     FRAMED_OP_CONTINUATION | FRAMED_FIN, "e", 1),
	    FRAMED_DROPPED);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer),
	    "+text=on +continuation*32768 +continuation*32768 ");
}
END_TEST

START_TEST(newer_of_a_key_replaces_the_one_that_waits)
{
	open_with(QUEUE_CONFLATE);
	ck_assert_int_eq(send_keyed(0, "a1"), FRAMED_QUEUED);
	ck_assert_int_eq(send_text("keyless"), FRAMED_QUEUED);
	ck_assert_int_eq(send_keyed(7, "b1"), FRAMED_QUEUED);
	ck_assert_int_eq(send_keyed(0, "a2"), FRAMED_QUEUED);
	ck_assert_uint_eq(bench.worker->stats.dropped, 1);
	ck_assert_uint_eq(peer.session->messages_out, 4);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "text=a2 text=keyless text=b1 ");
	ck_assert_int_eq(send_keyed(0, "a3"), FRAMED_QUEUED);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "text=a3 ");
}
END_TEST

START_TEST(what_is_corked_is_sent_and_not_replaced)
{
	open_with(QUEUE_CONFLATE);
	output_cork(peer.session);
	send_keyed(1, "a1");
	send_keyed(1, "a2");
	output_uncork(peer.session);
	ck_assert_str_eq(peer_heard(&peer), "text=a1 text=a2 ");
	ck_assert_uint_eq(bench.worker->stats.dropped, 0);
}
END_TEST

START_TEST(keys_mean_nothing_to_other_policies)
{
	open_with(_i == 0 ? QUEUE_PAUSE_READING : QUEUE_DROP_OLDEST);
	send_keyed(1, "a1");
	send_keyed(1, "a2");
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "text=a1 text=a2 ");
}
END_TEST

/* Fills the queue with messages of keys 0 to FIT - 1. */
static void
fill_with_keys(void)
{
	for (unsigned i = 0; i < FIT; i++)
		ck_assert_int_le(send_keyed(i, "xx"), FRAMED_BACKPRESSURE);
	ck_assert_uint_ge(cost(), BENCH_QUEUE_BYTES);
}

START_TEST(full_queue_takes_newer_ones_of_its_keys)
{
	open_with(QUEUE_CONFLATE);
	fill_with_keys();
	for (unsigned i = 0; i < FIT; i++)
		ck_assert_int_eq(send_keyed(i, "longer"), FRAMED_BACKPRESSURE);
	ck_assert_uint_eq(peer.session->queue->count, FIT);
	ck_assert_uint_eq(bench.worker->stats.dropped, FIT);
	ck_assert_int_eq(peer.session->state, SESSION_OPEN);
}
END_TEST

/* Nothing that waits is worthless, so nothing may go. */
START_TEST(full_queue_ends_by_what_replaces_nothing)
{
	open_with(QUEUE_CONFLATE);
	fill_with_keys();
	ck_assert_int_eq(
	    _i == 0 ? send_text("x") : send_keyed(FIT, "x"), FRAMED_CLOSED);
	ck_assert_int_eq(peer.session->state, SESSION_CLOSING);
	ck_assert_uint_eq(bench_ended(CLOSE_QUEUE_FULL), 1);
	ck_assert_uint_eq(bench.worker->stats.dropped, 1);
}
END_TEST

START_TEST(newer_ones_grow_the_queue_to_twice_its_limit)
{
	unsigned i = 0;

	open_with(QUEUE_CONFLATE);
	fill_with_keys();
	while (cost() < 2 * BENCH_QUEUE_BYTES)
		ck_assert_int_eq(
		    send_keyed_bytes(i++, 10000), FRAMED_BACKPRESSURE);
	/* one that is not longer is as welcome as ever */
	ck_assert_int_eq(send_keyed_bytes(0, 10000), FRAMED_BACKPRESSURE);
	ck_assert_int_eq(send_keyed_bytes(i, 3), FRAMED_CLOSED);
	ck_assert_uint_eq(bench_ended(CLOSE_QUEUE_FULL), 1);
}
END_TEST

START_TEST(begun_message_is_not_replaced)
{
	struct message message;

	bench.endpoint_conf.queue_policy = QUEUE_CONFLATE;
	peer_open_narrow(&peer);
	send_keyed_bytes(1, 40000);
	bench_run();
	ck_assert_uint_gt(peer.session->queue->sent, 0);
	send_keyed(1, "a2");
	send_keyed(1, "a3");
	do {
		bench_run();
	} while (!peer_next(&peer, &message));
	ck_assert_uint_eq(message.payload.length, 40000);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "text=a3 ");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("output_policy");
	TCase *tcase = tcase_create("drop-oldest");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, oldest_make_room_for_the_newest);
	tcase_add_loop_test(tcase, many_that_find_it_full_leave_the_last, 0, 2);
	tcase_add_test(tcase, newest_is_dropped_where_no_other_can_be);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("conflate");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, raw_frames_that_wait_are_never_dropped);
	tcase_add_test(tcase, newer_of_a_key_replaces_the_one_that_waits);
	tcase_add_test(tcase, what_is_corked_is_sent_and_not_replaced);
	tcase_add_loop_test(tcase, keys_mean_nothing_to_other_policies, 0, 2);
	tcase_add_test(tcase, full_queue_takes_newer_ones_of_its_keys);
	tcase_add_loop_test(
	    tcase, full_queue_ends_by_what_replaces_nothing, 0, 2);
	tcase_add_test(tcase, newer_ones_grow_the_queue_to_twice_its_limit);
	tcase_add_test(tcase, begun_message_is_not_replaced);
	suite_add_tcase(suite, tcase);
	return suite;
}
