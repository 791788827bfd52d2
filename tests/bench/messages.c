/* Makes the messages of a load. */
#include "tests/bench/messages.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/entropy.h"
#include "base/guard.h"
#include "proto/deflate_engine.h"
#include "proto/frame.h"
#include "proto/mask.h"

static struct bytes
bytes_new(size_t length)
{
	uint8_t *data = malloc(length);

	if (data == NULL)
		err(1, "malloc");
	return (struct bytes){data, length};
}

/* Marsaglia's xorshift. */
static uint32_t
number_below(uint32_t limit, uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % limit;
}

static size_t
record_write(char *out, size_t size, uint32_t *state)
{
	static const char *symbols[] = {
	    "ACME", "BOLT", "CEDAR", "DELTA", "EMBER", "FJORD", "GROVE"};
	static const char *sides[] = {"buy", "sell"};
	uint32_t id = number_below(1000000, state);
	const char *symbol =
	    symbols[number_below(ARRAY_LENGTH(symbols), state)];
	const char *side = sides[number_below(ARRAY_LENGTH(sides), state)];
	uint32_t cents = number_below(50000, state);
	uint32_t quantity = 10 * number_below(100, state);
	uint32_t time_ms = number_below(60000, state);

	return (size_t)snprintf(out, size,
	    "{\"id\":%" PRIu32 ",\"symbol\":\"%s\",\"side\":\"%s\","
	    "\"price\":%" PRIu32 ".%02" PRIu32 ",\"quantity\":%" PRIu32
	    ",\"time\":\"2026-03-14T09:26:%02" PRIu32 ".%03" PRIu32 "Z\"},",
	    id, symbol, side, cents / 100, cents % 100, quantity,
	    time_ms / 1000, time_ms % 1000);
}

/* Trades, cut off where the text is full. */
static void
text_fill(struct bytes text, uint32_t *state)
{
	char record[256];
	size_t length;

	while (text.length > 0) {
		length = record_write(record, sizeof(record), state);
		if (length > text.length)
			length = text.length;
		memcpy(text.data, record, length);
		bytes_advance(&text, length);
	}
}

/*
 * As browsers do it, with zlib at its default level; never with the faster
 * codec, hence takeover, for one message only.
 */
static struct span
text_compress(struct span text, uint8_t window_bits, struct deflate_pool *pool)
{
	struct deflate_encoder encoder = {
	    .side = {window_bits, true}, .level = 6, .memory_level = 8};
	struct span encoded;

	if (deflate_encode(&encoder, pool, text, &encoded) != DEFLATE_DONE)
		errx(1, "a message cannot be compressed");
	deflate_encoder_release(&encoder);
	return encoded;
}

static struct bytes
frame_new(struct span payload, uint8_t rsv)
{
	struct frame frame = {
	    .length = payload.length,
	    .opcode = FRAME_TEXT,
	    .flags = FRAME_FIN | rsv,
	    .is_masked = true,
	};
	uint8_t header[FRAME_HEADER_MAX];
	struct bytes made;
	size_t length;

	entropy_fill(frame.key, sizeof(frame.key));
	length = frame_write(&frame, header);
	made = bytes_new(length + payload.length);
	memcpy(made.data, header, length);
	mask_copy(
	    made.data + length, payload.data, payload.length, frame.key, 0);
	return made;
}

void
messages_init(
    struct messages *messages, size_t length_bytes, uint8_t window_bits)
{
	struct deflate_pool *pool = deflate_pool_new();
	uint8_t rsv = window_bits > 0 ? FRAME_RSV1 : 0;
	uint32_t state = 1;
	struct span payload;

	if (pool == NULL)
		err(1, "malloc");
	for (size_t i = 0; i < MESSAGES_COUNT; i++) {
		messages->texts[i] = bytes_new(length_bytes);
		text_fill(messages->texts[i], &state);
		payload = span_from(messages->texts[i].data, length_bytes);
		if (window_bits > 0)
			payload = text_compress(payload, window_bits, pool);
		messages->frames[i] = frame_new(payload, rsv);
	}
	deflate_pool_free(&pool);
}

void
messages_release(struct messages *messages)
{
	for (size_t i = 0; i < MESSAGES_COUNT; i++) {
		free(messages->texts[i].data);
		free(messages->frames[i].data);
	}
}
