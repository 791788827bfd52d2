/* Opens what a server listens on. */
#ifndef FRAMED_CORE_LISTEN_H
#define FRAMED_CORE_LISTEN_H

#include "base/guard.h"
#include "core/server.h"

/*
 * Opens the sockets of all listeners: fds, all -1, has a row for each worker and
 * a place in it for each listener. Those of TCP are in each row, others in one.
 * What went wrong is in the log; what was opened until then is in fds. Main
 * thread.
 */
MUST_CHECK enum server_result listen_all(struct server *server, int *fds);

#endif
