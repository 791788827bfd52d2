/* Sessions that we begin, in the client's role (RFC 6455 §4.1). */
#ifndef FRAMED_CORE_CONNECT_H
#define FRAMED_CORE_CONNECT_H

#include "base/guard.h"
#include "core/seats.h"
#include "core/session.h"
#include "framed/module.h"

/*
 * Begins a session on the seat's worker and of its endpoint. What goes wrong from then on, and be it at
 * once, is told by on_connect_failed at the end of the turn. id_out may be NULL.
 * Returns as framed_connect().
 */
MUST_CHECK enum framed_result session_connect(struct seat *seat,
    const struct framed_connect_options *options, uint64_t *id_out);

/* Ends a session that is not open yet since the system says so. */
void connect_fail(struct session *session, int error);

/* Tells the module that a client session is over which never was open. */
void connect_tell_failed(struct session *session);

#endif
