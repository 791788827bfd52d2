/*
 * A session's queue of packets that the kernel has not taken yet: a ring, in
 * order of sending, with a lane for pings and pongs ahead of data. Exists only
 * while something waits.
 *
 *	begun │ pings, pongs │ committed messages │ messages
 *
 * Only the messages of the last part can be dropped or replaced: of one that is
 * begun the peer has half, and one that is committed was encoded for this peer,
 * so that later ones may refer to it.
 */
#ifndef FRAMED_CORE_QUEUE_H
#define FRAMED_CORE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/guard.h"
#include "core/packet.h"

struct conflation;

enum {
	/* memory for a packet beside its bytes: headers, the ring, malloc's */
	PACKET_COST = 88,
	QUEUE_INITIAL = 8 /* places of a ring that has not grown */
};

enum queue_flags {
	QUEUE_COMMITTED = 1 << 0,
	QUEUE_KEYED = 1 << 1 /* one with the same key may take its place */
};

struct queue_entry {
	struct packet *packet;
	uint16_t batch;
	uint8_t flags; /* enum queue_flags */
};

struct queue {
	struct queue_entry *ring;
	struct conflation *conflation; /* NULL: short, or without keys */
	uint32_t capacity;             /* a power of two */
	uint32_t head;                 /* index of the first */
	uint32_t count;
	uint32_t sent;      /* bytes of the first that are gone */
	bool is_begun;      /* the first is the rest of a write that stopped */
	bool has_keys;      /* some have had QUEUE_KEYED */
	uint16_t batch;     /* of what is pushed now; the owner counts them */
	uint64_t bytes;     /* waiting */
	struct queue *next; /* on the shelf */
	struct queue_entry initial[QUEUE_INITIAL]; /* the first ring */
};

/*
 * Queues of a thread's that are empty, for its next ones: a broadcast makes a
 * queue for each subscriber, and again in the next turn. All zero is an empty
 * shelf.
 */
struct queue_shelf {
	struct queue *first;
	uint32_t count;
};

/* What was dropped or replaced. */
struct queue_loss {
	uint64_t messages;
	uint64_t bytes; /* of payload */
};

/* Returns an empty queue, from the shelf if there is one, or NULL without
 * memory. */
MUST_CHECK struct queue *queue_new(struct queue_shelf *shelf);

/* Drops what waits, and clears *queue, whose memory goes to the shelf; NULL is
 * fine. */
void queue_free(struct queue **queue, struct queue_shelf *shelf);

/* Frees what lies on the shelf, which is empty then. */
void queue_shelf_release(struct queue_shelf *shelf);

/* Appends; takes over the caller's hold, also on failure. Returns 0, or -1
 * without memory. */
MUST_CHECK int queue_push(struct queue *queue, struct packet *packet);

/* The same for a message with a key: if one with this key waits that was pushed
 * here, it is lost, and the new one takes its place. */
MUST_CHECK int queue_push_keyed(
    struct queue *queue, struct packet *packet, struct queue_loss *loss);

/* The message that queue_push_keyed() would replace, or NULL. Borrowed. */
const struct packet *queue_find_key(struct queue *queue, uint64_t key);

/* Puts the rest of a write that stopped half way before everything. Takes over
 * the hold, also on failure. Returns 0, or -1 without memory. */
MUST_CHECK int queue_push_rest(struct queue *queue, struct packet *packet);

/* Puts a control frame ahead of the data and behind other control frames, but
 * not into the frame that is half sent. Takes over the hold, also on failure.
 * Returns 0, or -1 without memory. */
MUST_CHECK int queue_push_control(struct queue *queue, struct packet *packet);

/* Drops the control frames of this kind that wait and are not begun. */
void queue_drop_control(struct queue *queue, enum packet_kind kind);

/* Drops the oldest messages until the cost is below the limit, or there are no
 * more that can be. Adds them to the loss. */
void queue_drop_oldest(
    struct queue *queue, uint64_t limit, struct queue_loss *loss);

/* What waits at a place, 0 for the first, below queue->count. Valid until the
 * queue is changed. */
const struct queue_entry *queue_get(const struct queue *queue, uint32_t place);

/* Whether what waits at a place is a message neither begun nor committed. */
bool queue_is_free(const struct queue *queue, uint32_t place);

/*
 * Commits the message at a place, which is free, as an encoding of it, or as it
 * is if packet is NULL. Takes over the hold. All messages before it must be
 * committed or begun.
 */
void queue_commit(struct queue *queue, uint32_t place, struct packet *packet);

/* Whether something of this batch or an earlier one waits. Of the batches of
 * what waits the newest is less than 2^15 after the oldest. */
bool queue_has_batch(const struct queue *queue, uint16_t batch);

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
