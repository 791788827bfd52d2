/*
 * The end of a worker in order. Once it accepts no more, it goes through its
 * sessions, some in each turn: each module hears of it, and each session gets a
 * time of its own at which it is closed. Those that are not open yet have a moment
 * for that, and end with it. The worker ends with the last of
 * them. What takes too long is the main thread's to cut: stop.h.
 */
#ifndef FRAMED_CORE_DRAIN_H
#define FRAMED_CORE_DRAIN_H

#include <stdbool.h>

struct session;
struct worker;

/* The worker accepts no more: begins. */
void drain_begin(struct worker *worker);

/* A session came from another worker that still accepted. */
void drain_add(struct session *session);

/* The part of a turn, where callbacks may start. */
void drain_turn(struct worker *worker);

/* Whether the next turn has more to do, and must not wait for events. */
bool drain_is_busy(const struct worker *worker);

/* The time of a session on worker->ends has come: it is closed, because the
 * worker drains or because it is too old. */
void drain_expired(struct session *session);

/* Why clients are refused now, and sessions closed. */
const char *drain_sentence(const struct worker *worker);

#endif
