/*
 * Messages to inflate. Whatever a stream that carries on takes, the codec for
 * single messages takes too, with the same result; not the other way: it is
 * laxer about odd codes. The first two bytes choose the limit.
 */
#undef NDEBUG
#include <assert.h>
#include <stdlib.h>

#include "proto/deflate_engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	enum deflate_decoded answer;
	uint8_t *data; /* of ours; on INFLATE_DONE */
	size_t length;
};

static struct deflate_pool *pool;

static void
keep(struct outcome *outcome, struct bytes decoded, uint32_t limit)
{
	assert(decoded.length <= limit);
	outcome->data = malloc(decoded.length + 1);
	assert(outcome->data != NULL);
	memcpy(outcome->data, decoded.data, decoded.length);
	outcome->length = decoded.length;
}

/* A good message leaves the decoder good for the next one. */
static void
assert_goes_on(struct deflate_decoder *decoder)
{
	static const uint8_t hello[] = {
	    0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00};
	struct bytes decoded;

	assert(deflate_decode(decoder, pool, span_from(hello, sizeof(hello)),
	           100, &decoded) == INFLATE_DONE);
	assert(decoded.length == 5 && memcmp(decoded.data, "Hello", 5) == 0);
}

static struct outcome
decode(struct deflate_side side, struct span message, uint32_t limit)
{
	struct outcome outcome = {0};
	struct deflate_decoder decoder;
	struct bytes decoded;

	deflate_decoder_init(&decoder, side);
	outcome.answer =
	    deflate_decode(&decoder, pool, message, limit, &decoded);
	assert(outcome.answer != INFLATE_NO_MEMORY);
	if (outcome.answer == INFLATE_DONE) {
		keep(&outcome, decoded, limit);
		assert_goes_on(&decoder);
	}
	deflate_decoder_release(&decoder);
	return outcome;
}

/* What came out can be sent, and comes out again. */
static void
assert_returns(struct deflate_side side, const struct outcome *outcome)
{
	const struct deflate_config config = {.level = 1, .memory_level = 8};
	struct span encoded, text = span_from(outcome->data, outcome->length);
	struct deflate_encoder encoder;
	struct outcome again;

	deflate_encoder_init(&encoder, &config, side);
	if (deflate_encode(&encoder, pool, text, &encoded) == DEFLATE_DONE) {
		assert(encoded.length < text.length);
		again = decode(side, encoded, (uint32_t)text.length);
		assert(again.answer == INFLATE_DONE);
		assert(
		    span_is_equal(text, span_from(again.data, again.length)));
		free(again.data);
	}
	deflate_encoder_release(&encoder);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct deflate_side alone = {DEFLATE_WINDOW_MAX, false};
	const struct deflate_side carried = {DEFLATE_WINDOW_MAX, true};
	struct outcome single, stream;
	struct span message;
	uint32_t limit;

	if (pool == NULL)
		pool = deflate_pool_new();
	assert(pool != NULL);
	if (size < 2)
		return 0;
	limit = (uint32_t)data[0] << 8 | data[1];
	message = span_from(data + 2, size - 2);
	single = decode(alone, message, limit);
	stream = decode(carried, message, limit);
	if (stream.answer == INFLATE_DONE) {
		assert(single.answer == INFLATE_DONE);
		assert(single.length == stream.length);
		assert(memcmp(single.data, stream.data, stream.length) == 0);
		assert_returns(carried, &stream);
	}
	if (single.answer == INFLATE_DONE)
		assert_returns(alone, &single);
	free(single.data);
	free(stream.data);
	return 0;
}
