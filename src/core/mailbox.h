/*
 * A worker's mailbox: any thread posts, the worker takes everything at once,
 * in the order each sender posted. Lock-free; wakes the worker by eventfd, one
 * write for any number of posts it has not taken yet.
 *
 * Bounded in bytes; control posts and signals always go through.
 */
#ifndef FRAMED_CORE_MAILBOX_H
#define FRAMED_CORE_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/guard.h"

struct post;
struct worker;

enum {
	/* below this much publishers that wait may go on; … */
	MAILBOX_LOW_BYTES = 2 << 20,
	/* … above this much they are told to wait, … */
	MAILBOX_HIGH_BYTES = 8 << 20,
	/* … and above this much nothing more is taken */
	MAILBOX_LIMIT_BYTES = 32 << 20
};

/* News without content: always goes through, needs no memory. */
enum mailbox_signal {
	MAILBOX_RELIEF = 1 << 0, /* a mailbox that lagged has been emptied */
	MAILBOX_DRAIN = 1 << 1,  /* end in order: drain.h */
	MAILBOX_ABORT = 1 << 2,  /* end everything now */
	MAILBOX_PING = 1 << 3    /* the watchdog wants a sign of life */
};

/* What becomes of one kind of post. */
struct post_type {
	/* Does what the post is for: on the worker's thread, at the end of a
	 * turn, where callbacks may start. The worker frees it afterwards. */
	void (*deliver)(struct worker *worker, struct post *post);
	/* Frees it, delivered or not. Any thread. */
	void (*free)(struct post *post);
};

/* The first member of each kind. */
struct post {
	struct post *next;
	const struct post_type *type;
	uint32_t bytes; /* charged to the mailbox */
};

struct mailbox {
	_Atomic(struct post *) newest;
	atomic_size_t bytes;
	atomic_bool is_lagging; /* a publisher was told to wait */
	atomic_uint signals;    /* a set of enum mailbox_signal */
	int wake_fd;
};

/* Returns 0, or -1 with errno. */
MUST_CHECK int mailbox_open(struct mailbox *mailbox);

/* Frees what was never taken; no thread posts any more. Twice is fine. */
void mailbox_close(struct mailbox *mailbox);

enum mailbox_result {
	MAILBOX_TAKEN,
	MAILBOX_LAGGING, /* taken; the sender waits for MAILBOX_RELIEF */
	MAILBOX_FULL     /* not taken, still the caller's; relief follows too */
};

/* Clears *post; NULL is fine. */
void post_free(struct post **post);
/* Frees a whole list and clears *posts. */
void posts_free(struct post **posts);

/* Any thread. Takes the post over unless the answer is FULL. */
enum mailbox_result mailbox_post(struct mailbox *mailbox, struct post *post);

/* The same for a post that must not be lost, of which the sender bounds the
 * number in another way: it is charged nothing and always taken. */
void mailbox_post_control(struct mailbox *mailbox, struct post *post);

/* Any thread, at any time between open and close. */
void mailbox_signal(struct mailbox *mailbox, enum mailbox_signal signal);

/* The worker: takes all posts, oldest first, for the caller to free, and all
 * signals, and quietens the eventfd. */
struct post *mailbox_take(struct mailbox *mailbox, unsigned *signals_out);

/* The worker: whether no post waits to be taken. */
static inline bool
mailbox_is_empty(const struct mailbox *mailbox)
{
	return atomic_load(&mailbox->newest) == NULL;
}

/*
 * The worker: so many bytes of posts that it took are worked off. Returns
 * whether publishers that were told to wait are now to be given
 * MAILBOX_RELIEF; to be asked after every take, even for 0 bytes.
 */
MUST_CHECK bool mailbox_settle(struct mailbox *mailbox, size_t bytes);

#endif
