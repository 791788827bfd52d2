/* The ways mask.c can do its work, for its own choice and for its test. */
#ifndef FRAMED_PROTO_MASK_ENGINE_H
#define FRAMED_PROTO_MASK_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * As mask_copy(), with the key turned so that its first byte in memory
 * belongs to source[0].
 */
typedef void mask_fn(
    uint8_t *target, const uint8_t *source, size_t length, uint32_t key);

struct mask_engine {
	const char *name;
	bool (*is_usable)(void); /* on this processor */
	mask_fn *run;
};

/* Best first. The portable one is always usable; behind it a NULL name. */
extern const struct mask_engine mask_engines[];

#endif
