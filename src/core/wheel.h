/*
 * Deadlines, one for each slot number, in a hashed timer wheel. Setting and
 * clearing are O(1). The wheel keeps its own nodes, by number: a slot cannot
 * dangle, and sessions spend no memory on links. Time is an argument.
 */
#ifndef FRAMED_CORE_WHEEL_H
#define FRAMED_CORE_WHEEL_H

#include <stdint.h>

#include "base/guard.h"

enum {
	WHEEL_TICK_MS = 32, /* how late a deadline may come */
	WHEEL_BUCKETS =
	    1024, /* a turn: 32.8 s; later ones wait for more turns */
};

/* Doubly linked and circular; the first WHEEL_BUCKETS + 1 are list heads. */
struct wheel_node {
	uint32_t previous;
	uint32_t next;
	uint32_t due; /* tick, its low bits */
};

struct wheel {
	struct wheel_node *nodes;
	uint32_t slots;    /* for how many slots there are nodes */
	uint64_t tick;     /* buckets up to this one were emptied */
	uint64_t start_ms; /* tick 0 */
	uint64_t occupied[WHEEL_BUCKETS / 64]; /* may be set for an empty one */
};

/* Called for a slot whose deadline has come, and which no longer has one. May
 * set and clear any slot. */
typedef void wheel_fn(void *arg, uint32_t slot);

/* Returns 0, or -1 when there is no memory. */
MUST_CHECK int wheel_init(struct wheel *wheel, uint64_t now_ms);
void wheel_release(struct wheel *wheel);

/* Makes room for slots 0 to count - 1. Returns 0, or -1 without memory. */
MUST_CHECK int wheel_reserve(struct wheel *wheel, uint32_t count);

/* Sets or moves the deadline of a slot to delay_ms from now, never early. */
void wheel_set(
    struct wheel *wheel, uint32_t slot, uint64_t now_ms, uint32_t delay_ms);

/* Takes the deadline away; a slot without one is fine. */
void wheel_clear(struct wheel *wheel, uint32_t slot);

/* Milliseconds until wheel_advance() is to be called, or -1 for never. */
int64_t wheel_next_ms(struct wheel *wheel, uint64_t now_ms);

/* Calls fn for every slot that is due. */
void wheel_advance(
    struct wheel *wheel, uint64_t now_ms, wheel_fn *fn, void *arg);

#endif
