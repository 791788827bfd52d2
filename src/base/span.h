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

/* Whether it equals one of the list. */
static inline bool
span_is_among(struct span a, const struct span *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_is_equal(a, list[i]))
			return true;
	return false;
}

/* The index of the first `byte` in text, or its length. */
static inline size_t
span_find(struct span text, uint8_t byte)
{
	size_t i = 0;

	while (i < text.length && text.data[i] != byte)
		i++;
	return i;
}

/* Splits text at `at`: what is before it stays, what follows is returned. */
static inline struct span
span_cut(struct span *text, size_t at)
{
	struct span rest = span_from(text->data + at, text->length - at);

	text->length = at;
	return rest;
}

/* Moves the start of b forward; count is at most b->length. */
static inline void
bytes_advance(struct bytes *b, size_t count)
{
	b->data += count;
	b->length -= count;
}

#endif
