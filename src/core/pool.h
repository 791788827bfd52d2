/*
 * The pool: threads for what would keep a worker from its sessions. Jobs begin
 * in the order they were given; where they go afterwards is theirs to know.
 */
#ifndef FRAMED_CORE_POOL_H
#define FRAMED_CORE_POOL_H

#include <pthread.h>
#include <stdbool.h>

#include "base/guard.h"

struct job;

/* What becomes of one kind of job: one of the two, once, on a thread of the
 * pool, whose job it is no longer. */
struct job_type {
	void (*run)(struct job *job);
	void (*skip)(struct job *job); /* behind pool_skip(): do not run it */
};

/* A member of each kind. */
struct job {
	struct job *next;
	const struct job_type *type;
};

/* All zero: a pool without threads, which takes nothing. */
struct pool {
	pthread_mutex_t lock; /* of all that follows but the threads */
	pthread_cond_t news;  /* there is a job, or the end */
	struct job *first;    /* waiting, … */
	struct job **end;     /* … in this order */
	unsigned waiting;
	unsigned room; /* for so many */
	bool is_skipping;
	bool is_ending;
	pthread_t *threads;
	unsigned thread_count;
};

/*
 * Starts so many threads, which leave all signals to others, with room for so
 * many jobs that wait for one. The pool must not move. Returns 0; or -1 with
 * errno, and the pool has no threads.
 */
MUST_CHECK int pool_start(struct pool *pool, unsigned threads, unsigned room);

/* Any thread. Takes the job over. Returns 0, or -1 when there is no room. */
MUST_CHECK int pool_give(struct pool *pool, struct job *job);

/* Any thread. Has all jobs skipped that have not begun, also later ones. */
void pool_skip(struct pool *pool);

/* Ends the threads when every job is done. Twice is fine. The thread that
 * started them. */
void pool_stop(struct pool *pool);

#endif
