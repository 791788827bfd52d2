/*
 * Bytes on their way out: one frame, as a rule, never changed once made, counted
 * and shared.
 *
 * There are two counts, so that delivering to thousands of sessions touches
 * no atomic: a `frame_share` is held once by each worker, a `packet` is one
 * worker's handle to bytes, counted by that worker alone.
 */
#ifndef FRAMED_CORE_PACKET_H
#define FRAMED_CORE_PACKET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/guard.h"
#include "base/span.h"
#include "proto/frame.h"

/* One frame for many sessions, on many workers. Any thread. */
struct frame_share {
	atomic_uint holds;
	uint32_t length;         /* of the frame */
	uint32_t payload_length; /* of the message in it, before any encoding */
	uint32_t share_class;    /* pmce.h: of a variant */
	struct frame_share *variants; /* a list, each held by the one before */
	bool is_keyed;
	uint64_t key;
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
/* Gives the message a key: before it has variants, or anybody else it. */
void frame_share_set_key(struct frame_share *share, uint64_t key);
/* Bytes of memory in it and its variants, for accounting. */
size_t frame_share_held(const struct frame_share *share);
void frame_share_hold(struct frame_share *share);
/* Clears *share; NULL is fine. */
void frame_share_release_hold(struct frame_share **share);

/* What a packet is, and so where in a queue it may go, which newer ones replace
 * it, and what else may happen to it there. */
enum packet_kind {
	PACKET_DATA, /* one frame, which is one message */
	/* one frame, which goes ahead of data: */
	PACKET_KEEPALIVE, /* a ping of ours */
	PACKET_PING, /* a ping of the module's, which replaces none of ours */
	PACKET_PONG,
	PACKET_BYTES /* anything else, which keeps its place: HTTP, a Close, the
	                rest of a write that stopped */
};

/* Whether it goes ahead of data. */
static inline bool
packet_kind_is_control(enum packet_kind kind)
{
	return kind == PACKET_KEEPALIVE || kind == PACKET_PING ||
	    kind == PACKET_PONG;
}

/* One worker only. */
struct packet {
	uint32_t holds;
	uint32_t length;
	uint32_t payload_length;   /* of the message, before any encoding */
	uint8_t kind;              /* enum packet_kind */
	bool is_keyed;             /* older messages of its key are worthless */
	uint64_t key;              /* any value is one */
	struct frame_share *share; /* whose bytes they are, or NULL: own */
	const uint8_t *bytes;
	uint8_t own[];
};

/* Makes a packet of a copy of the parts, without payload or key, which are for
 * the caller to set. Returns NULL without memory. */
MUST_CHECK struct packet *packet_new(
    enum packet_kind kind, const struct iovec *parts, int count);
/* Makes a packet of one frame, whose payload is masked if the frame is, with a
 * key unless that is NULL. Returns NULL without memory. */
MUST_CHECK struct packet *packet_from_frame(enum packet_kind kind,
    const struct frame *frame, struct span payload, const uint64_t *key);
/* Makes a packet of shared bytes, and of their key; takes a hold of its own on
 * them. */
MUST_CHECK struct packet *packet_from_share(struct frame_share *share);
void packet_hold(struct packet *packet);
/* Clears *packet; NULL is fine. */
void packet_release_hold(struct packet **packet);

#endif
