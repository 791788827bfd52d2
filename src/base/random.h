/*
 * Random bytes that nobody can guess, from the kernel.
 */
#ifndef FRAMED_BASE_RANDOM_H
#define FRAMED_BASE_RANDOM_H

#include <stddef.h>

/* Fills out; waits only before the kernel has gathered any entropy. */
void random_fill(void *out, size_t size);

#endif
