/* Opens what a server listens on. */
#ifndef FRAMED_CORE_LISTEN_H
#define FRAMED_CORE_LISTEN_H

#include "base/guard.h"
#include "core/change.h"
#include "core/server.h"

/*
 * Opens the sockets of the new generation's listeners that are not kept, and puts
 * them into the workers' parts: those of TCP into each, others into one. What
 * went wrong is in the log. Main thread.
 */
MUST_CHECK enum server_result listen_open(struct change *change);

/* Sockets that are kept belong to the new generation from now on, with the
 * owners and permissions that it gives them. Main thread. */
void listen_take(struct change *change);

#endif
