/* Slabs of session blocks. */
#include "core/table.h"

#include <stdlib.h>

enum { SLAB_SESSIONS = 64 };

struct slab {
	uint64_t used; /* a bit for each block */
	struct session sessions[SLAB_SESSIONS];
};

void
table_release(struct table *table)
{
	assert(table->live == 0);
	for (uint32_t i = 0; i < table->slab_count; i++)
		free(table->slabs[i]);
	free(table->slabs);
	memset(table, 0, sizeof(*table));
}

uint32_t
table_slots(const struct table *table)
{
	return table->slab_count * SLAB_SESSIONS;
}

/* Makes room for one more pointer. */
static int
table_grow(struct table *table)
{
	uint32_t count = table->slab_count + 1;
	struct slab **slabs;

	/* the pointers grow by half a page at a time */
	if (table->slab_count % 256 == 0) {
		slabs = realloc(table->slabs, (count + 255) * sizeof(*slabs));
		if (slabs == NULL)
			return -1;
		table->slabs = slabs;
	}
	table->slabs[table->slab_count] = NULL;
	table->slab_count = count;
	return 0;
}

/* The index of a slab that has room, or -1 without memory. */
static int64_t
slab_with_room(struct table *table)
{
	uint32_t i = table->hint;

	while (i < table->slab_count && table->slabs[i] != NULL &&
	    table->slabs[i]->used == UINT64_MAX)
		i++;
	table->hint = i;
	if (i == table->slab_count && table_grow(table) == -1)
		return -1;
	if (table->slabs[i] == NULL) {
		table->slabs[i] = malloc(sizeof(struct slab));
		if (table->slabs[i] == NULL)
			return -1;
		table->slabs[i]->used = 0;
	}
	return i;
}

struct session *
table_take(struct table *table)
{
	int64_t index = slab_with_room(table);
	struct session *session;
	struct slab *slab;
	unsigned bit;

	if (index == -1)
		return NULL;
	slab = table->slabs[index];
	bit = (unsigned)__builtin_ctzll(~slab->used);
	slab->used |= UINT64_C(1) << bit;
	table->live++;
	session = &slab->sessions[bit];
	memset(session, 0, sizeof(*session));
	session->slot = (uint32_t)index * SLAB_SESSIONS + bit;
	return session;
}

struct session *
table_get(const struct table *table, uint32_t slot)
{
	uint32_t index = slot / SLAB_SESSIONS, bit = slot % SLAB_SESSIONS;

	if (index >= table->slab_count || table->slabs[index] == NULL ||
	    !(table->slabs[index]->used & UINT64_C(1) << bit))
		return NULL;
	return &table->slabs[index]->sessions[bit];
}

void
table_free(struct table *table, struct session **session)
{
	uint32_t index = (*session)->slot / SLAB_SESSIONS;
	struct slab *slab = table->slabs[index];

	slab->used &= ~(UINT64_C(1) << (*session)->slot % SLAB_SESSIONS);
	(*session)->magic = 0;
	*session = NULL;
	table->live--;
	/* the first slab stays, lest one client that comes and goes cost one */
	if (slab->used == 0 && index > 0) {
		free(slab);
		table->slabs[index] = NULL;
	}
	if (index < table->hint)
		table->hint = index;
}
