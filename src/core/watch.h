/*
 * What the main thread does while the workers serve: it waits for signals, the
 * manager's watchdog and what workers have done, and hands on to stop.h, reload.h
 * and watchdog.h.
 */
#ifndef FRAMED_CORE_WATCH_H
#define FRAMED_CORE_WATCH_H

#include <stddef.h>

#include "base/guard.h"
#include "core/reload.h"
#include "core/stop.h"

struct event;
struct event_base;
struct server;

struct watch {
	struct server *server;
	struct event_base *base;
	struct event *events[8];
	size_t count;
	struct reload reload;
	struct event *stop_timer; /* one of these */
	struct stop stop;
};

/* Catches signals from now on. source outlives the watch. Returns 0, or -1 with
 * errno; watch_close() is due in both cases. Main thread, as for all below. */
MUST_CHECK int watch_open(struct watch *watch, struct server *server,
    const struct generation_source *source);

/* Returns 0 when all workers that were started have ended; or -1 after saying in
 * the log that it cannot watch. */
MUST_CHECK int watch_run(struct watch *watch);

/* When the workers have ended. No signal means anything from now on: those that
 * come late are held back, lest they end the process in the middle of its tidying
 * up. */
void watch_close(struct watch *watch);

#endif
