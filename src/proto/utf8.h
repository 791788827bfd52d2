/*
 * UTF-8 (RFC 3629), checked piece by piece: no overlong forms, no surrogates,
 * nothing above U+10FFFF.
 */
#ifndef FRAMED_PROTO_UTF8_H
#define FRAMED_PROTO_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "base/guard.h"
#include "base/span.h"

/* Where in a character the input stands. All zero: between two of them. */
struct utf8 {
	uint8_t state;
};

/*
 * Reads on. Returns false as soon as a byte cannot belong to well-formed text,
 * even if its character is not yet whole; the same answer for every cut of
 * the text. After false the state is of no use.
 */
MUST_CHECK bool utf8_check(struct utf8 *utf8, struct span in);

/* The same without vectors: what they are tested against. */
MUST_CHECK bool utf8_check_scalar(struct utf8 *utf8, struct span in);

/* Whether the text may end here: no character is half read. */
static inline bool
utf8_is_complete(const struct utf8 *utf8)
{
	return utf8->state == 0;
}

/* Whether this is well-formed text, whole. */
static inline bool
utf8_is_valid(struct span text)
{
	struct utf8 utf8 = {0};

	return utf8_check(&utf8, text) && utf8_is_complete(&utf8);
}

/* The longest prefix of well-formed text that is at most `max` bytes and ends
 * between two characters. */
size_t utf8_cut(struct span text, size_t max);

#endif
