/* Slots and generations, in chunks that stay where they are. */
#include "core/directory.h"

#include <stdlib.h>

struct directory_chunk {
	_Atomic(uint32_t) generations[DIRECTORY_CHUNK_SLOTS]; /* 0: nobody */
};

void
directory_release(struct directory *directory)
{
	for (uint32_t i = 0; i < DIRECTORY_CHUNKS; i++) {
		free(atomic_load(&directory->chunks[i]));
		atomic_store(&directory->chunks[i], NULL);
	}
}

/* The place of a slot, or NULL while its chunk has not been made. */
static _Atomic(uint32_t) *
place_of(const struct directory *directory, uint32_t slot)
{
	struct directory_chunk *chunk =
	    atomic_load(&directory->chunks[slot / DIRECTORY_CHUNK_SLOTS]);

	if (chunk == NULL)
		return NULL;
	return &chunk->generations[slot % DIRECTORY_CHUNK_SLOTS];
}

int
directory_enter(struct directory *directory, uint32_t slot, uint32_t generation)
{
	_Atomic(uint32_t) *place = place_of(directory, slot);

	if (place == NULL) {
		struct directory_chunk *chunk = calloc(1, sizeof(*chunk));

		if (chunk == NULL)
			return -1;
		atomic_store(
		    &directory->chunks[slot / DIRECTORY_CHUNK_SLOTS], chunk);
		place = place_of(directory, slot);
	}
	atomic_store(place, generation);
	return 0;
}

void
directory_clear(struct directory *directory, uint32_t slot)
{
	atomic_store(place_of(directory, slot), 0);
}

bool
directory_has(
    const struct directory *directory, uint32_t slot, uint32_t generation)
{
	_Atomic(uint32_t) *place = place_of(directory, slot);

	return place != NULL && generation != 0 &&
	    atomic_load(place) == generation;
}
