/* Base64 (RFC 4648 §4), with padding. */
#ifndef FRAMED_PROTO_BASE64_H
#define FRAMED_PROTO_BASE64_H

#include "base/guard.h"
#include "base/span.h"

/* Characters for `length` bytes. */
#define BASE64_LENGTH(length) (((length) + 2) / 3 * 4)

/* Writes BASE64_LENGTH(in.length) characters, without NUL. */
void base64_encode(struct span in, char *out);

/*
 * Reads text padded to a multiple of four, with nothing foreign in it. Bits that
 * no byte takes may be anything (RFC 4648 §3.5 leaves it open): RFC 6455 §4.1
 * itself shows a key that has some. Returns 0 with the bytes' number in
 * length_out, or -1 when text is not so or stands for more than size bytes.
 */
MUST_CHECK int base64_decode(
    struct span text, uint8_t *out, size_t size, size_t *length_out);

/*
 * The same of the alphabet for URLs (RFC 4648 §5), without padding, as RFC 7515
 * §2 has it: strictly, so that bytes have one text only.
 */
MUST_CHECK int base64url_decode(
    struct span text, uint8_t *out, size_t size, size_t *length_out);

#endif
