/* Who the daemon is once its sockets are bound. */
#ifndef FRAMED_CORE_PRIVILEGES_H
#define FRAMED_CORE_PRIVILEGES_H

#include "base/guard.h"
#include "conf/conf.h"

/*
 * Becomes conf's user and group for good, supplementary groups included, and
 * makes sure of it. Without a user nothing changes, which is worth a warning for
 * root, and nothing where it is that user already. Returns 0, or -1 after saying
 * why in the log. Main thread, before there are others.
 */
MUST_CHECK int privileges_drop(const struct conf *conf);

#endif
