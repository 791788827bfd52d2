/*
 * Limits at the door: how many sessions there may be, in all, of an endpoint, of
 * a listener and of one address, and how many connections may begin in a second.
 */
#ifndef FRAMED_CORE_ADMISSION_H
#define FRAMED_CORE_ADMISSION_H

#include <stdbool.h>

#include "base/guard.h"
#include "core/close_reason.h"
#include "core/session.h"
#include "proto/parse.h"

/*
 * A connection was accepted. Returns whether there is room for it, in the
 * second that runs, beside those that have just begun.
 */
MUST_CHECK bool admission_greet(struct worker *worker);

/*
 * Counts a session of this endpoint, by the address that its peer has by now.
 * Returns 0, and admission_leave() is due; or -1 with the reason and the answer
 * (503 or 429), and nothing is counted.
 */
MUST_CHECK int admission_enter(struct session *session,
    const struct endpoint *endpoint, enum close_reason *reason_out,
    struct proto_error *error_out);

/* Gives back the places of a session, if it has any. */
void admission_leave(struct session *session);

#endif
