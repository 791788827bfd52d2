/*
 * Whether the peer of an OPEN session is still there: it is pinged, and has to
 * answer; a raw session, whose pings are the module's, has to hear something;
 * and where that is not asked for, a peer has at least to take what waits for
 * it. All of this goes by the session's one deadline, until a raw session's peer
 * has sent its Close: then that is awaited which the module sends.
 */
#ifndef FRAMED_CORE_KEEPALIVE_H
#define FRAMED_CORE_KEEPALIVE_H

#include "base/span.h"
#include "core/session.h"

/* Begins to watch, or anew; the session is OPEN. */
void keepalive_begin(struct session *session);

/* A pong came. Returns whether it answers our newest ping, in time or not. */
bool keepalive_take_pong(struct session *session, struct span payload);

/*
 * The session's keepalive has changed, which takes effect at once: the wait for
 * the next ping begins anew, or that for a pong, or for a stalled queue to move.
 * A ping that is out is to be answered in any case, unless there are to be none
 * any more. Any state.
 */
void keepalive_interval_changed(struct session *session);
void keepalive_timeout_changed(struct session *session);

/* The deadline came. May end the session. */
void keepalive_expired(struct session *session);

/* The end of a turn in which the session was marked. */
void keepalive_settle(struct session *session);

#endif
