/*
 * Inflating messages that a peer made of zlib compressed, or that nobody
 * should have made: windows, takeover, broken streams, and limits.
 */
#include "proto/deflate_engine.h"

#include <stdio.h>
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

#include "tests/unit/harness.h"
#include "tests/unit/proto/deflate_peer.h"

enum {
	MESSAGE_MAX = 1 << 20,
	SIDES = 2 * (DEFLATE_WINDOW_MAX - DEFLATE_WINDOW_MIN + 1),
	NO_LIMIT = UINT32_MAX - 1
};

static const struct deflate_side alone = {15, false};
static const struct deflate_side carried = {15, true};

static struct deflate_pool *pool;
static struct deflate_decoder decoder;
static struct deflate_peer peer;
static uint8_t message[MESSAGE_MAX];
static uint8_t wire[MESSAGE_MAX + 1024];

/* The i-th of all sides that any end may send for. */
static struct deflate_side
side_of(int i)
{
	return (struct deflate_side){
	    (uint8_t)(DEFLATE_WINDOW_MIN + i / 2), i % 2 == 1};
}

/* All ends of one side. */
static void
begin(struct deflate_side side)
{
	pool = deflate_pool_new();
	ck_assert_ptr_nonnull(pool);
	deflate_decoder_init(&decoder, side);
	deflate_peer_init(&peer, side, 6);
}

static void
end(void)
{
	deflate_peer_release(&peer);
	deflate_decoder_release(&decoder);
	deflate_pool_free(&pool);
	ck_assert_ptr_null(pool);
}

static enum deflate_decoded
decode(struct span encoded, uint32_t limit, struct bytes *out)
{
	return deflate_decode(&decoder, pool, encoded, limit, out);
}

/* Has the peer encode it, and reads that. */
static void
receive_from_peer(struct span text)
{
	size_t length = deflate_peer_write(&peer, text, wire, sizeof(wire));
	struct bytes out;

	ck_assert_int_eq(
	    decode(span_from(wire, length), NO_LIMIT, &out), INFLATE_DONE);
	ck_assert_uint_eq(out.length, text.length);
	ck_assert_mem_eq(out.data, text.data, text.length);
}

START_TEST(we_read_what_peers_send)
{
	struct random random = {(uint64_t)_i};

	begin(side_of(_i));
	for (size_t i = 0; i < 12; i++)
		receive_from_peer(deflate_make_feed(&random, message,
		    random_below(&random, (size_t)1 << (i + 5))));
	receive_from_peer(deflate_make_echo(decoder.side.window_bits, message));
	receive_from_peer(SPAN_LITERAL(""));
	receive_from_peer(deflate_make_feed(&random, message, 300));
	end();
}
END_TEST

/* RFC 7692 §7.1.2.2 lets a client have a window that zlib cannot make. */
START_TEST(we_read_the_smallest_window)
{
	struct random random = {8};

	for (int i = 0; i < 2; i++) {
		begin((struct deflate_side){8, i == 1});
		receive_from_peer(deflate_make_feed(&random, message, 2000));
		receive_from_peer(deflate_make_feed(&random, message, 2000));
		end();
	}
}
END_TEST

/* Bytes of a message, whole hex digits, and what must come of it. */
static const struct {
	const char *hex;
	struct span text; /* no data: bad */
} samples[] = {
    /* RFC 7692 section 7.2.3 */
    {"f248cdc9c90700", SPAN_LITERAL("Hello")},
    {"000500faff48656c6c6f00", SPAN_LITERAL("Hello")},
    {"f348cdc9c9070000", SPAN_LITERAL("Hello")},
    {"f248050000 00ffff cac9c90700", SPAN_LITERAL("Hello")},
    /* more final blocks, and one that the tail completes */
    {"f348cdc9c90700 f348cdc9c90700 00", SPAN_LITERAL("HelloHello")},
    {"f348cdc9c90700 f248cdc9c90700", SPAN_LITERAL("HelloHello")},
    {"f348cdc9c90700 01", SPAN_LITERAL("Hello")},
    /* a stored block may end with the tail: nobody can tell */
    {"000900f6ff48656c6c6f", SPAN_LITERAL("Hello\0\0\xff\xff")},
    {"010400fbff", SPAN_LITERAL("\0\0\xff\xff")},
    {"000900f6ff48656c6c6f00", {NULL, 0}},
    {"000a00f5ff48656c6c6f", {NULL, 0}},
    /* a block of codes that ends in it, two bits before the end */
    {"04c0019224499224492416358fac9ebdff7ff700", {NULL, 0}},
    {"010400fbff78787878 00", SPAN_LITERAL("xxxx")},
    /* empty */
    {"00", SPAN_LITERAL("")},
    {"0200", SPAN_LITERAL("")},
    {"030000", SPAN_LITERAL("")},
    {"010000ffff00", SPAN_LITERAL("")},
    {"01", SPAN_LITERAL("")},
    {"", {NULL, 0}},
    /* a final block, and nothing behind it */
    {"010000ffff", {NULL, 0}},
    {"0300", {NULL, 0}},
    {"f348cdc9c90700", {NULL, 0}},
    /* with the tail, or a part of it, still there */
    {"f248cdc9c90700 0000ffff", {NULL, 0}},
    {"f248cdc9c90700 0000ff", {NULL, 0}},
    {"f248cdc9c90700 00", {NULL, 0}},
    {"000000ffff", {NULL, 0}},
    {"f348cdc9c90700 0000", {NULL, 0}},
    /* cut */
    {"f248cdc9c907", {NULL, 0}},
    {"f248cdc9c9", {NULL, 0}},
    {"f2", {NULL, 0}},
    {"000500faff48656c6c6f", {NULL, 0}},
    {"000500faff4865", {NULL, 0}},
    {"000500fa", {NULL, 0}},
    /* garbage: a block of no kind, lengths that differ, no such distance */
    {"07", {NULL, 0}},
    {"ffffffff", {NULL, 0}},
    {"000500faf048656c6c6f00", {NULL, 0}},
    {"f248cdc9c90700 06", {NULL, 0}},
    {"4b040100", {NULL, 0}},
};

static struct span
sample_read(const char *hex, uint8_t *out)
{
	size_t length = 0;
	unsigned byte;

	for (; *hex != '\0'; hex += 2) {
		if (*hex == ' ')
			hex++;
		ck_assert_int_eq(sscanf(hex, "%2x", &byte), 1);
		out[length++] = (uint8_t)byte;
	}
	return span_from(out, length);
}

static void
assert_sample(struct deflate_side side, int i)
{
	uint8_t bytes[64];
	struct span encoded = sample_read(samples[i].hex, bytes);
	struct span text = samples[i].text;
	enum deflate_decoded answer;
	struct bytes out;

	deflate_decoder_init(&decoder, side);
	answer = decode(encoded, NO_LIMIT, &out);
	ck_assert_msg(
	    answer == (text.data != NULL ? INFLATE_DONE : INFLATE_BAD),
	    "%s: %d", samples[i].hex, (int)answer);
	if (answer == INFLATE_DONE) {
		ck_assert_uint_eq(out.length, text.length);
		ck_assert_mem_eq(out.data, text.data, out.length);
	}
}

START_TEST(streams_end_at_a_border)
{
	begin(carried);
	assert_sample(carried, _i);
	deflate_decoder_release(&decoder);
	assert_sample(alone, _i);
	end();
}
END_TEST

/* RFC 7692 §7.2.3.2: what the second message refers to. */
START_TEST(messages_go_on_after_each_other)
{
	static const uint8_t first[] = {
	    0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00};
	static const uint8_t second[] = {0xf2, 0x00, 0x11, 0x00, 0x00};
	static const uint8_t final[] = {
	    0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00};
	const struct span spans[] = {
	    span_from(first, sizeof(first)),
	    span_from(second, sizeof(second)),
	    span_from(final, sizeof(final)),
	    span_from(first, sizeof(first)),
	    span_from(second, sizeof(second)),
	};
	struct bytes out;

	begin(carried);
	for (size_t i = 0; i < ARRAY_LENGTH(spans); i++) {
		ck_assert_int_eq(
		    decode(spans[i], NO_LIMIT, &out), INFLATE_DONE);
		ck_assert_uint_eq(out.length, 5);
		ck_assert_mem_eq(out.data, "Hello", 5);
	}
	deflate_decoder_release(&decoder);
	deflate_decoder_init(&decoder, alone);
	ck_assert_int_eq(decode(spans[0], NO_LIMIT, &out), INFLATE_DONE);
	ck_assert_int_eq(decode(spans[1], NO_LIMIT, &out), INFLATE_BAD);
	end();
}
END_TEST

/* Dynamic blocks this time, cut anywhere. */
START_TEST(cut_streams_are_bad)
{
	struct random random = {14};
	struct span text = deflate_make_feed(&random, message, 600);
	size_t length;
	struct bytes out;

	begin(_i == 0 ? alone : carried);
	length = deflate_peer_write(&peer, text, wire, sizeof(wire));
	for (size_t cut = 0; cut < length; cut++) {
		ck_assert_int_eq(
		    decode(span_from(wire, cut), NO_LIMIT, &out), INFLATE_BAD);
		deflate_decoder_release(&decoder);
		deflate_decoder_init(&decoder, decoder.side);
	}
	ck_assert_int_eq(
	    decode(span_from(wire, length), NO_LIMIT, &out), INFLATE_DONE);
	end();
}
END_TEST

START_TEST(stored_blocks_are_read)
{
	struct random random = {15};

	begin(_i == 0 ? alone : carried);
	deflate_peer_release(&peer);
	deflate_peer_init(&peer, decoder.side, Z_NO_COMPRESSION);
	random_fill(&random, message, 200000);
	receive_from_peer(span_from(message, 200000));
	receive_from_peer(span_from(message, 1));
	end();
}
END_TEST

/* The most room that a codec was given to inflate into. */
static size_t most_room;

int __real_inflate(z_stream *stream, int flush);
int __wrap_inflate(z_stream *stream, int flush);

/* Those of the peer are no larger, and so may be counted as well. */
int
__wrap_inflate(z_stream *stream, int flush)
{
	if (stream->avail_out > most_room)
		most_room = stream->avail_out;
	return __real_inflate(stream, flush);
}

#ifdef HAVE_LIBDEFLATE
enum libdeflate_result __real_libdeflate_deflate_decompress_ex(
    struct libdeflate_decompressor *decompressor, const void *in,
    size_t in_length, void *out, size_t out_length, size_t *in_out,
    size_t *out_out);
enum libdeflate_result __wrap_libdeflate_deflate_decompress_ex(
    struct libdeflate_decompressor *decompressor, const void *in,
    size_t in_length, void *out, size_t out_length, size_t *in_out,
    size_t *out_out);

enum libdeflate_result
__wrap_libdeflate_deflate_decompress_ex(
    struct libdeflate_decompressor *decompressor, const void *in,
    size_t in_length, void *out, size_t out_length, size_t *in_out,
    size_t *out_out)
{
	if (out_length > most_room)
		most_room = out_length;
	return __real_libdeflate_deflate_decompress_ex(
	    decompressor, in, in_length, out, out_length, in_out, out_out);
}
#endif

/* A megabyte of nothing in a kilobyte, against limits around its size. */
START_TEST(bombs_are_too_big)
{
	static const struct {
		uint32_t limit;
		enum deflate_decoded answer;
	} limits[] = {
	    {1, INFLATE_TOO_BIG}, {1000, INFLATE_TOO_BIG},
	    {MESSAGE_MAX / 2, INFLATE_TOO_BIG},
	    {MESSAGE_MAX - 1, INFLATE_TOO_BIG}, {MESSAGE_MAX, INFLATE_DONE},
	    {MESSAGE_MAX + 1, INFLATE_DONE},
	    {1000, INFLATE_TOO_BIG}, /* with much room in the pool */
	};
	struct deflate_side side = _i == 0 ? alone : carried;
	struct bytes out = {NULL, 0};
	size_t length;

	begin(side);
	memset(message, 0, MESSAGE_MAX);
	length = deflate_peer_write(
	    &peer, span_from(message, MESSAGE_MAX), wire, sizeof(wire));
	ck_assert_uint_lt(length, 1100);
	for (size_t i = 0; i < ARRAY_LENGTH(limits); i++) {
		most_room = 0;
		ck_assert_int_eq(
		    decode(span_from(wire, length), limits[i].limit, &out),
		    limits[i].answer);
		ck_assert_uint_le(most_room, (size_t)limits[i].limit + 1);
		deflate_decoder_release(&decoder);
		deflate_decoder_init(&decoder, side);
	}
	ck_assert_uint_eq(out.length, MESSAGE_MAX);
	ck_assert_mem_eq(out.data, message, MESSAGE_MAX);
	end();
}
END_TEST

START_TEST(the_limit_is_exact)
{
	static const uint8_t hello[] = {
	    0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00};
	static const uint8_t nothing[] = {0x00};
	struct span text = span_from(hello, sizeof(hello));
	struct bytes out;

	begin(_i == 0 ? alone : carried);
	ck_assert_int_eq(decode(span_from(nothing, 1), 0, &out), INFLATE_DONE);
	ck_assert_ptr_nonnull(out.data);
	ck_assert_int_eq(decode(text, 5, &out), INFLATE_DONE);
	ck_assert_int_eq(decode(text, 4, &out), INFLATE_TOO_BIG);
	end();
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("deflate_decode");
	TCase *tcase = tcase_create("deflate_decode");

	tcase_add_loop_test(tcase, we_read_what_peers_send, 0, SIDES);
	tcase_add_test(tcase, we_read_the_smallest_window);
	tcase_add_loop_test(
	    tcase, streams_end_at_a_border, 0, ARRAY_LENGTH(samples));
	tcase_add_test(tcase, messages_go_on_after_each_other);
	tcase_add_loop_test(tcase, cut_streams_are_bad, 0, 2);
	tcase_add_loop_test(tcase, stored_blocks_are_read, 0, 2);
	tcase_add_loop_test(tcase, bombs_are_too_big, 0, 2);
	tcase_add_loop_test(tcase, the_limit_is_exact, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
