/*
 * Masking (RFC 6455 §5.3): XOR with a repeating key of four bytes. The
 * operation is its own inverse.
 */
#ifndef FRAMED_PROTO_MASK_H
#define FRAMED_PROTO_MASK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Writes length bytes of source, masked, to target. target may equal source;
 * other overlap is not allowed. position is the offset of source[0] in the
 * frame's payload, so that a frame can be done in any pieces. Alignment does
 * not matter.
 */
void mask_copy(uint8_t *target, const uint8_t *source, size_t length,
    const uint8_t key[4], uint64_t position);

/* The same, one byte at a time: what the vector versions are tested against. */
void mask_copy_scalar(uint8_t *target, const uint8_t *source, size_t length,
    const uint8_t key[4], uint64_t position);

#endif
