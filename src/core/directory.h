/*
 * A worker's directory: which generation lives in each slot of its table, for
 * other threads to see whether an id is stale. Read without locks; nothing is
 * freed before the worker is, so that a reader may be as late as it likes. Costs
 * 4 bytes a slot.
 */
#ifndef FRAMED_CORE_DIRECTORY_H
#define FRAMED_CORE_DIRECTORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/guard.h"

enum {
	DIRECTORY_SLOTS = 1 << 24, /* as many as an id can name */
	DIRECTORY_CHUNK_SLOTS = 4096,
	DIRECTORY_CHUNKS = DIRECTORY_SLOTS / DIRECTORY_CHUNK_SLOTS
};

struct directory_chunk;

struct directory {
	_Atomic(struct directory_chunk *) chunks[DIRECTORY_CHUNKS];
};

/* All zero is the empty directory. Releases it when no thread reads any more. */
void directory_release(struct directory *directory);

/* The worker: a session, whose generation is not 0, has taken a slot below
 * DIRECTORY_SLOTS. Returns 0, or -1 without memory. */
MUST_CHECK int directory_enter(
    struct directory *directory, uint32_t slot, uint32_t generation);

/* The worker: the session in the slot, which was entered, is over. */
void directory_clear(struct directory *directory, uint32_t slot);

/* Any thread: whether this very session lives in the slot. A slot may be any
 * number below DIRECTORY_SLOTS; generation 0 never lives. */
bool directory_has(
    const struct directory *directory, uint32_t slot, uint32_t generation);

#endif
