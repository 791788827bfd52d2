/*
 * Bytes on their way out: one or more whole frames, never changed once made,
 * counted and shared.
 *
 * There are two counts, so that delivering to thousands of sessions touches
 * no atomic: a `frame_share` is held once by each worker, a `packet` is one
 * worker's handle to bytes, counted by that worker alone.
 */
#ifndef FRAMED_CORE_PACKET_H
#define FRAMED_CORE_PACKET_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/guard.h"
#include "base/span.h"

/* One frame for many sessions, on many workers. Any thread. */
struct frame_share {
	atomic_uint holds;
	uint32_t length;         /* of the frame */
	uint32_t payload_length; /* of the message in it */
	uint8_t bytes[];
};

/* Makes a frame, unmasked and final; the caller has the first hold. Returns
 * NULL without memory. payload is at most UINT32_MAX - 16 bytes. */
MUST_CHECK struct frame_share *frame_share_new(
    uint8_t opcode, struct span payload);
void frame_share_hold(struct frame_share *share);
/* Clears *share; NULL is fine. */
void frame_share_release_hold(struct frame_share **share);

/* Where in a queue a packet may go, and whether a newer one replaces it. */
enum packet_kind { PACKET_DATA, PACKET_PING, PACKET_PONG };

/* One worker only. */
struct packet {
	uint32_t holds;
	uint32_t length;
	enum packet_kind kind;
	struct frame_share *share; /* whose bytes they are, or NULL: own */
	const uint8_t *bytes;
	uint8_t own[];
};

/* Makes a packet of a copy of the parts. Returns NULL without memory. */
MUST_CHECK struct packet *packet_new(
    enum packet_kind kind, const struct iovec *parts, int count);
/* Makes a packet of shared bytes; takes a hold of its own on them. */
MUST_CHECK struct packet *packet_from_share(struct frame_share *share);
void packet_hold(struct packet *packet);
/* Clears *packet; NULL is fine. */
void packet_release_hold(struct packet **packet);

#endif
