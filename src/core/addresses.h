/*
 * How many sessions each client address has: for the limit that one client
 * cannot take what is there for all. An IPv6 client has a /64 network of
 * addresses to choose from, so that counts as one.
 */
#ifndef FRAMED_CORE_ADDRESSES_H
#define FRAMED_CORE_ADDRESSES_H

#include <pthread.h>
#include <stdint.h>

#include "base/guard.h"
#include "net/addr.h"

struct address_count;

/* All threads share one. */
struct addresses {
	pthread_mutex_t lock;
	uint64_t seed[2]; /* so that nobody can choose addresses that collide */
	struct address_count *slots; /* a hash table, open addressing */
	uint32_t capacity;           /* a power of 2, or 0 */
	uint32_t used;
};

void addresses_init(struct addresses *addresses);
void addresses_release(struct addresses *addresses);

enum addresses_result {
	ADDRESSES_COUNTED, /* addresses_leave() is due */
	ADDRESSES_FULL,    /* it has as many as it may */
	ADDRESSES_UNKNOWN, /* no address of the internet: nothing is counted */
	ADDRESSES_NO_MEMORY
};

/* Counts one more of an address, up to max. Any thread. */
MUST_CHECK enum addresses_result addresses_enter(
    struct addresses *addresses, const struct addr *addr, uint32_t max);

/* One less, which was COUNTED. Any thread. */
void addresses_leave(struct addresses *addresses, const struct addr *addr);

/* How many addresses have any. */
uint32_t addresses_count(struct addresses *addresses);

#endif
