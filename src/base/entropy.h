/*
 * Random bytes that nobody can guess, from the kernel.
 */
#ifndef FRAMED_BASE_ENTROPY_H
#define FRAMED_BASE_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

/* Fills out; waits only before the kernel has gathered any entropy. */
void entropy_fill(void *out, size_t size);

enum { ENTROPY_POOL_BYTES = 256 };

/*
 * Bytes fetched ahead, for masking keys (RFC 6455 §5.3) and the like: each is
 * given out once, but not every few of them cost a system call. All zero is the
 * initial state. One thread only.
 */
struct entropy_pool {
	uint32_t left; /* bytes not given out */
	uint8_t bytes[ENTROPY_POOL_BYTES];
};

/* Fills out, with at most ENTROPY_POOL_BYTES, which the pool does not keep. */
void entropy_take(struct entropy_pool *pool, void *out, size_t size);

#endif
