/*
 * What a session sends. Output made while its own callback runs gathers in the
 * worker's cork and leaves in one write; all other output, and what the kernel
 * does not take, waits in the session's queue. Order on the wire: cork before
 * queue, pings and pongs before waiting data, a Close behind everything.
 *
 * No call here calls a module. A connection that fails is only marked
 * SESSION_BROKEN, for the driver; a full queue or no memory closes the session.
 */
#ifndef FRAMED_CORE_OUTPUT_H
#define FRAMED_CORE_OUTPUT_H

#include "base/guard.h"
#include "base/span.h"
#include "core/packet.h"
#include "core/session.h"
#include "framed/module.h"

/* From here to output_uncork() the session's output gathers. Not nested. */
void output_cork(struct session *session);
void output_uncork(struct session *session);

/* Writes what is in the cork, if it is the session's; what the kernel does not
 * take waits in the queue. */
void output_write_cork(struct session *session);

/* Sends one message. Returns as framed_send(). */
enum framed_result output_message(
    struct session *session, uint8_t opcode, struct span payload);

/* The same, with a key. Returns as framed_send_keyed(). */
enum framed_result output_keyed(
    struct session *session, uint8_t opcode, struct span payload, uint64_t key);
/* Sends one frame as it is, but no Close; first is its first byte on the wire.
 * Returns as framed_send(). */
enum framed_result output_frame(
    struct session *session, uint8_t first, struct span payload);

/* Sends a message that others send too. Returns as framed_send(). */
enum framed_result output_shared(
    struct session *session, struct packet *packet);

/* Sends a ping or a pong, of at most FRAME_CONTROL_MAX bytes. Returns
 * FRAMED_QUEUED, FRAMED_CLOSED, or FRAMED_NO_MEMORY when that ends the session. */
enum framed_result output_control(
    struct session *session, enum packet_kind kind, struct span payload);

/* Sends a Close frame with this payload; nothing can be sent after it. */
void output_close(struct session *session, struct span payload);

/* Sends bytes as they are: HTTP. */
void output_bytes(struct session *session, struct span bytes);

/* Writes as much of the queue as the kernel takes. */
void output_flush(struct session *session);

/* Whether the kernel has taken everything; outside of the cork. */
bool output_is_drained(const struct session *session);

/* Whether the queue has fallen below its low mark. */
bool output_is_below_low(const struct session *session);

/* Drops what waits. */
void output_drop(struct session *session);

#endif
