/* A publication: a post that brings a frame to a worker's subscribers. */
#ifndef FRAMED_CORE_PUBLICATION_H
#define FRAMED_CORE_PUBLICATION_H

#include "base/guard.h"
#include "base/span.h"
#include "core/mailbox.h"
#include "core/packet.h"

/* Makes one with a hold of its own on the frame; topic is at most 255 bytes, the
 * frame far below UINT32_MAX. Returns NULL without memory. Any thread. */
MUST_CHECK struct post *publication_new(
    struct span topic, struct frame_share *frame);

#endif
