/*
 * How what a session sends goes on its way: into the cork while the session's
 * own callback runs and nothing waits that it would overtake, to the kernel
 * where it is too large for that, or into the queue. Whether it may be sent is
 * for output.h, whose answers these are.
 */
#ifndef FRAMED_CORE_EMIT_H
#define FRAMED_CORE_EMIT_H

#include "base/guard.h"
#include "base/span.h"
#include "core/packet.h"
#include "core/session.h"
#include "framed/module.h"
#include "proto/frame.h"

/* Belongs to a worker, and for a time to the session whose callback runs. */
struct cork {
	uint8_t *data; /* CORK_BYTES */
	size_t length;
	struct session *owner; /* NULL: free */
};

enum { CORK_BYTES = 64 << 10 };

/* Returns 0, or -1 without memory. */
MUST_CHECK int cork_init(struct cork *cork);
void cork_release(struct cork *cork);

/* Bytes as they are. */
enum framed_result emit_bytes(struct session *session, struct span bytes);

/* What the sender of a message knows of it. */
struct emit_message {
	size_t length;       /* of its payload, before any encoding */
	const uint64_t *key; /* NULL: none */
};

/*
 * The hot path: puts an unmasked frame that no extension has to see into the
 * cork. Returns false, and does nothing, where the cork is not the session's,
 * something waits, there is no room, or the payload is large: emit_frame() knows
 * what to do then.
 */
MUST_CHECK bool emit_to_cork(
    struct session *session, uint8_t first, struct span payload);

/* A whole frame, masked where that is due. first: opcode, FRAME_FIN and FRAME_RSV
 * bits. message: what is in it, NULL where that is none. */
enum framed_result emit_frame(struct session *session, enum packet_kind kind,
    uint8_t first, struct span payload, const struct emit_message *message);

/* Queues a packet, which it takes over, for the end of the turn, or for when the
 * kernel takes more. NULL stands for an allocation that failed. */
enum framed_result emit_packet(struct session *session, struct packet *packet);

/* Writes what is in the cork, which is the session's. */
enum framed_result emit_cork(struct session *session);

/*
 * Whether a message has to wait as it is: where the order of what the extension
 * makes of messages matters, they are encoded when they go on the wire, and can
 * be dropped until then.
 */
bool emit_waits_plain(const struct session *session);

/* What we send as a client is masked, with a fresh key (RFC 6455 §5.1). */
void emit_mask(struct session *session, struct frame *frame);

/* An error on the way out ends the session, later, from the driver. */
void emit_fail(struct session *session);

/* The connection is sound but memory is short: the session ends for that. */
void emit_no_memory(struct session *session);

/* Counts messages that the peer will not get. */
void emit_count_loss(struct session *session, const struct queue_loss *loss);

static inline uint64_t
emit_queue_limit(const struct session *session)
{
	return session->endpoint->conf->limits.queue_bytes;
}

static inline enum queue_policy
emit_policy(const struct session *session)
{
	return session->endpoint->conf->queue_policy;
}

#endif
