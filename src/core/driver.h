/*
 * The driver: turns events, deadlines and the end of a turn into calls of the
 * stages. All of a session's callbacks start here, and so none runs inside
 * another.
 */
#ifndef FRAMED_CORE_DRIVER_H
#define FRAMED_CORE_DRIVER_H

#include "core/session.h"

/* Called by the event loop: the descriptor can be read or written. */
void driver_event(int fd, short what, void *owner);

/* Called by the worker: the session's deadline has come. */
void driver_expired(struct session *session);

/* Called by the worker: a timer of the module's has run out. */
void driver_timer(struct session *session, uint64_t token);

/* Called by the worker when it drains, and will close the open session in so many
 * milliseconds. */
void driver_drain(struct session *session, uint32_t ms);

/* Called by the worker at the end of the turn, once for each mark. */
void driver_settle(struct session *session);

/* Bytes of memory in the backlog. */
size_t backlog_held(const struct backlog *backlog);
void backlog_free(struct backlog **backlog);

#endif
