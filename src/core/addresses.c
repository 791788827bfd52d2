/* Sessions by address. */
#include "core/addresses.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/entropy.h"

enum {
	CAPACITY_MIN = 64,
	IPV4_BYTES = 4,
	IPV6_BYTES = 8 /* of the network, RFC 4291 §2.5.1 */
};

struct address_count {
	uint64_t network; /* IPv6: the first half */
	uint32_t family;
	uint32_t count; /* 0: the slot is free */
};

void
addresses_init(struct addresses *addresses)
{
	*addresses = (struct addresses){0};
	pthread_mutex_init(&addresses->lock, NULL);
	entropy_fill(addresses->seed, sizeof(addresses->seed));
}

void
addresses_release(struct addresses *addresses)
{
	free(addresses->slots);
	pthread_mutex_destroy(&addresses->lock);
	*addresses = (struct addresses){0};
}

static struct address_count
key_of(const struct addr *addr)
{
	struct address_count key = {.family = addr->family};

	memcpy(&key.network, addr->ip,
	    addr->family == ADDR_IPV4 ? IPV4_BYTES : IPV6_BYTES);
	return key;
}

/* Two rounds of multiplication with secret numbers, and the halves mixed. */
static uint32_t
home_of(const struct addresses *addresses, const struct address_count *key)
{
	uint64_t hash =
	    (key->network ^ addresses->seed[0]) * (addresses->seed[1] | 1);

	hash ^= hash >> 32;
	hash = (hash + key->family) * (addresses->seed[0] | 1);
	return (uint32_t)(hash >> 32) & (addresses->capacity - 1);
}

/* The slot of the key, or the free one where it would be. There is one. */
static struct address_count *
find(const struct addresses *addresses, const struct address_count *key)
{
	uint32_t place = home_of(addresses, key);
	struct address_count *slot;

	for (;;) {
		slot = &addresses->slots[place];
		if (slot->count == 0 ||
		    (slot->network == key->network &&
		        slot->family == key->family))
			return slot;
		place = (place + 1) & (addresses->capacity - 1);
	}
}

/* Keeps half of the slots free. Returns 0 or -1. */
static int
grow(struct addresses *addresses)
{
	struct addresses larger = *addresses;

	if (2 * (addresses->used + 1) <= addresses->capacity)
		return 0;
	larger.capacity =
	    addresses->capacity == 0 ? CAPACITY_MIN : 2 * addresses->capacity;
	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return -1;
	for (uint32_t i = 0; i < addresses->capacity; i++)
		if (addresses->slots[i].count > 0)
			*find(&larger, &addresses->slots[i]) =
			    addresses->slots[i];
	free(addresses->slots);
	addresses->slots = larger.slots;
	addresses->capacity = larger.capacity;
	return 0;
}

static enum addresses_result
enter(struct addresses *addresses, const struct addr *addr, uint32_t max)
{
	struct address_count key = key_of(addr), *slot;

	if (grow(addresses) == -1)
		return ADDRESSES_NO_MEMORY;
	slot = find(addresses, &key);
	if (slot->count >= max)
		return ADDRESSES_FULL;
	if (slot->count == 0) {
		*slot = key;
		addresses->used++;
	}
	slot->count++;
	return ADDRESSES_COUNTED;
}

enum addresses_result
addresses_enter(
    struct addresses *addresses, const struct addr *addr, uint32_t max)
{
	enum addresses_result result;

	if (addr->family != ADDR_IPV4 && addr->family != ADDR_IPV6)
		return ADDRESSES_UNKNOWN;
	pthread_mutex_lock(&addresses->lock);
	result = enter(addresses, addr, max);
	pthread_mutex_unlock(&addresses->lock);
	return result;
}

/* A slot has become free: moves up those behind it that would not be found
 * otherwise. */
static void
vacate(struct addresses *addresses, const struct address_count *slot)
{
	const uint32_t mask = addresses->capacity - 1;
	uint32_t hole = (uint32_t)(slot - addresses->slots), place = hole;

	addresses->used--;
	for (;;) {
		struct address_count *next;

		place = (place + 1) & mask;
		next = &addresses->slots[place];
		if (next->count == 0)
			return;
		/* how far it is from home, and how far the hole is */
		if (((place - home_of(addresses, next)) & mask) <
		    ((place - hole) & mask))
			continue;
		addresses->slots[hole] = *next;
		next->count = 0;
		hole = place;
	}
}

void
addresses_leave(struct addresses *addresses, const struct addr *addr)
{
	struct address_count key = key_of(addr), *slot;

	pthread_mutex_lock(&addresses->lock);
	slot = find(addresses, &key);
	assert(slot->count > 0);
	if (--slot->count == 0)
		vacate(addresses, slot);
	pthread_mutex_unlock(&addresses->lock);
}

uint32_t
addresses_count(struct addresses *addresses)
{
	uint32_t count;

	pthread_mutex_lock(&addresses->lock);
	count = addresses->used;
	pthread_mutex_unlock(&addresses->lock);
	return count;
}
