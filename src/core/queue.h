/*
 * A session's queue of packets that the kernel has not taken yet: a ring, in
 * order of sending, with a lane for pings and pongs ahead of data. Exists only
 * while something waits.
 */
#ifndef FRAMED_CORE_QUEUE_H
#define FRAMED_CORE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/guard.h"
#include "core/packet.h"

enum {
	/* memory for a packet beside its bytes: headers, the ring, malloc's */
	PACKET_COST = 64
};

struct queue {
	struct packet **ring;
	uint32_t capacity; /* a power of two */
	uint32_t head;     /* index of the first */
	uint32_t count;
	uint32_t sent;  /* bytes of the first that are gone */
	bool is_begun;  /* the first is the rest of a write that stopped */
	uint64_t bytes; /* waiting */
};

/* Returns an empty queue, or NULL without memory. */
MUST_CHECK struct queue *queue_new(void);

/* Drops what waits, and clears *queue; NULL is fine. */
void queue_free(struct queue **queue);

/* Appends; takes over the caller's hold, also on failure. Returns 0, or -1
 * without memory. */
MUST_CHECK int queue_push(struct queue *queue, struct packet *packet);

/* Puts the rest of a write that stopped half way before everything. Takes over
 * the hold, also on failure. Returns 0, or -1 without memory. */
MUST_CHECK int queue_push_rest(struct queue *queue, struct packet *packet);

/* Puts a control frame ahead of the data and behind other control frames, but
 * not into the frame that is half sent. Takes over the hold, also on failure.
 * Returns 0, or -1 without memory. */
MUST_CHECK int queue_push_control(struct queue *queue, struct packet *packet);

/* Drops the control frames of this kind that wait and are not begun. */
void queue_drop_control(struct queue *queue, enum packet_kind kind);

/* What the queue counts for its marks and limits: the bytes that wait and what
 * it costs to keep them, lest many tiny messages cost many times their size. */
uint64_t queue_cost(const struct queue *queue);

/* Fills parts with what is to be written next; returns how many it used. */
int queue_peek(const struct queue *queue, struct iovec *parts, int max);

/* Removes bytes that were written. */
void queue_advance(struct queue *queue, size_t written);

/* Memory the queue pins, for accounting. */
size_t queue_held(const struct queue *queue);

#endif
