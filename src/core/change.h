/*
 * A new generation of the configuration on its way to the workers. First all of
 * it is made: each worker gets a part, with what it needs there. Then the parts
 * are prepared, by every worker on its thread, which may fail; and only then are
 * they taken on, which may not.
 */
#ifndef FRAMED_CORE_CHANGE_H
#define FRAMED_CORE_CHANGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/guard.h"
#include "core/door.h"
#include "core/generation.h"
#include "core/mailbox.h"
#include "core/tenure.h"

struct server;

/* What workers are told, in this order; the second may be left out. */
enum change_step {
	CHANGE_PREPARE,
	CHANGE_CANCEL, /* in place of all that follow */
	CHANGE_TAKE,   /* new connections are of the new generation */
	CHANGE_PART,   /* nothing comes for old ones any more */
	CHANGE_STEPS
};

/* A worker is told one step. */
struct change_post {
	struct post post;
	struct part *part;
};

/* What one worker gets. */
struct part {
	struct change *change;
	struct worker *worker;
	struct change_post posts[CHANGE_STEPS];
	struct tenure *tenure; /* NULL: the worker has it */
	/* by place of the listener; NULL: that worker has none there, or
	 * keeps the old one. The whole is the worker's when it is taken */
	struct door **doors;
};

enum { LISTENER_NEW = -1 };

struct change {
	struct server *server;
	struct generation *generation;
	/* by place of the listener: that of the same one in the old
	 * generation, or LISTENER_NEW */
	ptrdiff_t *kept;
	struct part *parts;     /* by index of the worker */
	atomic_uint answers;    /* workers that have done the step */
	atomic_bool has_failed; /* one could not prepare */
};

/*
 * Makes the parts of a generation, that of a server without one or of one with
 * another, in which the same listeners are then kept. No listener is opened yet:
 * listen.h. Returns NULL without memory. Main thread, as for all below.
 */
MUST_CHECK struct change *change_new(
    struct server *server, struct generation *generation);

/* Frees what the workers have not got; the generation is the caller's again.
 * Clears *change; NULL is fine. No worker has a step to do. */
void change_free(struct change **change);

/* Has all workers do a step; each counts in change->answers when it is through,
 * and tells the server. */
void change_post(struct change *change, enum change_step step);

/* Does the steps for a worker whose thread does not run yet, except for what is
 * done there. Returns 0, or -1 after saying why in the log. */
MUST_CHECK int change_give(struct change *change);

#endif
