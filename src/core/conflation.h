/*
 * Finds the message of a key in a long queue: a hash table of places in the
 * queue's ring, which holds the keys themselves. The places must not change
 * while they are in here.
 */
#ifndef FRAMED_CORE_CONFLATION_H
#define FRAMED_CORE_CONFLATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/guard.h"

struct queue_entry;

struct conflation {
	uint32_t mask;
	uint32_t buckets[]; /* an index into the ring, plus one; 0: free */
};

enum { CONFLATION_NONE = UINT32_MAX >> 1 };

/* Makes an empty table for as many messages as the ring has places, which is a
 * power of two. Returns NULL without memory. */
MUST_CHECK struct conflation *conflation_new(uint32_t places);
/* Clears *conflation; NULL is fine. */
void conflation_free(struct conflation **conflation);

/* The index in the ring of the message with this key, or CONFLATION_NONE. */
uint32_t conflation_find(const struct conflation *conflation,
    const struct queue_entry *ring, uint64_t key);

/* Adds the message at an index of the ring; none with its key is in here. */
void conflation_add(struct conflation *conflation,
    const struct queue_entry *ring, uint32_t index);

/* Takes out the message at an index of the ring, where it still is. */
void conflation_remove(struct conflation *conflation,
    const struct queue_entry *ring, uint32_t index);

/* Bytes of memory, for accounting. */
size_t conflation_held(const struct conflation *conflation);

#endif
