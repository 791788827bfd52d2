/* Base64, three bytes to four characters at a time. */
#include "proto/base64.h"

enum { GROUP_BYTES = 3, GROUP_CHARS = 4 };

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* One to three bytes to four characters. */
static void
encode_group(const uint8_t *in, size_t length, char *out)
{
	uint32_t bits = (uint32_t)in[0] << 16;

	if (length > 1)
		bits |= (uint32_t)in[1] << 8;
	if (length > 2)
		bits |= in[2];
	out[0] = alphabet[bits >> 18];
	out[1] = alphabet[bits >> 12 & 0x3f];
	out[2] = length > 1 ? alphabet[bits >> 6 & 0x3f] : '=';
	out[3] = length > 2 ? alphabet[bits & 0x3f] : '=';
}

void
base64_encode(struct span in, char *out)
{
	while (in.length > 0) {
		size_t length =
		    in.length < GROUP_BYTES ? in.length : GROUP_BYTES;

		encode_group(in.data, length, out);
		in = span_from(in.data + length, in.length - length);
		out += GROUP_CHARS;
	}
}

/* How many of the last four characters are padding: 0 to 2. */
static size_t
count_padding(struct span text)
{
	if (text.length == 0 || text.data[text.length - 1] != '=')
		return 0;
	return text.data[text.length - 2] == '=' ? 2 : 1;
}

/*
 * Four characters, the last `padding` of them "=", to three bytes in bits_out.
 * Fails on characters not of the alphabet.
 */
static int
decode_group(const uint8_t *in, size_t padding, uint32_t *bits_out)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < GROUP_CHARS - padding; i++) {
		const char *at = memchr(alphabet, in[i], sizeof(alphabet) - 1);

		if (at == NULL)
			return -1;
		bits |= (uint32_t)(at - alphabet) << (18 - 6 * i);
	}
	*bits_out = bits;
	return 0;
}

int
base64_decode(struct span text, uint8_t *out, size_t size, size_t *length_out)
{
	size_t padding, length;

	if (text.length % GROUP_CHARS != 0)
		return -1;
	padding = count_padding(text);
	length = text.length / GROUP_CHARS * GROUP_BYTES - padding;
	if (length > size)
		return -1;
	*length_out = length;
	for (size_t done = 0; done < length; done += GROUP_BYTES) {
		size_t left = length - done;
		uint32_t bits;

		if (decode_group(text.data, left < 3 ? padding : 0, &bits))
			return -1;
		out[done] = (uint8_t)(bits >> 16);
		if (left > 1)
			out[done + 1] = (uint8_t)(bits >> 8);
		if (left > 2)
			out[done + 2] = (uint8_t)bits;
		text.data += GROUP_CHARS;
	}
	return 0;
}

/* The six bits of a character, or -1. */
static int
url_value(uint8_t byte)
{
	const char *at;

	if (byte == '-')
		return 62;
	if (byte == '_')
		return 63;
	/* "+" and "/" are of the other alphabet */
	at = memchr(alphabet, byte, 62);
	return at == NULL ? -1 : (int)(at - alphabet);
}

int
base64url_decode(
    struct span text, uint8_t *out, size_t size, size_t *length_out)
{
	uint32_t bits = 0;
	unsigned held = 0; /* of bits, not yet written */
	size_t length = 0;

	if (text.length % GROUP_CHARS == 1)
		return -1;
	for (size_t i = 0; i < text.length; i++) {
		int value = url_value(text.data[i]);

		if (value == -1)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held < 8)
			continue;
		if (length == size)
			return -1;
		held -= 8;
		out[length++] = (uint8_t)(bits >> held);
	}
	*length_out = length;
	return (bits & ((1u << held) - 1)) == 0 ? 0 : -1;
}
