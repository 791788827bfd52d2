/* Makes the messages of a load: the same texts each time. */
#include "bench/payloads.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/entropy.h"
#include "proto/deflate_engine.h"
#include "proto/frame.h"
#include "proto/mask.h"

enum { TEXTS_BYTES = 256 << 10 }; /* about so much memory is gone through */

/* Marsaglia's xorshift. */
static uint32_t
number_below(uint32_t limit, uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % limit;
}

static void
fill_binary(struct bytes text, uint32_t *state)
{
	for (size_t i = 0; i < text.length; i++)
		text.data[i] = (uint8_t)number_below(256, state);
}

static void
fill_ascii(struct bytes text, uint32_t *state)
{
	for (size_t i = 0; i < text.length; i++)
		text.data[i] = (uint8_t)(' ' + number_below(95, state));
}

/* Words in several scripts, and blanks where no character fits any more. */
static void
fill_utf8(struct bytes text, uint32_t *state)
{
	static const char *const words[] = {"plain ", "gr\xc3\xbc\xc3\x9f ",
	    "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 ",
	    "\xe4\xbd\xa0\xe5\xa5\xbd ", "\xf0\x9f\x98\x80 "};

	while (text.length > 0) {
		const char *word =
		    words[number_below(ARRAY_LENGTH(words), state)];
		size_t length = strlen(word);

		if (length > text.length) {
			word = " ";
			length = 1;
		}
		memcpy(text.data, word, length);
		bytes_advance(&text, length);
	}
}

static size_t
record_write(char *out, size_t size, uint32_t *state)
{
	static const char *const symbols[] = {
	    "ACME", "BOLT", "CEDAR", "DELTA", "EMBER", "FJORD", "GROVE"};
	static const char *const sides[] = {"buy", "sell"};
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
fill_json(struct bytes text, uint32_t *state)
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

static const struct {
	const char *name;
	uint8_t opcode;
	void (*fill)(struct bytes text, uint32_t *state);
} kinds[] = {
    [PAYLOAD_BINARY] = {"binary", FRAME_BINARY, fill_binary},
    [PAYLOAD_ASCII] = {"ascii", FRAME_TEXT, fill_ascii},
    [PAYLOAD_UTF8] = {"utf8", FRAME_TEXT, fill_utf8},
    [PAYLOAD_JSON] = {"json", FRAME_TEXT, fill_json},
};

const char *
payload_kind_name(enum payload_kind kind)
{
	return kinds[kind].name;
}

/* Puts a frame behind those that are there. */
static void
frame_append(
    struct payloads *payloads, size_t i, struct span payload, uint8_t rsv)
{
	struct frame frame =
	    frame_from(FRAME_FIN | rsv | payloads->opcode, payload.length);
	uint8_t header[FRAME_HEADER_MAX];
	uint8_t *out = payloads->frames.data + payloads->frame_ends[i];
	size_t length;

	frame.is_masked = true;
	entropy_fill(frame.key, sizeof(frame.key));
	length = frame_write(&frame, header);
	memcpy(out, header, length);
	mask_copy(out + length, payload.data, payload.length, frame.key, 0);
	payloads->frame_ends[i + 1] =
	    payloads->frame_ends[i] + length + payload.length;
}

/* Compressed with a stream of its own, lest the faster codec be taken. */
static int
append_encoded(struct payloads *payloads, size_t i, uint8_t window_bits,
    struct deflate_pool *pool)
{
	struct deflate_encoder encoder = {
	    .side = {window_bits, true}, .level = 6, .memory_level = 8};
	struct span encoded;
	enum deflate_encoded result = deflate_encode(
	    &encoder, pool, payloads_text(payloads, i), &encoded);

	if (result == DEFLATE_DONE)
		frame_append(payloads, i, encoded, FRAME_RSV1);
	deflate_encoder_release(&encoder);
	return result == DEFLATE_DONE ? 0 : -1;
}

static int
append_all(struct payloads *payloads, uint8_t window_bits)
{
	struct deflate_pool *pool = NULL;
	int rc = 0;

	if (window_bits > 0) {
		pool = deflate_pool_new();
		if (pool == NULL)
			return -1;
	}
	for (size_t i = 0; i < payloads->count && rc == 0; i++) {
		if (window_bits > 0)
			rc = append_encoded(payloads, i, window_bits, pool);
		else
			frame_append(
			    payloads, i, payloads_text(payloads, i), 0);
	}
	deflate_pool_free(&pool);
	return rc;
}

/* Large messages are few, lest their texts leave the processor's cache. */
static size_t
count_for(size_t length)
{
	size_t count = length > 0 ? TEXTS_BYTES / length : PAYLOADS_MAX;

	if (count > PAYLOADS_MAX)
		count = PAYLOADS_MAX;
	return count < 2 ? 2 : count;
}

int
payloads_make(struct payloads *payloads, enum payload_kind kind, size_t length,
    uint8_t window_bits)
{
	uint32_t state = 1;

	*payloads = (struct payloads){
	    .count = count_for(length),
	    .length = length,
	    .opcode = kinds[kind].opcode,
	};
	payloads->texts.length = payloads->count * length;
	payloads->texts.data = malloc(payloads->texts.length + 1);
	payloads->frames.length = payloads->count * (length + FRAME_HEADER_MAX);
	payloads->frames.data = malloc(payloads->frames.length);
	if (payloads->texts.data == NULL || payloads->frames.data == NULL)
		return -1;
	for (size_t i = 0; i < payloads->count; i++)
		kinds[kind].fill(
		    (struct bytes){payloads->texts.data + i * length, length},
		    &state);
	return append_all(payloads, window_bits);
}

void
payloads_release(struct payloads *payloads)
{
	free(payloads->texts.data);
	free(payloads->frames.data);
	*payloads = (struct payloads){0};
}

struct span
payloads_text(const struct payloads *payloads, uint64_t number)
{
	size_t i = (size_t)(number % payloads->count);

	return span_from(
	    payloads->texts.data + i * payloads->length, payloads->length);
}

struct span
payloads_frames(const struct payloads *payloads, uint64_t number, size_t offset,
    uint64_t messages)
{
	size_t i = (size_t)(number % payloads->count);
	size_t end = payloads->count;
	size_t start = payloads->frame_ends[i] + offset;

	if (messages < end - i)
		end = i + (size_t)messages;
	return span_from(
	    payloads->frames.data + start, payloads->frame_ends[end] - start);
}

void
payloads_rewrite(struct payloads *payloads, uint64_t number, struct span first)
{
	size_t i = (size_t)(number % payloads->count);
	uint8_t *frame = payloads->frames.data + payloads->frame_ends[i];
	uint8_t *payload = frame + frame_header_length(frame);

	memcpy(payloads->texts.data + i * payloads->length, first.data,
	    first.length);
	mask_copy(
	    payload, first.data, first.length, payload - FRAME_KEY_LENGTH, 0);
}

size_t
payloads_frame_length(const struct payloads *payloads, uint64_t number)
{
	size_t i = (size_t)(number % payloads->count);

	return payloads->frame_ends[i + 1] - payloads->frame_ends[i];
}
