/*
 * Random bytes that nobody can guess, from the kernel.
 */
#ifndef FRAMED_BASE_ENTROPY_H
#define FRAMED_BASE_ENTROPY_H

#include <stddef.h>

/* Fills out; waits only before the kernel has gathered any entropy. */
void entropy_fill(void *out, size_t size);

#endif
