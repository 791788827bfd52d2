/*
 * A letter: a post for one session, named by its id. When the session has ended
 * before it arrives, it is dropped and counted.
 */
#ifndef FRAMED_CORE_LETTER_H
#define FRAMED_CORE_LETTER_H

#include "base/guard.h"
#include "base/span.h"
#include "core/mailbox.h"
#include "core/packet.h"

/* Calls on_post with the token and a copy of data, of at most 2^31 bytes, while
 * the session is deferred or open. Returns NULL without memory. Any thread. */
MUST_CHECK struct post *letter_new_note(
    uint64_t id, uint64_t token, struct span data);

/* Sends the frame, with a hold of its own on it, while the session is open.
 * Returns NULL without memory. Any thread. */
MUST_CHECK struct post *letter_new_frame(
    uint64_t id, struct frame_share *frame);

#endif
