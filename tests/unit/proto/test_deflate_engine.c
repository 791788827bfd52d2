/*
 * Compressing messages for a peer made of zlib: windows, takeover, what stays
 * plain; and memory, both ways. test_deflate_decode.c has the rest.
 */
#include "proto/deflate_engine.h"

#include <stdlib.h>
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"
#include "tests/unit/proto/deflate_peer.h"
#include "tests/unit/proto/random.h"

enum {
	MESSAGE_MAX = 1 << 20,
	SIDES = 2 * (DEFLATE_WINDOW_MAX - DEFLATE_WINDOW_MIN + 1),
	NO_LIMIT = UINT32_MAX - 1
};

static const struct deflate_side alone = {15, false};
static const struct deflate_side carried = {15, true};

static struct deflate_pool *pool;
static struct deflate_encoder encoder;
static struct deflate_decoder decoder;
static struct deflate_peer peer;
static uint8_t message[MESSAGE_MAX];
static uint8_t wire[MESSAGE_MAX + 1024];
static uint8_t received[MESSAGE_MAX + 1024];

static const struct deflate_config *
config_of(uint8_t level, uint8_t memory_level)
{
	static struct deflate_config config;

	config = (struct deflate_config){
	    .is_enabled = true, .level = level, .memory_level = memory_level};
	return &config;
}

/* The i-th of all sides that we may send for. */
static struct deflate_side
side_of(int i)
{
	return (struct deflate_side){
	    (uint8_t)(DEFLATE_WINDOW_MIN + i / 2), i % 2 == 1};
}

/* All ends of one side, at level and memory level 6. */
static void
begin(struct deflate_side side)
{
	pool = deflate_pool_new();
	ck_assert_ptr_nonnull(pool);
	deflate_encoder_init(&encoder, config_of(6, 6), side);
	deflate_decoder_init(&decoder, side);
	deflate_peer_init(&peer, side, 6);
}

static void
end(void)
{
	deflate_peer_release(&peer);
	deflate_encoder_release(&encoder);
	deflate_decoder_release(&decoder);
	deflate_pool_free(&pool);
	ck_assert_ptr_null(pool);
}

/* Encodes what must shrink, and has the peer read it. Returns the length. */
static size_t
send_to_peer(struct span text)
{
	struct span encoded;

	ck_assert_int_eq(
	    deflate_encode(&encoder, pool, text, &encoded), DEFLATE_DONE);
	ck_assert_uint_lt(encoded.length, text.length);
	ck_assert_uint_eq(
	    deflate_peer_read(&peer, encoded, received, sizeof(received)),
	    text.length);
	ck_assert_mem_eq(received, text.data, text.length);
	return encoded.length;
}

static enum deflate_decoded
decode(struct span encoded, uint32_t limit, struct bytes *out)
{
	return deflate_decode(&decoder, pool, encoded, limit, out);
}

START_TEST(peers_read_what_we_send)
{
	struct random random = {(uint64_t)_i};

	begin(side_of(_i));
	for (size_t i = 0; i < 12; i++)
		send_to_peer(deflate_make_feed(&random, message,
		    200 + random_below(&random, (size_t)1 << (i + 5))));
	send_to_peer(deflate_make_echo(encoder.side.window_bits, message));
	send_to_peer(deflate_make_feed(&random, message, 300));
	/* Some peers hear nothing more after a final block. */
	ck_assert(!peer.has_takeover || !peer.has_seen_final);
	end();
}
END_TEST

START_TEST(what_is_sent_has_always_shrunk)
{
	struct span encoded;
	size_t shrunk = 0;

	begin(side_of(_i));
	memset(message, 'x', 100);
	for (size_t length = 1; length <= 100; length++) {
		if (deflate_encode(&encoder, pool, span_from(message, length),
		        &encoded) == DEFLATE_PLAIN)
			continue;
		ck_assert_uint_lt(encoded.length, length);
		ck_assert_uint_eq(deflate_peer_read(&peer, encoded, received,
		                      sizeof(received)),
		    length);
		shrunk++;
	}
	ck_assert_uint_gt(shrunk, 50);
	end();
}
END_TEST

START_TEST(all_levels_are_read)
{
	struct random random = {9};
	struct deflate_side side = side_of(_i);

	begin(side);
	for (uint8_t level = 1; level <= DEFLATE_LEVEL_MAX; level++) {
		deflate_peer_release(&peer);
		deflate_peer_init(&peer, side, level);
		deflate_encoder_release(&encoder);
		deflate_encoder_init(&encoder, config_of(level, level), side);
		send_to_peer(deflate_make_feed(&random, message, 3000));
		send_to_peer(deflate_make_feed(&random, message, 200));
	}
	end();
}
END_TEST

START_TEST(only_takeover_refers_to_messages_before)
{
	struct random random = {10};
	struct span text = deflate_make_feed(&random, message, 400);
	size_t first;

	begin(carried);
	first = send_to_peer(text);
	ck_assert_uint_lt(send_to_peer(text), first / 4);
	end();
	begin(alone);
	first = send_to_peer(text);
	ck_assert_uint_eq(send_to_peer(text), first);
	end();
}
END_TEST

START_TEST(small_messages_stay_plain_and_are_forgotten)
{
	struct random random = {11};
	struct deflate_config config = *config_of(6, 6);
	struct span text = deflate_make_feed(&random, message, 400), encoded;
	size_t first;

	begin(carried);
	config.min_bytes = 300;
	deflate_encoder_init(&encoder, &config, carried);
	first = send_to_peer(text);
	ck_assert_int_eq(
	    deflate_encode(&encoder, pool, span_from(message, 299), &encoded),
	    DEFLATE_PLAIN);
	ck_assert_uint_lt(send_to_peer(text), first / 4);
	ck_assert_uint_gt(send_to_peer(span_from(message, 300)), 0);
	end();
}
END_TEST

/* The second message of noise refers to the first, were that not forgotten. */
START_TEST(messages_that_grow_stay_plain_and_are_forgotten)
{
	struct random random = {12};
	struct span encoded, noise = span_from(message, 2000);

	begin(side_of(_i));
	send_to_peer(deflate_make_feed(&random, message, 3000));
	random_fill(&random, message, noise.length);
	memset(message + noise.length, 0, noise.length);
	ck_assert_int_eq(
	    deflate_encode(&encoder, pool, noise, &encoded), DEFLATE_PLAIN);
	send_to_peer(span_from(message, 2 * noise.length));
	end();
}
END_TEST

START_TEST(empty_messages_stay_plain)
{
	struct random random = {13};
	struct span encoded, text = deflate_make_feed(&random, message, 400);
	size_t first;

	begin(carried);
	first = send_to_peer(text);
	ck_assert_int_eq(
	    deflate_encode(&encoder, pool, span_from(NULL, 0), &encoded),
	    DEFLATE_PLAIN);
	ck_assert_uint_lt(send_to_peer(text), first / 4);
	end();
}
END_TEST

/* A module sends while it looks at what it received, and the other way. */
START_TEST(results_do_not_disturb_each_other)
{
	struct random random = {16};
	struct span encoded, text = deflate_make_feed(&random, message, 3000);
	size_t length;
	struct bytes out;

	begin(_i == 0 ? alone : carried);
	length = deflate_peer_write(&peer, text, wire, sizeof(wire));
	ck_assert_int_eq(
	    decode(span_from(wire, length), NO_LIMIT, &out), INFLATE_DONE);
	ck_assert_int_eq(
	    deflate_encode(&encoder, pool,
	        span_from(memset(received, 'x', 9000), 9000), &encoded),
	    DEFLATE_DONE);
	ck_assert_mem_eq(out.data, text.data, text.length);
	memcpy(received, encoded.data, encoded.length);
	deflate_decoder_release(&decoder);
	deflate_decoder_init(&decoder, decoder.side);
	ck_assert_int_eq(
	    decode(span_from(wire, length), NO_LIMIT, &out), INFLATE_DONE);
	ck_assert_mem_eq(received, encoded.data, encoded.length);
	end();
}
END_TEST

/* What one session gets is good for all that agreed to the same. */
START_TEST(messages_that_stand_alone_may_be_shared)
{
	struct random random = {17};
	struct deflate_peer late;
	struct span encoded, text;

	begin(side_of(_i));
	ck_assert(!encoder.side.has_takeover);
	send_to_peer(deflate_make_feed(&random, message, 900));
	text = deflate_make_feed(&random, message, 1000);
	ck_assert_int_eq(
	    deflate_encode(&encoder, pool, text, &encoded), DEFLATE_DONE);
	ck_assert_ptr_null(encoder.stream);
	deflate_peer_init(
	    &late, (struct deflate_side){encoder.side.window_bits, true}, 1);
	ck_assert_uint_eq(
	    deflate_peer_read(&late, encoded, received, sizeof(received)),
	    text.length);
	ck_assert_mem_eq(received, text.data, text.length);
	deflate_peer_release(&late);
	end();
}
END_TEST

/* Twice each way, the n-th allocation of all failing. Returns how many. */
static size_t
run_short_of_memory(struct deflate_side side, size_t n)
{
	struct span text = span_from(message, 5000), coded;
	enum deflate_encoded encoded[2] = {DEFLATE_DONE, DEFLATE_DONE};
	enum deflate_decoded decoded = INFLATE_DONE;
	struct bytes out;
	size_t count;

	deflate_encoder_init(&encoder, config_of(6, 6), side);
	deflate_decoder_init(&decoder, side);
	alloc_fail_start(n);
	pool = deflate_pool_new();
	for (int i = 0; i < 2 && pool != NULL; i++) {
		encoded[i] = deflate_encode(&encoder, pool, text, &coded);
		if (encoded[i] == DEFLATE_DONE && decoded == INFLATE_DONE)
			decoded = decode(coded, NO_LIMIT, &out);
	}
	count = alloc_fail_stop();

	if (n == 0 || n > count || pool == NULL) {
		ck_assert(encoded[0] == DEFLATE_DONE &&
		    encoded[1] == DEFLATE_DONE && decoded == INFLATE_DONE);
	} else {
		ck_assert(encoded[0] == DEFLATE_NO_MEMORY ||
		    encoded[1] == DEFLATE_NO_MEMORY ||
		    decoded == INFLATE_NO_MEMORY);
		/* What is short now may be there later. */
		ck_assert_int_eq(
		    deflate_encode(&encoder, pool, text, &coded), DEFLATE_DONE);
	}
	deflate_encoder_release(&encoder);
	deflate_decoder_release(&decoder);
	deflate_pool_free(&pool);
	return count;
}

START_TEST(lack_of_memory_is_told)
{
	struct random random = {18};
	struct deflate_side side = {_i < 2 ? 15 : 9, _i % 2 == 1};
	size_t count;

#ifdef HAVE_LIBDEFLATE
	libdeflate_set_memory_allocator(malloc, free);
#endif
	deflate_make_feed(&random, message, 5000);
	count = run_short_of_memory(side, 0);
	ck_assert_uint_gt(count, 4);
	for (size_t n = 1; n <= count; n++)
		run_short_of_memory(side, n);
}
END_TEST

/* What zlib has taken from the allocator below. */
static size_t taken;

static voidpf
count_alloc(voidpf opaque, uInt count, uInt size)
{
	(void)opaque;
	taken += (size_t)count * size;
	return calloc(count, size);
}

static void
count_free(voidpf opaque, voidpf address)
{
	(void)opaque;
	free(address);
}

static void
assert_cost(size_t stated, size_t real)
{
	ck_assert_uint_ge(stated, real);
	ck_assert_uint_le(stated, real + real / 8);
}

START_TEST(costs_are_as_stated)
{
	z_stream stream;
	uInt length;
	struct deflate_side side = {(uint8_t)_i, true};
	uint8_t memory_level = (uint8_t)(_i - DEFLATE_WINDOW_MIN + 1);

	stream = (z_stream){.zalloc = count_alloc, .zfree = count_free};
	taken = sizeof(stream);
	ck_assert_int_eq(deflateInit2(&stream, 1, Z_DEFLATED, -_i, memory_level,
	                     Z_DEFAULT_STRATEGY),
	    Z_OK);
	assert_cost(deflate_encoder_cost(side, memory_level), taken);
	stream.next_in = message;
	stream.avail_in = 1000;
	stream.next_out = wire;
	stream.avail_out = sizeof(wire);
	deflate(&stream, Z_SYNC_FLUSH);
	length = sizeof(wire) - stream.avail_out;
	deflateEnd(&stream);

	stream = (z_stream){.zalloc = count_alloc, .zfree = count_free};
	taken = sizeof(stream);
	ck_assert_int_eq(inflateInit2(&stream, -_i), Z_OK);
	stream.next_in = wire;
	stream.avail_in = length;
	stream.next_out = received;
	stream.avail_out = sizeof(received);
	inflate(&stream, Z_SYNC_FLUSH);
	assert_cost(deflate_decoder_cost(side), taken);
	inflateEnd(&stream);

	side.has_takeover = false;
	ck_assert_uint_eq(deflate_encoder_cost(side, memory_level), 0);
	ck_assert_uint_eq(deflate_decoder_cost(side), 0);
}
END_TEST

static void
add_tests_of_encoding(TCase *tcase)
{
	tcase_add_loop_test(tcase, peers_read_what_we_send, 0, SIDES);
	tcase_add_loop_test(tcase, all_levels_are_read, 0, SIDES);
	tcase_add_test(tcase, only_takeover_refers_to_messages_before);
	tcase_add_test(tcase, small_messages_stay_plain_and_are_forgotten);
	tcase_add_loop_test(
	    tcase, messages_that_grow_stay_plain_and_are_forgotten, 0, SIDES);
	tcase_add_test(tcase, empty_messages_stay_plain);
	tcase_add_loop_test(tcase, what_is_sent_has_always_shrunk, 0, SIDES);
	for (int i = 0; i < SIDES; i += 2)
		tcase_add_loop_test(
		    tcase, messages_that_stand_alone_may_be_shared, i, i + 1);
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("deflate_engine");
	TCase *tcase = tcase_create("deflate_engine");

	add_tests_of_encoding(tcase);
	tcase_add_loop_test(tcase, results_do_not_disturb_each_other, 0, 2);
	tcase_add_loop_test(tcase, lack_of_memory_is_told, 0, 4);
	tcase_add_loop_test(tcase, costs_are_as_stated, DEFLATE_WINDOW_MIN,
	    DEFLATE_WINDOW_MAX + 1);
	suite_add_tcase(suite, tcase);
	return suite;
}
