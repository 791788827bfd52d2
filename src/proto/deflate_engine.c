/*
 * Two codecs: zlib streams, which can carry on from message to message and in
 * any window, and a faster one for whole messages (deflate_whole.h) wherever
 * it can do the same.
 */
#include "proto/deflate_engine.h"

#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "proto/deflate_whole.h"

enum {
	MEMORY_LEVEL = 8, /* of the pool's own streams: zlib's default */
	ROOM_MIN = 1024,  /* bytes; the least that is tried for output */
	RATIO_GUESS = 4,  /* of what is inflated, before anything is known */
	ROOM_KEPT =
	    2 << 20, /* bytes; more goes with the next that needs less */
	TAIL_LENGTH = 4
};

/*
 * A sync flush ends with an empty stored block, whose last four bytes do not
 * travel (§7.2.1). The second half ends the stream for a reader of whole ones.
 */
static const uint8_t tail[] = {0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff};

struct scratch {
	uint8_t *data;
	size_t room;
};

struct deflate_pool {
	struct deflate_whole whole;
	/* by window and level; levels are few, as configurations are */
	z_stream *deflaters[DEFLATE_WINDOW_MAX + 1][DEFLATE_LEVEL_MAX + 1];
	z_stream *inflater; /* of the largest window, which reads all others */
	struct scratch input, encoded, decoded;
};

/* Has at least this room afterwards. Returns 0, or -1 without memory; then
 * what it held stays. */
static int
scratch_reserve(struct scratch *scratch, size_t room)
{
	uint8_t *data;

	if (room <= scratch->room &&
	    (scratch->room <= ROOM_KEPT || room > ROOM_KEPT))
		return 0;
	data = realloc(scratch->data, room);
	if (data == NULL)
		return -1;
	scratch->data = data;
	scratch->room = room;
	return 0;
}

/* zlib's allocations go where all others go. */
static voidpf
stream_alloc(voidpf opaque, uInt count, uInt size)
{
	(void)opaque;
	return size > 0 && count > SIZE_MAX / size
	    ? NULL
	    : malloc((size_t)count * size);
}

static void
stream_dealloc(voidpf opaque, voidpf address)
{
	(void)opaque;
	free(address);
}

static z_stream *
stream_new(void)
{
	z_stream *stream = calloc(1, sizeof(*stream));

	if (stream != NULL) {
		stream->zalloc = stream_alloc;
		stream->zfree = stream_dealloc;
	}
	return stream;
}

static void
deflater_free(z_stream **stream)
{
	if (*stream != NULL)
		deflateEnd(*stream);
	free(*stream);
	*stream = NULL;
}

static void
inflater_free(z_stream **stream)
{
	if (*stream != NULL)
		inflateEnd(*stream);
	free(*stream);
	*stream = NULL;
}

/* Makes *slot unless it is there. Returns it, NULL without memory. */
static z_stream *
deflater_get(z_stream **slot, int window_bits, int level, int memory_level)
{
	if (*slot != NULL)
		return *slot;
	*slot = stream_new();
	if (*slot != NULL &&
	    deflateInit2(*slot, level, Z_DEFLATED, -window_bits, memory_level,
	        Z_DEFAULT_STRATEGY) != Z_OK) {
		free(*slot);
		*slot = NULL;
	}
	return *slot;
}

static z_stream *
inflater_get(z_stream **slot, int window_bits)
{
	if (*slot != NULL)
		return *slot;
	*slot = stream_new();
	if (*slot != NULL && inflateInit2(*slot, -window_bits) != Z_OK) {
		free(*slot);
		*slot = NULL;
	}
	return *slot;
}

struct deflate_pool *
deflate_pool_new(void)
{
	return calloc(1, sizeof(struct deflate_pool));
}

void
deflate_pool_free(struct deflate_pool **pool)
{
	struct deflate_pool *p = *pool;

	if (p == NULL)
		return;
	deflate_whole_release(&p->whole);
	for (size_t i = 0; i < ARRAY_LENGTH(p->deflaters); i++)
		for (size_t j = 0; j < ARRAY_LENGTH(p->deflaters[i]); j++)
			deflater_free(&p->deflaters[i][j]);
	inflater_free(&p->inflater);
	free(p->input.data);
	free(p->encoded.data);
	free(p->decoded.data);
	free(p);
	*pool = NULL;
}

void
deflate_encoder_init(struct deflate_encoder *encoder,
    const struct deflate_config *config, struct deflate_side side)
{
	*encoder = (struct deflate_encoder){
	    .side = side,
	    .level = config->level,
	    .memory_level = config->memory_level,
	    .min_bytes = config->min_bytes,
	};
}

void
deflate_encoder_release(struct deflate_encoder *encoder)
{
	deflater_free(&encoder->stream);
}

/*
 * A session's own stream. With fifty of them in turn, what level 1 waits for is
 * memory, and each candidate for a match is a place far back. With the newest
 * one only, small messages are a quarter cheaper than by zlib's own choice of
 * four, and a tenth to a fifth larger: level 2 is for those who mind.
 */
static z_stream *
own_stream(struct deflate_encoder *encoder)
{
	bool is_new = encoder->stream == NULL;
	z_stream *stream = deflater_get(&encoder->stream,
	    encoder->side.window_bits, encoder->level, encoder->memory_level);

	if (is_new && stream != NULL && encoder->level == 1)
		deflateTune(stream, 4, 16, 16, 1);
	return stream;
}

static z_stream *
encoder_stream(struct deflate_encoder *encoder, struct deflate_pool *pool)
{
	int bits = encoder->side.window_bits, level = encoder->level;

	if (encoder->side.has_takeover)
		return own_stream(encoder);
	return deflater_get(
	    &pool->deflaters[bits][level], bits, level, MEMORY_LEVEL);
}

/*
 * With an own stream. Where the message grew, the peer will not see what came
 * out: the stream forgets it, and may then refer to nothing older either.
 */
static enum deflate_encoded
encode_in_stream(struct deflate_encoder *encoder, struct deflate_pool *pool,
    struct span message, size_t *length_out)
{
	z_stream *stream = encoder_stream(encoder, pool);
	size_t room = message.length + TAIL_LENGTH;
	bool has_shrunk;

	if (stream == NULL)
		return DEFLATE_NO_MEMORY;
	stream->next_in = message.data;
	stream->avail_in = (uInt)message.length;
	stream->next_out = pool->encoded.data;
	stream->avail_out = (uInt)room;
	/* Room that is left says that the flush is complete. */
	has_shrunk =
	    deflate(stream, Z_SYNC_FLUSH) == Z_OK && stream->avail_out > 0;
	if (!encoder->side.has_takeover || !has_shrunk)
		deflateReset(stream);
	if (!has_shrunk)
		return DEFLATE_PLAIN;
	*length_out = room - stream->avail_out - TAIL_LENGTH;
	return DEFLATE_DONE;
}

/*
 * With the other codec, which knows no window but the largest: it suits what
 * is no longer than the window. Its final block is followed by the header of
 * an empty one (§7.2.3.4). Peers that keep their context stumble over such
 * streams, hence never with takeover.
 */
static enum whole
encode_whole(const struct deflate_encoder *encoder, struct deflate_pool *pool,
    struct span message, size_t *length_out)
{
	struct bytes out = {pool->encoded.data, message.length};
	uint8_t bits = encoder->side.window_bits;
	enum whole answer;

	if (encoder->side.has_takeover ||
	    (bits < DEFLATE_WINDOW_MAX && message.length > (size_t)1 << bits))
		return WHOLE_ABSENT;
	answer =
	    deflate_whole_encode(&pool->whole, encoder->level, message, &out);
	if (answer != WHOLE_DONE)
		return answer;
	out.data[out.length] = 0;
	*length_out = out.length + 1;
	return *length_out < message.length ? WHOLE_DONE : WHOLE_FULL;
}

enum deflate_encoded
deflate_encode(struct deflate_encoder *encoder, struct deflate_pool *pool,
    struct span message, struct span *encoded_out)
{
	enum deflate_encoded result = DEFLATE_PLAIN;
	size_t length = 0;

	if (message.length == 0 || message.length < encoder->min_bytes)
		return DEFLATE_PLAIN;
	if (scratch_reserve(&pool->encoded, message.length + TAIL_LENGTH) == -1)
		return DEFLATE_NO_MEMORY;
	switch (encode_whole(encoder, pool, message, &length)) {
	case WHOLE_DONE:
		result = DEFLATE_DONE;
		break;
	case WHOLE_FULL:
	case WHOLE_BAD:
		return DEFLATE_PLAIN;
	case WHOLE_NO_MEMORY:
		return DEFLATE_NO_MEMORY;
	case WHOLE_ABSENT:
		result = encode_in_stream(encoder, pool, message, &length);
		break;
	}
	if (result == DEFLATE_DONE)
		*encoded_out = span_from(pool->encoded.data, length);
	return result;
}

void
deflate_decoder_init(struct deflate_decoder *decoder, struct deflate_side side)
{
	*decoder = (struct deflate_decoder){.side = side};
}

void
deflate_decoder_release(struct deflate_decoder *decoder)
{
	inflater_free(&decoder->stream);
}

/* A message on its way out of a decoder, in pool->decoded. */
struct inflation {
	struct scratch *out;
	size_t room; /* of out; what more it has is not used */
	size_t length;
	size_t max;        /* one more than what is allowed */
	bool is_at_border; /* of two blocks, and on a whole byte */
};

/* Begins with room that is a guess, or what there is anyway. */
static int
inflation_init(struct inflation *inflation, struct scratch *out,
    size_t input_length, uint32_t limit)
{
	size_t max = (size_t)limit + 1, room = ROOM_MIN;

	if (room < out->room)
		room = out->room < ROOM_KEPT ? out->room : ROOM_KEPT;
	if (room < max && input_length > room / RATIO_GUESS)
		room = input_length < max / RATIO_GUESS
		    ? input_length * RATIO_GUESS
		    : max;
	*inflation = (struct inflation){
	    .out = out,
	    .room = room < max ? room : max,
	    .max = max,
	};
	return scratch_reserve(out, inflation->room);
}

static int
inflation_grow(struct inflation *inflation)
{
	inflation->room = inflation->room < inflation->max / 2
	    ? inflation->room * 2
	    : inflation->max;
	return scratch_reserve(inflation->out, inflation->room);
}

/* As much as room and input allow. Reads on behind a final block: §7.2.3.4. */
static enum deflate_decoded
inflate_step(struct inflation *inflation, z_stream *stream)
{
	int answer;

	if (inflation->length == inflation->room &&
	    inflation_grow(inflation) == -1)
		return INFLATE_NO_MEMORY;
	stream->next_out = inflation->out->data + inflation->length;
	stream->avail_out = (uInt)(inflation->room - inflation->length);
	answer = inflate(stream, Z_SYNC_FLUSH);
	inflation->length = inflation->room - stream->avail_out;
	if (inflation->length == inflation->max)
		return INFLATE_TOO_BIG;
	switch (answer) {
	case Z_OK:
		/* zlib.h: 128 behind a block, 64 if final; the rest is bits */
		inflation->is_at_border = (stream->data_type & 0xff) == 128;
		return INFLATE_DONE;
	case Z_STREAM_END:
		inflation->is_at_border = true;
		inflateReset(stream);
		return INFLATE_DONE;
	case Z_MEM_ERROR:
		return INFLATE_NO_MEMORY;
	default:
		return INFLATE_BAD;
	}
}

static enum deflate_decoded
inflate_piece(struct inflation *inflation, z_stream *stream, struct span piece)
{
	enum deflate_decoded answer = INFLATE_DONE;

	stream->next_in = piece.data;
	stream->avail_in = (uInt)piece.length;
	while (answer == INFLATE_DONE && stream->avail_in > 0)
		answer = inflate_step(inflation, stream);
	return answer;
}

static enum deflate_decoded
decode_in_stream(struct deflate_decoder *decoder, struct deflate_pool *pool,
    struct span message, struct inflation *inflation)
{
	bool has_takeover = decoder->side.has_takeover;
	z_stream *stream = has_takeover
	    ? inflater_get(&decoder->stream, decoder->side.window_bits)
	    : inflater_get(&pool->inflater, DEFLATE_WINDOW_MAX);
	enum deflate_decoded answer;

	if (stream == NULL)
		return INFLATE_NO_MEMORY;
	answer = inflate_piece(inflation, stream, message);
	if (answer == INFLATE_DONE)
		answer = inflate_piece(
		    inflation, stream, span_from(tail, TAIL_LENGTH));
	if (!has_takeover)
		inflateReset(stream);
	if (answer == INFLATE_DONE && !inflation->is_at_border)
		return INFLATE_BAD;
	return answer;
}

/*
 * With the other codec, from the start again where the room did not suffice.
 * What it reads are streams with an end, so one is put there. A block that
 * runs over the tail can be built to end just there as well, and would be
 * taken: a peer gains nothing by it but an odd message of its own.
 */
static enum whole
decode_whole(
    struct deflate_pool *pool, struct span message, struct inflation *inflation)
{
	size_t length = message.length + sizeof(tail);
	struct bytes out;
	enum whole answer;

	if (scratch_reserve(&pool->input, length) == -1)
		return WHOLE_NO_MEMORY;
	if (message.length > 0)
		memcpy(pool->input.data, message.data, message.length);
	memcpy(pool->input.data + message.length, tail, sizeof(tail));
	for (;;) {
		out = (struct bytes){inflation->out->data, inflation->room};
		answer = deflate_whole_decode(
		    &pool->whole, span_from(pool->input.data, length), &out);
		if (answer != WHOLE_FULL || inflation->room == inflation->max)
			break;
		if (inflation_grow(inflation) == -1)
			return WHOLE_NO_MEMORY;
	}
	inflation->length = out.length;
	return answer;
}

static enum deflate_decoded
decode_alone(struct deflate_decoder *decoder, struct deflate_pool *pool,
    struct span message, struct inflation *inflation)
{
	switch (decode_whole(pool, message, inflation)) {
	case WHOLE_DONE:
		return inflation->length < inflation->max ? INFLATE_DONE
		                                          : INFLATE_TOO_BIG;
	case WHOLE_FULL:
		return INFLATE_TOO_BIG;
	case WHOLE_BAD:
		return INFLATE_BAD;
	case WHOLE_NO_MEMORY:
		return INFLATE_NO_MEMORY;
	case WHOLE_ABSENT:
		break;
	}
	inflation->length = 0;
	return decode_in_stream(decoder, pool, message, inflation);
}

enum deflate_decoded
deflate_decode(struct deflate_decoder *decoder, struct deflate_pool *pool,
    struct span message, uint32_t limit, struct bytes *decoded_out)
{
	struct inflation inflation;
	enum deflate_decoded answer;

	if (inflation_init(&inflation, &pool->decoded, message.length, limit) ==
	    -1)
		return INFLATE_NO_MEMORY;
	if (decoder->side.has_takeover)
		answer = decode_in_stream(decoder, pool, message, &inflation);
	else
		answer = decode_alone(decoder, pool, message, &inflation);
	if (answer == INFLATE_DONE)
		*decoded_out =
		    (struct bytes){pool->decoded.data, inflation.length};
	return answer;
}

size_t
deflate_encoder_cost(struct deflate_side side, uint8_t memory_level)
{
	if (!side.has_takeover)
		return 0;
	return ((size_t)1 << (side.window_bits + 2)) +
	    ((size_t)1 << (memory_level + 9)) + 6144;
}

size_t
deflate_decoder_cost(struct deflate_side side)
{
	return side.has_takeover ? ((size_t)1 << side.window_bits) + 7680 : 0;
}
