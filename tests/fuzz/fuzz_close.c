/*
 * Bodies of Close frames, against the rules said another way. What is taken
 * is written again: the same, or, where it is longer than a frame may be, cut
 * so that it can be read.
 */
#undef NDEBUG
#include <assert.h>

#include "proto/closecode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* RFC 6455 §7.4: what may travel. */
static bool
may_travel(unsigned code)
{
	if (code < 1000 || code > 4999 || (code > 1014 && code < 3000))
		return false;
	return code < 1004 || code > 1006;
}

/* The bytes that encode a character of this value (RFC 3629 §3). */
static size_t
length_for(uint32_t value)
{
	if (value < 0x80)
		return 1;
	if (value < 0x800)
		return 2;
	return value < 0x10000 ? 3 : 4;
}

/* How many bytes a character says it has, or 0 when that is no first byte. */
static size_t
length_said(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc0 || first > 0xf7)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* The length of the character at the start of text, or 0 when it is none. */
static size_t
character_length(struct span text)
{
	size_t length = length_said(text.data[0]);
	uint32_t value;

	if (length == 0 || length > text.length)
		return 0;
	value = length == 1 ? text.data[0] : text.data[0] & 0x7fu >> length;
	for (size_t i = 1; i < length; i++) {
		if ((text.data[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text.data[i] & 0x3f);
	}
	if (length != length_for(value) || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	return length;
}

static bool
is_utf8(struct span text)
{
	size_t length;

	while (text.length > 0) {
		length = character_length(text);
		if (length == 0)
			return false;
		text = span_from(text.data + length, text.length - length);
	}
	return true;
}

/* What the body must be answered with; 0: taken. */
static unsigned
error_code(struct span payload)
{
	if (payload.length == 0)
		return 0;
	if (payload.length == 1 ||
	    !may_travel(payload.data[0] * 256u + payload.data[1]))
		return 1002;
	return is_utf8(span_from(payload.data + 2, payload.length - 2)) ? 0
	                                                                : 1007;
}

static void
write_again(const struct close_body *body, struct span payload)
{
	uint8_t out[FRAME_CONTROL_MAX];
	size_t length = close_body_write(body, out);
	struct close_body again;
	struct proto_error error;

	assert(length <= sizeof(out));
	assert(payload.length > sizeof(out) || length == payload.length);
	assert(length == 0 || memcmp(out, payload.data, length) == 0);
	assert(close_body_read(span_from(out, length), &again, &error) == 0);
	assert(again.code == body->code);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span payload = span_from(data, size);
	struct proto_error error = {0, NULL};
	struct close_body body;
	int rc = close_body_read(payload, &body, &error);
	unsigned wanted = error_code(payload);

	assert(rc == (wanted == 0 ? 0 : -1));
	if (rc == -1) {
		assert(error.code == wanted && error.text != NULL);
		return 0;
	}
	assert((body.code == CLOSECODE_NONE) == (size == 0));
	assert(size == 0 || body.text.length == size - 2);
	write_again(&body, payload);
	return 0;
}
