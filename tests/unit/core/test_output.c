/* What is sent: gathered, written through, queued, and never lost or moved,
 * however little the kernel takes. */
#include "core/output.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/random.h"

enum {
	LARGE = 8 << 10, /* written through */
	NEAR = 300,      /* a mark: more than a packet's own cost */
	ROUNDS = 3000
};

static const uint64_t seed = 5;
static struct peer peer;
static uint8_t payload[BENCH_QUEUE_BYTES];

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

/* Bytes that the kernel has and the peer has not read. */
static int
bytes_out(void)
{
	int bytes;

	ck_assert_int_eq(ioctl(peer.fd, FIONREAD, &bytes), 0);
	return bytes;
}

/* The peer reads everything. */
static const char *
drained(void)
{
	static struct text heard;

	memset(&heard, 0, sizeof(heard));
	do {
		text_add(&heard, "%s", peer_heard(&peer));
		bench_run();
	} while (bytes_out() > 0);
	return heard.bytes;
}

START_TEST(corked_output_leaves_in_one_write_at_the_end)
{
	peer_open(&peer);
	output_cork(peer.session);
	ck_assert_int_eq(send_text("one"), FRAMED_QUEUED);
	ck_assert_int_eq(send_text(""), FRAMED_QUEUED);
	output_control(peer.session, PACKET_PONG, SPAN_LITERAL("p"));
	ck_assert_int_eq(bytes_out(), 0);
	output_uncork(peer.session);
	ck_assert(output_is_drained(peer.session));
	ck_assert_int_eq(bytes_out(), 5 + 2 + 3);
	ck_assert_str_eq(peer_heard(&peer), "text=one text= pong=p ");
	ck_assert_ptr_null(peer.session->queue);
}
END_TEST

START_TEST(large_payload_is_written_at_once_behind_the_cork)
{
	peer_open(&peer);
	output_cork(peer.session);
	send_text("before");
	ck_assert_int_eq(framed_send(handle(), FRAMED_BINARY, payload, LARGE),
	    FRAMED_QUEUED);
	ck_assert_int_eq(bytes_out(), 8 + 4 + LARGE);
	send_text("behind");
	ck_assert_int_eq(bytes_out(), 8 + 4 + LARGE);
	output_uncork(peer.session);
	ck_assert_str_eq(
	    peer_heard(&peer), "text=before binary*8192 text=behind ");
}
END_TEST

START_TEST(cork_never_overflows)
{
	struct text expected = {0};

	peer_open(&peer);
	output_cork(peer.session);
	for (unsigned i = 0; i < 20; i++) {
		ck_assert_int_eq(
		    framed_send(handle(), FRAMED_BINARY, payload, LARGE - 1),
		    FRAMED_QUEUED);
		text_add(&expected, "binary*8191 ");
	}
	output_uncork(peer.session);
	ck_assert_str_eq(peer_heard(&peer), expected.bytes);
}
END_TEST

START_TEST(output_outside_a_callback_waits_for_the_end_of_the_turn)
{
	peer_open(&peer);
	send_text("one");
	send_text("two");
	ck_assert_int_eq(bytes_out(), 0);
	bench_turn(bench.worker);
	ck_assert_str_eq(peer_heard(&peer), "text=one text=two ");
	ck_assert_ptr_null(peer.session->queue);
}
END_TEST

START_TEST(cork_goes_before_what_was_queued_meanwhile)
{
	struct frame_share *share =
	    frame_share_new(FRAME_TEXT, 0, SPAN_LITERAL("shared"));
	struct packet *packet;

	ck_assert_ptr_nonnull(share);
	packet = packet_from_share(share);
	ck_assert_ptr_nonnull(packet);
	peer_open(&peer);
	output_cork(peer.session);
	send_text("first");
	ck_assert_int_eq(output_shared(peer.session, packet), FRAMED_QUEUED);
	send_text("last");
	output_uncork(peer.session);
	bench_run();
	ck_assert_str_eq(
	    peer_heard(&peer), "text=first text=shared text=last ");
	packet_release_hold(&packet);
	frame_share_release_hold(&share);
}
END_TEST

START_TEST(rest_of_the_cork_goes_before_it_too)
{
	struct frame_share *share =
	    frame_share_new(FRAME_TEXT, 0, SPAN_LITERAL("shared"));
	struct packet *packet;

	ck_assert_ptr_nonnull(share);
	packet = packet_from_share(share);
	ck_assert_ptr_nonnull(packet);
	peer_open_narrow(&peer);
	output_cork(peer.session);
	for (unsigned i = 0; i < 3; i++)
		framed_send(handle(), FRAMED_BINARY, payload, LARGE - 1);
	ck_assert_int_eq(output_shared(peer.session, packet), FRAMED_QUEUED);
	output_uncork(peer.session);
	ck_assert(peer.session->flags & SESSION_BLOCKED);
	/* and no pong gets into it: it may begin within a frame */
	output_control(peer.session, PACKET_PONG, SPAN_LITERAL(""));
	ck_assert_str_eq(drained(),
	    "binary*8191 binary*8191 binary*8191 pong= text=shared ");
	packet_release_hold(&packet);
	frame_share_release_hold(&share);
}
END_TEST

/* Fills the socket, and leaves a frame half sent and `queued` behind it. */
static void
block(const char *queued)
{
	framed_send(handle(), FRAMED_BINARY, payload, BENCH_QUEUE_BYTES - 100);
	bench_run();
	ck_assert(peer.session->flags & SESSION_BLOCKED);
	ck_assert_uint_gt(peer.session->queue->sent, 0);
	ck_assert_int_ne(send_text(queued), FRAMED_CLOSED);
}

START_TEST(pongs_overtake_queued_data_but_not_a_frame_half_sent)
{
	peer_open_narrow(&peer);
	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	block("data");
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("one"));
	bench_run();
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("two"));
	bench_run();
	/* while they cannot leave, the newer replaces the older */
	ck_assert_str_eq(drained(), "binary*65436 pong=two text=data ");
}
END_TEST

START_TEST(pings_to_a_session_with_a_queue_are_all_answered)
{
	/* a queue made in this turn, which the kernel will take */
	peer_open(&peer);
	send_text("data");
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("one"));
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("two"));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "pong=one pong=two text=data ");
}
END_TEST

START_TEST(pong_that_cannot_leave_replaces_no_ping)
{
	peer_open_narrow(&peer);
	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	block("data");
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("one"));
	bench_run();
	output_control(peer.session, PACKET_KEEPALIVE, SPAN_LITERAL("ours"));
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("two"));
	bench_run();
	ck_assert_str_eq(drained(), "binary*65436 ping pong=two text=data ");
}
END_TEST

START_TEST(ping_flood_costs_bounded_memory)
{
	size_t held;

	peer_open_narrow(&peer);
	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	block("data");
	peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("0"));
	bench_run();
	held = queue_held(peer.session->queue);
	for (unsigned i = 0; i < 1000; i++) {
		peer_send(&peer, FRAME_FIN | FRAME_PING, SPAN_LITERAL("1"));
		bench_run();
	}
	ck_assert_uint_eq(queue_held(peer.session->queue), held);
	ck_assert_uint_ge(bench.worker->stats.charged_bytes, held);
}
END_TEST

START_TEST(above_the_high_mark_reading_pauses_until_below_the_low)
{
	peer_open_narrow(&peer);
	block("data");
	ck_assert(peer.session->flags & SESSION_PAUSED_BY_QUEUE);
	peer_say(&peer, "unread");
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	/* down from the high mark, a half of the limit, to the low, a quarter */
	while (peer.session->queue->bytes >= BENCH_QUEUE_BYTES / 4) {
		ck_assert_str_eq(bench_calls(), "");
		peer_heard(&peer);
		bench_run();
	}
	ck_assert_str_eq(bench_calls(), "writable message=unread ");
	drained();
	ck_assert_str_eq(bench_calls(), "");
}
END_TEST

/* Last words that fill the cork, and a Close behind them. */
static void
say_much_and_close(struct framed_session *session, struct span message)
{
	(void)message;
	for (size_t left = BENCH_QUEUE_BYTES - LARGE; left >= LARGE;
	     left -= LARGE)
		framed_send(session, FRAMED_BINARY, payload, LARGE - 1);
	framed_close(session, 4000, "bye");
}

START_TEST(last_words_do_not_stop_the_peers_close_from_being_read)
{
	peer_open_narrow(&peer);
	bench.acts.message = say_much_and_close;
	peer_say(&peer, "go on");
	bench_turn(bench.worker);
	ck_assert_ptr_nonnull(peer.session->queue);
	ck_assert(peer.session->flags & SESSION_ABOVE_HIGH);
	ck_assert(!(peer.session->flags & SESSION_PAUSED));
	peer_say_close(&peer, 4000, "bye");
	drained();
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(backpressure_is_told_above_the_high_mark_only)
{
	peer_open(&peer);
	ck_assert_int_eq(framed_send(handle(), FRAMED_BINARY, payload,
	                     BENCH_QUEUE_BYTES / 2 - NEAR),
	    FRAMED_QUEUED);
	ck_assert_int_eq(framed_send(handle(), FRAMED_BINARY, payload, NEAR),
	    FRAMED_BACKPRESSURE);
	bench_run();
	ck_assert_str_eq(bench_calls(), "writable ");
}
END_TEST

START_TEST(a_message_is_taken_while_the_queue_is_below_its_limit)
{
	peer_open(&peer);
	bench.endpoint_conf.queue_policy = QUEUE_DROP_NEWEST;
	framed_send(handle(), FRAMED_BINARY, payload, BENCH_QUEUE_BYTES - NEAR);
	/* though it takes the queue beyond */
	ck_assert_int_eq(framed_send(handle(), FRAMED_BINARY, payload, NEAR),
	    FRAMED_BACKPRESSURE);
	ck_assert_int_eq(send_text("x"), FRAMED_DROPPED);
	ck_assert_uint_eq(bench.worker->stats.dropped, 1);
	ck_assert_uint_eq(peer.session->messages_out, 2);
	ck_assert_str_eq(drained(), "binary*65236 binary*300 ");
	ck_assert_int_eq(send_text("z"), FRAMED_QUEUED);
}
END_TEST

START_TEST(tiny_messages_count_for_what_they_cost)
{
	/* with their header of two bytes, and to the last that is taken */
	enum {
		COST = PACKET_COST + 2,
		FIT = (BENCH_QUEUE_BYTES + COST - 1) / COST,
		BELOW_HIGH = BENCH_QUEUE_BYTES / 2 / COST
	};

	peer_open(&peer);
	bench.endpoint_conf.queue_policy = QUEUE_DROP_NEWEST;
	framed_subscribe(handle(), "topic");
	for (unsigned i = 0; i < BENCH_QUEUE_BYTES; i++) {
		if (_i == 1)
			framed_publish(
			    handle(), "topic", FRAMED_TEXT, NULL, 0, 0);
		else
			ck_assert_int_eq(send_text(""),
			    i < BELOW_HIGH ? FRAMED_QUEUED
			        : i < FIT  ? FRAMED_BACKPRESSURE
			                   : FRAMED_DROPPED);
	}
	ck_assert_uint_eq(peer.session->queue->count, FIT);
	ck_assert_uint_eq(bench.worker->stats.dropped, BENCH_QUEUE_BYTES - FIT);
	ck_assert_uint_eq(peer.session->messages_out, FIT);
}
END_TEST

/* What others publish, until there is more than the high mark. */
static void
publish_until_high(void)
{
	framed_subscribe(handle(), "topic");
	for (unsigned i = 0; i < 3; i++)
		framed_publish(handle(), "topic", FRAMED_BINARY, payload,
		    BENCH_QUEUE_BYTES / 4, 0);
	bench_run();
	ck_assert(peer.session->flags & SESSION_ABOVE_HIGH);
}

START_TEST(deliveries_above_the_high_mark_do_not_stop_reading)
{
	peer_open_narrow(&peer);
	publish_until_high();
	peer_say(&peer, "read");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=read ");
	/* a reply does, and all of it is over when the peer has read */
	send_text("reply");
	peer_say(&peer, "unread");
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_str_eq(
	    drained(), "binary*16384 binary*16384 binary*16384 text=reply ");
	ck_assert_str_eq(bench_calls(), "writable message=unread ");
}
END_TEST

START_TEST(full_queue_closes_where_that_is_the_policy)
{
	peer_open(&peer);
	bench.endpoint_conf.queue_policy =
	    _i == 0 ? QUEUE_CLOSE : QUEUE_PAUSE_READING;
	framed_send(handle(), FRAMED_BINARY, payload, BENCH_QUEUE_BYTES);
	ck_assert_int_eq(send_text("x"), FRAMED_CLOSED);
	ck_assert_int_eq(peer.session->state, SESSION_CLOSING);
	ck_assert_str_eq(drained(), "binary*65536 close=1013:send queue full ");
}
END_TEST

START_TEST(connection_that_breaks_under_a_send_ends_later)
{
	peer_open(&peer);
	peer_close(&peer);
	output_cork(peer.session);
	ck_assert_int_eq(framed_send(handle(), FRAMED_BINARY, payload, LARGE),
	    FRAMED_CLOSED);
	ck_assert_int_eq(peer.session->state, SESSION_OPEN);
	ck_assert_int_eq(send_text("x"), FRAMED_CLOSED);
	/* nor is there anybody to say goodbye to */
	ck_assert_int_eq(framed_close(handle(), 1000, "bye"), FRAMED_CLOSED);
	output_uncork(peer.session);
	ck_assert_str_eq(bench_calls(), "");
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=1006/transport: ");
	ck_assert_uint_eq(bench_ended(CLOSE_LOST), 1);
}
END_TEST

/* Message number n: its length and its bytes follow from n. */
static size_t
random_payload(struct random *random)
{
	size_t length = random_below(random, 6) == 0
	    ? random_below(random, 30000)
	    : random_below(random, 400);

	random_fill(random, payload, length);
	return length;
}

/* The payload's first bytes, as a publisher sends them. */
static enum framed_result
send_shared(size_t length)
{
	struct frame_share *share =
	    frame_share_new(FRAME_BINARY, 0, span_from(payload, length));
	struct packet *packet = packet_from_share(share);
	enum framed_result result = output_shared(peer.session, packet);

	packet_release_hold(&packet);
	frame_share_release_hold(&share);
	return result;
}

/* Sends some, corked or not, while there is room. Returns how many. */
static unsigned
send_some(struct random *random, struct random *content)
{
	unsigned sent = 0, count = (unsigned)random_below(random, 8);
	bool is_corked = random_below(random, 2);

	if (is_corked)
		output_cork(peer.session);
	while (sent < count &&
	    (peer.session->queue == NULL ||
	        peer.session->queue->bytes < BENCH_QUEUE_BYTES / 2)) {
		size_t length = random_payload(content);

		enum framed_result result = random_below(random, 4) == 0
		    ? send_shared(length)
		    : framed_send(handle(), FRAMED_BINARY, payload, length);

		ck_assert_int_le(result, FRAMED_BACKPRESSURE);
		sent++;
		if (random_below(random, 4) == 0)
			output_control(
			    peer.session, PACKET_PONG, SPAN_LITERAL("pong"));
	}
	if (is_corked)
		output_uncork(peer.session);
	return sent;
}

/* Reads what is there, and compares it. Returns how many. */
static unsigned
read_some(struct random *content)
{
	struct message message;
	unsigned got = 0;

	while (peer_next(&peer, &message)) {
		size_t length;

		if (message.opcode == FRAME_PONG)
			continue;
		length = random_payload(content);
		ck_assert_uint_eq(message.payload.length, length);
		ck_assert_msg(
		    memcmp(message.payload.data, payload, length) == 0,
		    "a message is not what was sent");
		got++;
	}
	return got;
}

START_TEST(nothing_is_lost_or_moved_over_a_narrow_socket)
{
	struct random random = {seed}, out = {seed + 1}, in = {seed + 1};
	unsigned sent = 0, got = 0, blocked = 0;

	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	peer_open_narrow(&peer);
	for (unsigned i = 0; i < ROUNDS; i++) {
		sent += send_some(&random, &out);
		bench_turn(bench.worker);
		blocked += (peer.session->flags & SESSION_BLOCKED) != 0;
		if (random_below(&random, 3) == 0)
			got += read_some(&in);
	}
	while (got < sent) {
		bench_run();
		got += read_some(&in);
	}
	ck_assert_uint_eq(peer.session->messages_out, sent);
	/* or it was no test */
	ck_assert_uint_gt(blocked, ROUNDS / 10);
	ck_assert_uint_gt(sent, ROUNDS / 2);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("output");
	TCase *tcase = tcase_create("order");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, corked_output_leaves_in_one_write_at_the_end);
	tcase_add_test(tcase, large_payload_is_written_at_once_behind_the_cork);
	tcase_add_test(tcase, cork_never_overflows);
	tcase_add_test(
	    tcase, output_outside_a_callback_waits_for_the_end_of_the_turn);
	tcase_add_test(tcase, cork_goes_before_what_was_queued_meanwhile);
	tcase_add_test(tcase, rest_of_the_cork_goes_before_it_too);
	tcase_add_test(
	    tcase, pongs_overtake_queued_data_but_not_a_frame_half_sent);
	tcase_add_test(tcase, pings_to_a_session_with_a_queue_are_all_answered);
	tcase_add_test(tcase, pong_that_cannot_leave_replaces_no_ping);
	tcase_add_test(tcase, nothing_is_lost_or_moved_over_a_narrow_socket);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("bounds");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, ping_flood_costs_bounded_memory);
	tcase_add_loop_test(
	    tcase, tiny_messages_count_for_what_they_cost, 0, 2);
	tcase_add_test(
	    tcase, deliveries_above_the_high_mark_do_not_stop_reading);
	tcase_add_test(
	    tcase, above_the_high_mark_reading_pauses_until_below_the_low);
	tcase_add_test(
	    tcase, last_words_do_not_stop_the_peers_close_from_being_read);
	tcase_add_test(tcase, backpressure_is_told_above_the_high_mark_only);
	tcase_add_test(
	    tcase, a_message_is_taken_while_the_queue_is_below_its_limit);
	tcase_add_loop_test(
	    tcase, full_queue_closes_where_that_is_the_policy, 0, 2);
	tcase_add_test(tcase, connection_that_breaks_under_a_send_ends_later);
	suite_add_tcase(suite, tcase);
	return suite;
}
