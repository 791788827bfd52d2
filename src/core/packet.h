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
	uint32_t payload_length; /* of the message in it, before any encoding */
	uint32_t share_class;    /* pmce.h: of a variant */
	struct frame_share *variants; /* a list, each held by the one before */
	uint8_t bytes[];
};

/* Makes a frame, unmasked and final; the caller has the first hold. rsv:
 * FRAME_RSV bits. Returns NULL without memory. payload is at most
 * UINT32_MAX - 16 bytes. */
MUST_CHECK struct frame_share *frame_share_new(
    uint8_t opcode, uint8_t rsv, struct span payload);

/*
 * Adds the same message as an extension encodes it for sessions of a class, and
 * takes over the hold on that. Only while nobody else has the frame.
 */
void frame_share_add(struct frame_share *share, uint32_t share_class,
    struct frame_share *variant);

/* The variant for a class, else the frame itself. Borrowed. */
struct frame_share *frame_share_variant(
    struct frame_share *share, uint32_t share_class);
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
