/*
 * A connection that one worker accepted for another: of sockets that exist once,
 * such as Unix sockets, one worker accepts for all.
 */
#ifndef FRAMED_CORE_HANDOVER_H
#define FRAMED_CORE_HANDOVER_H

#include "base/guard.h"
#include "conf/conf.h"
#include "core/mailbox.h"
#include "net/addr.h"

/* Begins a session on fd, which the post owns, where it is delivered; or closes
 * it. Returns NULL without memory, and fd is still the caller's. */
MUST_CHECK struct post *handover_new(
    const struct conf_listener *listener, int fd, const struct addr *peer);

/* Frees one that was not posted, and clears *post; fd is the caller's again. */
void handover_take_back(struct post **post);

#endif
