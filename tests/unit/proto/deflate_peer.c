/* A peer of zlib, and messages to exchange with it. */
#include "tests/unit/proto/deflate_peer.h"

#include <check.h>
#include <stdio.h>

enum { STEP = 16 };

static uint8_t tail[] = {0, 0, 0xff, 0xff};

void
deflate_peer_init(
    struct deflate_peer *peer, struct deflate_side side, int level)
{
	int bits = side.window_bits;

	*peer = (struct deflate_peer){.has_takeover = side.has_takeover};
	ck_assert_int_eq(inflateInit2(&peer->inflater, -bits), Z_OK);
	/* zlib cannot do 8 bits; it goes less far than 9 allow. */
	ck_assert_int_eq(deflateInit2(&peer->deflater, level, Z_DEFLATED,
	                     bits == 8 ? -9 : -bits, 8, Z_DEFAULT_STRATEGY),
	    Z_OK);
}

void
deflate_peer_release(struct deflate_peer *peer)
{
	inflateEnd(&peer->inflater);
	deflateEnd(&peer->deflater);
}

/* Returns how many bytes came out, or SIZE_MAX. */
static size_t
read_piece(
    struct deflate_peer *peer, struct span piece, uint8_t *out, size_t size)
{
	z_stream *z = &peer->inflater;
	uint8_t *at = out;
	int answer;

	z->next_in = (uint8_t *)piece.data;
	z->avail_in = (uInt)piece.length;
	do {
		size_t room = size - (size_t)(at - out);

		z->next_out = at;
		z->avail_out = (uInt)(room < STEP ? room : STEP);
		answer = inflate(z, Z_SYNC_FLUSH);
		at = z->next_out;
		if (answer == Z_OK)
			peer->is_at_border = (z->data_type & 0xff) == 128;
		if (answer == Z_STREAM_END) {
			peer->has_seen_final = true;
			answer = inflateReset(z);
		}
	} while (answer == Z_OK);
	return answer == Z_BUF_ERROR && z->avail_in == 0 ? (size_t)(at - out)
	                                                 : SIZE_MAX;
}

size_t
deflate_peer_read(
    struct deflate_peer *peer, struct span encoded, uint8_t *out, size_t size)
{
	size_t length = read_piece(peer, encoded, out, size), rest;

	if (length == SIZE_MAX)
		return SIZE_MAX;
	rest = read_piece(
	    peer, span_from(tail, sizeof(tail)), out + length, size - length);
	if (!peer->has_takeover)
		inflateReset(&peer->inflater);
	return rest == SIZE_MAX || !peer->is_at_border ? SIZE_MAX
	                                               : length + rest;
}

size_t
deflate_peer_write(
    struct deflate_peer *peer, struct span message, uint8_t *out, size_t size)
{
	z_stream *z = &peer->deflater;
	size_t length;

	/* Two flushes with nothing in between are one; §7.2.3.6 has this. */
	if (message.length == 0) {
		out[0] = 0;
		return 1;
	}
	z->next_in = (uint8_t *)message.data;
	z->avail_in = (uInt)message.length;
	z->next_out = out;
	z->avail_out = (uInt)size;
	ck_assert_int_eq(deflate(z, Z_SYNC_FLUSH), Z_OK);
	ck_assert_uint_gt(z->avail_out, 0);
	length = size - z->avail_out - sizeof(tail);
	ck_assert_mem_eq(out + length, tail, sizeof(tail));
	if (!peer->has_takeover)
		deflateReset(z);
	return length;
}

struct span
deflate_make_feed(struct random *random, uint8_t *out, size_t length)
{
	size_t at = 0;

	while (at < length) {
		at += (size_t)snprintf((char *)out + at, length + 80 - at,
		    "{\"id\":%u,\"name\":\"sensor-%u\",\"value\":%u},",
		    (unsigned)random_below(random, 100000),
		    (unsigned)random_below(random, 50),
		    (unsigned)random_below(random, 1000));
	}
	return span_from(out, length);
}

struct span
deflate_make_echo(uint8_t window_bits, uint8_t *out)
{
	struct random random = {1};
	size_t part = (size_t)1 << window_bits;

	random_fill(&random, out, part);
	memset(out + part, 0, part);
	memcpy(out + 2 * part, out, part);
	return span_from(out, 3 * part);
}
