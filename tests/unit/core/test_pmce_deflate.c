/* permessage-deflate in sessions: what is agreed, and what messages become. */
#include "core/pmce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/extra.h"
#include "proto/deflate_engine.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/deflate_peer.h"

enum { ROOM = 300000, FEED = 1000 };

static struct peer peer;
static struct deflate_peer codec;
static struct random random_state;
static uint8_t plain[ROOM], wire[ROOM], back[ROOM];

/* How often something was compressed; stands before the engine. */
static unsigned encoded_count;

enum deflate_encoded __real_deflate_encode(struct deflate_encoder *encoder,
    struct deflate_pool *pool, struct span message, struct span *encoded_out);
enum deflate_encoded __wrap_deflate_encode(struct deflate_encoder *encoder,
    struct deflate_pool *pool, struct span message, struct span *encoded_out);

enum deflate_encoded
__wrap_deflate_encode(struct deflate_encoder *encoder,
    struct deflate_pool *pool, struct span message, struct span *encoded_out)
{
	encoded_count++;
	return __real_deflate_encode(encoder, pool, message, encoded_out);
}

static void
setup(void)
{
	bench_setup();
	peer.fd = -1;
	random_state = (struct random){7};
}

static void
teardown(void)
{
	peer_close(&peer);
	bench_teardown();
}

/* Opens a session whose peer speaks as agreed for both sides. */
static void
open_with(const char *offer, bool has_takeover)
{
	const struct deflate_side side = {15, has_takeover};

	peer_open_extended(&peer, offer);
	deflate_peer_init(&codec, side, 6);
}

static void
echo(struct framed_session *session, struct span payload)
{
	framed_send(session, FRAMED_TEXT, payload.data, payload.length);
}

/* Reads the next message, which is encoded, and compares it. */
static size_t
expect_encoded(struct span wanted)
{
	struct message message;
	size_t length;

	ck_assert(peer_next(&peer, &message));
	ck_assert_uint_eq(message.rsv, FRAME_RSV1);
	length = deflate_peer_read(&codec,
	    span_from(message.payload.data, message.payload.length), back,
	    sizeof(back));
	ck_assert_uint_eq(length, wanted.length);
	ck_assert_mem_eq(back, wanted.data, length);
	return message.payload.length;
}

static void
say_encoded(struct span message)
{
	size_t length = deflate_peer_write(&codec, message, wire, sizeof(wire));

	peer_send(&peer, FRAME_FIN | FRAME_RSV1 | FRAME_TEXT,
	    span_from(wire, length));
	bench_run();
}

static struct span
feed(void)
{
	return deflate_make_feed(&random_state, plain, FEED);
}

/* The same with a number in front. */
static struct span
numbered_feed(unsigned number)
{
	struct span message = feed();

	snprintf((char *)plain, 8, "%06u", number);
	plain[6] = ' ';
	return message;
}

/* The next message is that one, whole. */
static void
hear_numbered(unsigned number)
{
	struct message message;
	char wanted[8];
	size_t length;

	ck_assert(peer_next(&peer, &message));
	ck_assert_uint_eq(message.rsv, FRAME_RSV1);
	length = deflate_peer_read(&codec,
	    span_from(message.payload.data, message.payload.length), back,
	    sizeof(back));
	ck_assert_uint_eq(length, FEED);
	snprintf(wanted, sizeof(wanted), "%06u", number);
	ck_assert_mem_eq(back, wanted, 6);
}

START_TEST(agrees_to_an_offer_and_says_so)
{
	peer_open_extended(
	    &peer, "permessage-deflate; server_no_context_takeover");
	ck_assert_ptr_nonnull(strstr(peer.response,
	    "Sec-WebSocket-Extensions: permessage-deflate; "
	    "server_no_context_takeover\r\n"));
	ck_assert_ptr_eq(session_pmce(peer.session), &pmce_deflate);
}
END_TEST

START_TEST(does_without_when_nothing_is_offered_or_wanted)
{
	peer_open_extended(&peer, "x-unknown");
	ck_assert_ptr_null(strstr(peer.response, "Extensions"));
	ck_assert_ptr_null(session_pmce(peer.session));
	peer_close(&peer);
	bench_run();
	bench_calls();
	bench.endpoint_conf.deflate.is_enabled = false;
	peer_open_extended(&peer, "permessage-deflate");
	ck_assert_ptr_null(strstr(peer.response, "Extensions"));
}
END_TEST

static const struct {
	const char *offer;
	bool has_takeover;
} offers[] = {
    {"permessage-deflate", true},
    {"permessage-deflate; server_no_context_takeover; "
     "client_no_context_takeover",
        false},
};

START_TEST(echoes_encoded_messages_encoded)
{
	open_with(offers[_i].offer, offers[_i].has_takeover);
	bench.acts.message = echo;
	for (unsigned i = 0; i < 20; i++) {
		struct span message = feed();
		size_t length;

		say_encoded(message);
		length = expect_encoded(message);
		ck_assert_uint_lt(length, message.length / 2);
	}
	ck_assert_uint_eq(peer.session->bytes_in, 20 * FEED);
	ck_assert_uint_eq(peer.session->bytes_out, 20 * FEED);
	deflate_peer_release(&codec);
}
END_TEST

/* A session that agreed to no takeover costs what any session does; one that
 * did has its streams accounted for, from the first message on. */
START_TEST(costs_nothing_without_takeover_and_what_it_says_with_it)
{
	uint64_t charged;

	open_with(offers[_i].offer, offers[_i].has_takeover);
	bench.acts.message = echo;
	ck_assert_uint_eq(bench.worker->stats.charged_bytes, 0);
	say_encoded(feed());
	charged = bench.worker->stats.charged_bytes;
	if (offers[_i].has_takeover)
		ck_assert_uint_gt(charged, (256 + 8 + 32) << 10);
	else
		ck_assert_uint_eq(charged, 0);
	deflate_peer_release(&codec);
}
END_TEST

START_TEST(sends_short_and_growing_messages_as_they_are)
{
	struct framed_session *handle;
	uint8_t noise[200];

	random_fill(&random_state, noise, sizeof(noise));
	open_with(offers[_i].offer, offers[_i].has_takeover);
	handle = (struct framed_session *)peer.session;
	ck_assert_int_eq(
	    framed_send(handle, FRAMED_TEXT, "short", 5), FRAMED_QUEUED);
	ck_assert_int_eq(
	    framed_send(handle, FRAMED_BINARY, noise, sizeof(noise)),
	    FRAMED_QUEUED);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "text=short binary*200 ");
	/* and the next one is read all the same */
	bench.acts.message = echo;
	say_encoded(feed());
	expect_encoded(span_from(plain, FEED));
	deflate_peer_release(&codec);
}
END_TEST

START_TEST(takes_plain_messages_among_encoded_ones)
{
	open_with(offers[_i].offer, offers[_i].has_takeover);
	say_encoded(feed());
	ck_assert_str_eq(bench_calls(), "message*1000 ");
	peer_say(&peer, "plain");
	say_encoded(feed());
	ck_assert_str_eq(bench_calls(), "message=plain message*1000 ");
	deflate_peer_release(&codec);
}
END_TEST

static const struct {
	const char *name;
	struct span payload;
	const char *close;
} broken[] = {
    {"garbage", SPAN_LITERAL("\xff\xff\xff\xff"),
        "close=1007:message cannot be inflated end "},
    {"an unfinished block", SPAN_LITERAL("\x4a"),
        "close=1007:message cannot be inflated end "},
    {"stored bytes that are no text", SPAN_LITERAL("\0\1\0\xfe\xff\xc0\0"),
        "close=1007:text is not utf-8 end "},
    {"stored bytes that end inside a character",
        SPAN_LITERAL("\0\1\0\xfe\xff\xc3\0"),
        "close=1007:text is not utf-8 end "},
};

START_TEST(fails_what_does_not_inflate_to_text)
{
	open_with(offers[0].offer, true);
	peer_send(
	    &peer, FRAME_FIN | FRAME_RSV1 | FRAME_TEXT, broken[_i].payload);
	bench_run();
	ck_assert_msg(strcmp(peer_heard(&peer), broken[_i].close) == 0,
	    "%s: %s", broken[_i].name, peer.heard.bytes);
	bench_calls();
	deflate_peer_release(&codec);
}
END_TEST

/* 1 MiB may come out; a little over it does. */
START_TEST(fails_a_bomb_with_1009)
{
	uint8_t *zeros = calloc(1, BENCH_MESSAGE_BYTES + 1);

	ck_assert_ptr_nonnull(zeros);
	open_with(offers[_i].offer, offers[_i].has_takeover);
	say_encoded(span_from(zeros, BENCH_MESSAGE_BYTES));
	ck_assert_str_eq(bench_calls(), "message*1048576 ");
	say_encoded(span_from(zeros, BENCH_MESSAGE_BYTES + 1));
	ck_assert_str_eq(
	    peer_heard(&peer), "close=1009:message is too big end ");
	ck_assert_str_eq(bench_calls(), "close=1009/limit:message is too big ");
	free(zeros);
	deflate_peer_release(&codec);
}
END_TEST

START_TEST(refuses_the_bit_where_nothing_was_agreed)
{
	peer_open(&peer);
	peer_send(&peer, FRAME_FIN | FRAME_RSV1 | FRAME_TEXT,
	    SPAN_LITERAL("\0\1\0\xfe\xff-"));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer),
	    "close=1002:reserved bit without its extension end ");
	bench_calls();
}
END_TEST

/* What waits is encoded when it goes out, so that what is dropped before that
 * is nothing the peer would miss. */
START_TEST(stays_in_step_when_messages_that_wait_are_dropped)
{
	const struct deflate_side side = {15, true};
	unsigned taken = 0, heard = 0;

	bench.endpoint_conf.queue_policy = QUEUE_DROP_NEWEST;
	peer_open_extended_narrow(&peer, "permessage-deflate");
	deflate_peer_init(&codec, side, 6);
	for (unsigned i = 0; i < 400; i++) {
		struct span message = numbered_feed(i);

		taken += framed_send((struct framed_session *)peer.session,
		             FRAMED_TEXT, message.data,
		             message.length) <= FRAMED_BACKPRESSURE;
		bench_run();
		bench_calls();
	}
	ck_assert_uint_gt(taken, 50);
	ck_assert_uint_lt(taken, 400);
	while (heard < taken) {
		hear_numbered(heard++);
		bench_run();
	}
	deflate_peer_release(&codec);
}
END_TEST

static struct framed_session *
handle(void)
{
	return (struct framed_session *)peer.session;
}

/* Reads a message, if there is one, and it must inflate. */
static bool
hear_feed(void)
{
	struct message message;

	if (!peer_next(&peer, &message))
		return false;
	ck_assert_uint_eq(message.rsv, FRAME_RSV1);
	ck_assert_uint_eq(
	    deflate_peer_read(&codec,
	        span_from(message.payload.data, message.payload.length), back,
	        sizeof(back)),
	    FEED);
	bench_run();
	return true;
}

static const enum queue_policy dropping[] = {QUEUE_DROP_OLDEST, QUEUE_CONFLATE};

/* Here it is those that wait which are lost, among others that are not. */
START_TEST(stays_in_step_when_older_messages_are_dropped)
{
	const struct deflate_side side = {15, true};
	enum { SENT = 400, KEYS = 8 };
	unsigned heard = 0;

	bench.endpoint_conf.queue_policy = dropping[_i];
	peer_open_extended_narrow(&peer, offers[0].offer);
	deflate_peer_init(&codec, side, 6);
	for (unsigned i = 0; i < SENT; i++) {
		struct span message = feed();

		ck_assert_int_le(framed_send_keyed(handle(), i % KEYS,
		                     FRAMED_TEXT, message.data, message.length),
		    FRAMED_BACKPRESSURE);
		if (i % 16 == 0)
			bench_run();
		bench_calls();
	}
	ck_assert_uint_gt(bench.worker->stats.dropped, 0);
	while (hear_feed())
		heard++;
	ck_assert_uint_gt(heard, 1);
	ck_assert_uint_eq(heard + bench.worker->stats.dropped, SENT);
	bench_calls();
	deflate_peer_release(&codec);
}
END_TEST

START_TEST(losses_count_messages_as_they_were_given)
{
	struct span message = feed();

	bench.endpoint_conf.queue_policy = QUEUE_CONFLATE;
	open_with(offers[_i].offer, offers[_i].has_takeover);
	framed_send_keyed(
	    handle(), 1, FRAMED_TEXT, message.data, message.length);
	framed_send_keyed(
	    handle(), 1, FRAMED_TEXT, message.data, message.length);
	bench_run();
	ck_assert_str_eq(bench_calls(), "dropped=1*1000 ");
	expect_encoded(message);
	deflate_peer_release(&codec);
}
END_TEST

/* What compressed well cannot be replaced, at the same length, by what does
 * not, without end. */
START_TEST(full_queue_grows_by_what_waits_in_it)
{
	enum { LENGTH = 10000 };
	struct framed_publication what = {.size = sizeof(what),
	    .type = FRAMED_BINARY,
	    .data = plain,
	    .length = LENGTH};
	unsigned keys = 0;

	bench.endpoint_conf.queue_policy = QUEUE_CONFLATE;
	peer_open_extended(&peer, offers[1].offer);
	framed_subscribe(handle(), "news");
	memset(plain, 0, LENGTH);
	do
		framed_publish_keyed(handle(), "news", keys++, &what);
	while (queue_cost(peer.session->queue) < BENCH_QUEUE_BYTES);
	random_fill(&random_state, plain, LENGTH);
	for (unsigned i = 0; i < keys && peer.session->state == SESSION_OPEN;
	     i++) {
		framed_publish_keyed(handle(), "news", i, &what);
		ck_assert_uint_le(queue_cost(peer.session->queue),
		    2 * BENCH_QUEUE_BYTES + LENGTH + 100);
	}
	ck_assert_uint_eq(bench_ended(CLOSE_QUEUE_FULL), 1);
}
END_TEST

static struct peer crowd[4];

/* Two share a window; one has a smaller one, one has takeover, and the peer of
 * all tests has no extension. */
static const char *const crowd_offers[] = {
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; server_no_context_takeover; "
    "server_max_window_bits=9",
    "permessage-deflate",
};

static void
open_crowd(void)
{
	peer_open(&peer);
	framed_subscribe((struct framed_session *)peer.session, "news");
	for (size_t i = 0; i < ARRAY_LENGTH(crowd); i++) {
		peer_open_extended(&crowd[i], crowd_offers[i]);
		framed_subscribe(
		    (struct framed_session *)crowd[i].session, "news");
	}
}

static void
close_crowd(void)
{
	for (size_t i = 0; i < ARRAY_LENGTH(crowd); i++)
		peer_close(&crowd[i]);
}

static void
publish(struct span message)
{
	ck_assert_int_eq(
	    framed_publish((struct framed_session *)peer.session, "news",
	        FRAMED_TEXT, message.data, message.length, 0),
	    FRAMED_QUEUED);
	bench_run();
}

/* What each got, encoded or not, is the message. */
static void
expect_in_crowd(struct span message)
{
	for (size_t i = 0; i < ARRAY_LENGTH(crowd); i++) {
		const struct deflate_side side = {i == 2 ? 9 : 15, false};
		struct message got;
		size_t length;

		ck_assert(peer_next(&crowd[i], &got));
		ck_assert_uint_eq(got.rsv, FRAME_RSV1);
		deflate_peer_init(&codec, side, 6);
		length = deflate_peer_read(&codec,
		    span_from(got.payload.data, got.payload.length), back,
		    sizeof(back));
		ck_assert_uint_eq(length, message.length);
		ck_assert_mem_eq(back, message.data, length);
		deflate_peer_release(&codec);
	}
	ck_assert_str_eq(peer_heard(&peer), "text*1000 ");
}

START_TEST(compresses_a_publication_once_for_each_window)
{
	unsigned before;

	open_crowd();
	before = encoded_count;
	publish(feed());
	/* windows of 15 and 9 bits, and the one with takeover */
	ck_assert_uint_eq(encoded_count - before, 3);
	expect_in_crowd(span_from(plain, FEED));
	close_crowd();
}
END_TEST

START_TEST(publishes_short_messages_as_they_are)
{
	open_crowd();
	publish(SPAN_LITERAL("short"));
	for (size_t i = 0; i < ARRAY_LENGTH(crowd); i++)
		ck_assert_str_eq(peer_heard(&crowd[i]), "text=short ");
	close_crowd();
}
END_TEST

/* Nobody is left who would want it. */
START_TEST(compresses_nothing_once_the_last_who_wanted_it_has_left)
{
	unsigned before;

	open_crowd();
	for (size_t i = 0; i < ARRAY_LENGTH(crowd); i++)
		framed_unsubscribe(
		    (struct framed_session *)crowd[i].session, "news");
	before = encoded_count;
	publish(feed());
	ck_assert_uint_eq(encoded_count, before);
	ck_assert_str_eq(peer_heard(&peer), "text*1000 ");
	close_crowd();
}
END_TEST

START_TEST(describes_what_was_agreed)
{
	const struct framed_extension *extension;
	const struct framed_session *handle;

	peer_open_extended(&peer,
	    "permessage-deflate; server_max_window_bits=10; "
	    "client_max_window_bits=12; client_no_context_takeover");
	handle = (struct framed_session *)peer.session;
	extension = framed_extension(handle, "permessage-deflate");
	ck_assert_ptr_nonnull(extension);
	ck_assert_str_eq(extension->name, "permessage-deflate");
	ck_assert_uint_eq(extension->rsv, 4);
	ck_assert_uint_eq(extension->server_window_bits, 10);
	ck_assert_uint_eq(extension->client_window_bits, 12);
	ck_assert_uint_eq(extension->server_takeover, 1);
	ck_assert_uint_eq(extension->client_takeover, 0);
	ck_assert_uint_eq(extension->level, 1);
	ck_assert_ptr_null(framed_extension_at(handle, 1));
	ck_assert_ptr_null(framed_extension(handle, "x"));
}
END_TEST

START_TEST(names_no_extension_where_none_was_agreed_on)
{
	peer_open(&peer);
	ck_assert_ptr_null(
	    framed_extension_at((struct framed_session *)peer.session, 0));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("pmce_deflate");
	TCase *tcase = tcase_create("sessions");
	const int both = (int)ARRAY_LENGTH(offers);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, agrees_to_an_offer_and_says_so);
	tcase_add_test(tcase, does_without_when_nothing_is_offered_or_wanted);
	tcase_add_loop_test(tcase, echoes_encoded_messages_encoded, 0, both);
	tcase_add_loop_test(tcase,
	    costs_nothing_without_takeover_and_what_it_says_with_it, 0, both);
	tcase_add_loop_test(
	    tcase, sends_short_and_growing_messages_as_they_are, 0, both);
	tcase_add_loop_test(
	    tcase, takes_plain_messages_among_encoded_ones, 0, both);
	tcase_add_loop_test(tcase, fails_what_does_not_inflate_to_text, 0,
	    (int)ARRAY_LENGTH(broken));
	tcase_add_loop_test(tcase, fails_a_bomb_with_1009, 0, both);
	tcase_add_test(tcase, refuses_the_bit_where_nothing_was_agreed);
	tcase_add_test(
	    tcase, stays_in_step_when_messages_that_wait_are_dropped);
	tcase_add_loop_test(tcase,
	    stays_in_step_when_older_messages_are_dropped, 0,
	    (int)ARRAY_LENGTH(dropping));
	tcase_add_loop_test(
	    tcase, losses_count_messages_as_they_were_given, 0, both);
	tcase_add_test(tcase, full_queue_grows_by_what_waits_in_it);
	tcase_add_test(tcase, compresses_a_publication_once_for_each_window);
	tcase_add_test(tcase, publishes_short_messages_as_they_are);
	tcase_add_test(
	    tcase, compresses_nothing_once_the_last_who_wanted_it_has_left);
	tcase_add_test(tcase, describes_what_was_agreed);
	tcase_add_test(tcase, names_no_extension_where_none_was_agreed_on);
	suite_add_tcase(suite, tcase);
	return suite;
}
