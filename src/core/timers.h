/*
 * The timers of modules: any number for each session, told apart by a token of
 * the module's. One set of them for each worker, on a wheel of its own. Time is
 * an argument, and nothing here calls a module.
 */
#ifndef FRAMED_CORE_TIMERS_H
#define FRAMED_CORE_TIMERS_H

#include "base/guard.h"
#include "core/session.h"
#include "core/wheel.h"
#include "framed/module.h"

enum { TIMERS_PER_SESSION_MAX = 1024 };

struct timer;

struct timers {
	struct wheel wheel;
	struct timer *entries; /* by slot of the wheel */
	uint32_t count;        /* entries that were ever used */
	uint32_t capacity;
};

/* Called for a timer that ran out, and is there no more. May set and cancel any
 * timer, and end any session. */
typedef void timers_fn(struct session *session, uint64_t token);

/* Returns 0, or -1 when there is no memory. */
MUST_CHECK int timers_init(struct timers *timers, uint64_t now_ms);
/* Timers of sessions are not ended, only forgotten. */
void timers_release(struct timers *timers);

/* Sets the session's timer of this token, or moves it. Returns FRAMED_OK,
 * FRAMED_AGAIN at TIMERS_PER_SESSION_MAX, or FRAMED_NO_MEMORY. */
enum framed_result timers_set(struct timers *timers, struct session *session,
    uint64_t now_ms, uint32_t delay_ms, uint64_t token);

/* Ends the session's timer of this token; having none is fine. */
void timers_cancel(
    struct timers *timers, struct session *session, uint64_t token);

/* Ends all timers of the session. */
void timers_end(struct timers *timers, struct session *session);

/* Milliseconds until timers_advance() is to be called, or -1 for never. */
int64_t timers_next_ms(struct timers *timers, uint64_t now_ms);

/* Calls fn for every timer that has run out. */
void timers_advance(struct timers *timers, uint64_t now_ms, timers_fn *fn);

/* Memory of a session's timers, for accounting. */
size_t timers_held(const struct session *session);

#endif
