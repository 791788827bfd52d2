/*
 * What a worker has of one generation of the configuration: its part of each
 * endpoint, and how much there still is of it. Sessions stay with the one that
 * they began under; new ones begin under the worker's current one.
 */
#ifndef FRAMED_CORE_TENURE_H
#define FRAMED_CORE_TENURE_H

#include <stdbool.h>

#include "base/guard.h"
#include "core/generation.h"
#include "core/seats.h"
#include "core/session.h"

struct worker;

struct tenure {
	struct tenure *next; /* the worker's list: an older one */
	struct worker *worker;
	struct generation *generation;
	struct seats seats;
	unsigned sessions; /* in the worker's table */
	unsigned clients;  /* of these, those that the daemon began itself */
	unsigned works;    /* of modules, not yet delivered: async.h */
	bool is_over;      /* it ends with the last of these */
	bool is_closing_clients; /* that, and only clients are left */
};

/* Returns NULL without memory. Main thread. */
MUST_CHECK struct tenure *tenure_new(
    struct worker *worker, struct generation *generation);

/* When it was never begun, or has ended. Clears *tenure; NULL is fine. */
void tenure_free(struct tenure **tenure);

/* The worker's tenure of a configuration, which it has. */
struct tenure *tenures_find(
    const struct worker *worker, const struct conf *conf);

/* Gives the worker a tenure, which it frees when that is over. */
void tenures_add(struct worker *worker, struct tenure *tenure);

/* All tenures but the current one are over when nothing is left of them: their
 * last connections have come. */
void tenures_part(struct worker *worker);

/* Ends the tenures that are over and empty. */
void tenures_end(struct worker *worker);

/* The worker's tenure under which the session began. */
struct tenure *session_tenure(const struct session *session);

#endif
