/*
 * A worker's sessions, by slot number. Blocks come in slabs, so that an idle
 * session costs its block and no allocator's overhead.
 */
#ifndef FRAMED_CORE_TABLE_H
#define FRAMED_CORE_TABLE_H

#include "base/guard.h"
#include "core/session.h"

struct slab;

struct table {
	struct slab **slabs; /* NULL where a slab was given back */
	uint32_t slab_count;
	uint32_t hint; /* no slab below this one has room */
	uint32_t live; /* sessions */
};

/* All zero is the empty table. Every session must have been freed. */
void table_release(struct table *table);

/* How many slots there are; every slot is below. */
uint32_t table_slots(const struct table *table);

/* Gives a zeroed block with its slot filled in, or NULL without memory. */
MUST_CHECK struct session *table_take(struct table *table);

/* The session in a slot, or NULL. */
struct session *table_get(const struct table *table, uint32_t slot);

/* Gives the block back and clears *session. */
void table_free(struct table *table, struct session **session);

#endif
