/*
 * How many there are of something now, counted by several who hold the tally, so
 * that a limit goes on counting when they come and go.
 */
#ifndef FRAMED_BASE_TALLY_H
#define FRAMED_BASE_TALLY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/guard.h"

struct tally {
	atomic_uint count;
	unsigned holders; /* one thread's */
};

/* Returns one that the caller holds, or NULL without memory. */
MUST_CHECK struct tally *tally_new(void);

/* The thread of its making, as all holders. */
struct tally *tally_hold(struct tally *tally);

/* Frees it with the last hold and clears *tally; NULL is fine. */
void tally_release_hold(struct tally **tally);

/* Counts one more, if that does not pass the limit. Returns whether it does not.
 * Any thread, while somebody holds it. */
MUST_CHECK bool tally_enter(struct tally *tally, unsigned limit);
void tally_leave(struct tally *tally);

#endif
