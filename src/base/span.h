/*
 * Pointer and length, the way bytes are passed about. A span borrows: it never
 * owns, and is valid as long as the storage it points into.
 */
#ifndef FRAMED_BASE_SPAN_H
#define FRAMED_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes to read. data may be NULL when length is 0. */
struct span {
	const uint8_t *data;
	size_t length;
};

/* Bytes to work on in place: readers unmask where the bytes lie. */
struct bytes {
	uint8_t *data;
	size_t length;
};

#define SPAN_LITERAL(s) ((struct span){(const uint8_t *)("" s), sizeof(s) - 1})

static inline struct span
span_from(const void *data, size_t length)
{
	return (struct span){data, length};
}

static inline struct span
span_from_string(const char *string)
{
	return span_from(string, strlen(string));
}

static inline bool
span_is_equal(struct span a, struct span b)
{
	return a.length == b.length &&
	    (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* Equality of ASCII text, letters of either case (RFC 9110 tokens). */
static inline bool
span_is_equal_nocase(struct span a, struct span b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++) {
		uint8_t x = a.data[i], y = b.data[i];

		if (x >= 'A' && x <= 'Z')
			x |= 0x20;
		if (y >= 'A' && y <= 'Z')
			y |= 0x20;
		if (x != y)
			return false;
	}
	return true;
}

/* Moves the start of b forward; count is at most b->length. */
static inline void
bytes_advance(struct bytes *b, size_t count)
{
	b->data += count;
	b->length -= count;
}

#endif
