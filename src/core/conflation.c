/* A table with open addressing: at most half of it is used, and what is taken
 * out leaves no mark, since those behind it move up. */
#include "core/conflation.h"

#include <stdlib.h>

#include "core/queue.h"

struct conflation *
conflation_new(uint32_t places)
{
	struct conflation *conflation = calloc(
	    1, sizeof(*conflation) + 2 * (size_t)places * sizeof(uint32_t));

	if (conflation != NULL)
		conflation->mask = 2 * places - 1;
	return conflation;
}

void
conflation_free(struct conflation **conflation)
{
	free(*conflation);
	*conflation = NULL;
}

/* The bucket to begin at. Modules choose the keys, often small numbers: the
 * bits are mixed (the finalizer of splitmix64). Keys that were chosen to collide
 * cost their own endpoint a walk over the queue, no more. */
static uint32_t
home_of(const struct conflation *conflation, uint64_t key)
{
	key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9u;
	key = (key ^ key >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)(key ^ key >> 31) & conflation->mask;
}

/* The key of what a used bucket names. */
static uint64_t
key_in(const struct conflation *conflation, const struct queue_entry *ring,
    uint32_t bucket)
{
	return ring[conflation->buckets[bucket] - 1].packet->key;
}

/* The bucket of the key, or the free one where it would go. */
static uint32_t
bucket_of(const struct conflation *conflation, const struct queue_entry *ring,
    uint64_t key)
{
	uint32_t bucket = home_of(conflation, key);

	while (conflation->buckets[bucket] != 0 &&
	    key_in(conflation, ring, bucket) != key)
		bucket = (bucket + 1) & conflation->mask;
	return bucket;
}

uint32_t
conflation_find(const struct conflation *conflation,
    const struct queue_entry *ring, uint64_t key)
{
	uint32_t bucket = bucket_of(conflation, ring, key);

	return conflation->buckets[bucket] == 0
	    ? CONFLATION_NONE
	    : conflation->buckets[bucket] - 1;
}

void
conflation_add(struct conflation *conflation, const struct queue_entry *ring,
    uint32_t index)
{
	uint32_t bucket = bucket_of(conflation, ring, ring[index].packet->key);

	assert(conflation->buckets[bucket] == 0);
	conflation->buckets[bucket] = index + 1;
}

void
conflation_remove(struct conflation *conflation, const struct queue_entry *ring,
    uint32_t index)
{
	uint32_t *buckets = conflation->buckets, mask = conflation->mask;
	uint32_t gap = bucket_of(conflation, ring, ring[index].packet->key);
	uint32_t next = gap;

	assert(buckets[gap] == index + 1);
	/* whoever was kept from the gap, or from before it, moves there */
	while (buckets[next = (next + 1) & mask] != 0) {
		uint64_t key = key_in(conflation, ring, next);
		uint32_t home = home_of(conflation, key);

		if (((next - home) & mask) >= ((next - gap) & mask)) {
			buckets[gap] = buckets[next];
			gap = next;
		}
	}
	buckets[gap] = 0;
}

size_t
conflation_held(const struct conflation *conflation)
{
	if (conflation == NULL)
		return 0;
	return sizeof(*conflation) +
	    ((size_t)conflation->mask + 1) * sizeof(uint32_t);
}
