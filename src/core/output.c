/* What may be sent, in which form, and what becomes of what waits. */
#include "core/output.h"

#include "core/emit.h"
#include "core/pmce.h"
#include "core/receipts.h"
#include "core/secure.h"
#include "core/worker.h"
#include "proto/frame.h"

enum {
	PARTS_PER_WRITE = 64,
	/* of messages that are encoded ahead, and cannot be dropped then */
	COMMIT_BYTES = 64 << 10,
	/* of a write whose parts are copied together first */
	JOIN_BYTES = 8 << 10
};

/* A peer that does not take its replies is not asked for more of them. What
 * others send it cannot be stopped so. */
static void
mind_replies(struct session *session, enum framed_result result)
{
	if (result == FRAMED_BACKPRESSURE && session->state == SESSION_OPEN &&
	    emit_policy(session) == QUEUE_PAUSE_READING)
		session_pause(session, SESSION_PAUSED_BY_QUEUE);
}

void
output_cork(struct session *session)
{
	assert(session->worker->cork.owner == NULL);
	session->worker->cork.owner = session;
}

void
output_write_cork(struct session *session)
{
	if (session->worker->cork.owner == session)
		mind_replies(session, emit_cork(session));
}

void
output_uncork(struct session *session)
{
	struct cork *cork = &session->worker->cork;

	assert(cork->owner == session);
	output_write_cork(session);
	cork->length = 0;
	cork->owner = NULL;
}

/* The payload of the frame that a packet is. */
static struct span
payload_of(const struct packet *packet)
{
	size_t header = frame_header_length(packet->bytes);

	return span_from(packet->bytes + header, packet->length - header);
}

/* Whether the full queue takes a newer message of the key. They may let it grow
 * somewhat, lest nothing can be said any more to one that waits; but what is
 * full of small messages, or of well compressed ones, must not become full of
 * large ones. */
static bool
may_replace(struct session *session, uint64_t key, size_t queued_length)
{
	const struct packet *old = queue_find_key(session->queue, key);

	return old != NULL &&
	    (queued_length <= payload_of(old).length ||
	        queue_cost(session->queue) < 2 * emit_queue_limit(session));
}

static bool
drop_oldest(struct session *session)
{
	struct queue_loss loss = {0, 0};

	queue_drop_oldest(session->queue, emit_queue_limit(session), &loss);
	emit_count_loss(session, &loss);
	return queue_cost(session->queue) < emit_queue_limit(session);
}

/* What becomes of a message that finds the queue full, in which it would have so
 * much payload, or less. */
static enum framed_result
overflow(struct session *session, const struct emit_message *message,
    size_t queued_length)
{
	const struct queue_loss loss = {1, message->length};

	switch (emit_policy(session)) {
	case QUEUE_DROP_OLDEST:
		if (drop_oldest(session))
			return FRAMED_QUEUED;
		emit_count_loss(session, &loss);
		return FRAMED_DROPPED;
	case QUEUE_DROP_NEWEST:
		emit_count_loss(session, &loss);
		return FRAMED_DROPPED;
	case QUEUE_CONFLATE:
		if (message->key != NULL &&
		    may_replace(session, *message->key, queued_length))
			return FRAMED_QUEUED;
		break;
	case QUEUE_PAUSE_READING:
	case QUEUE_CLOSE:
		break;
	}
	session->worker->stats.dropped++;
	session_close(session, CLOSE_QUEUE_FULL);
	return FRAMED_CLOSED;
}

/* Whether one more message is too many: a full queue has consequences. */
static bool
is_full(const struct session *session)
{
	return session->queue != NULL &&
	    queue_cost(session->queue) >= emit_queue_limit(session);
}

/* A message counts with its last frame, its bytes with each; control frames do
 * not. */
static void
count_out(struct session *session, uint8_t first, size_t payload_length)
{
	unsigned messages = (first & FRAME_FIN) != 0;

	if (frame_opcode_is_control(first))
		return;
	session->messages_out += messages;
	session->bytes_out += payload_length;
	session->worker->stats.messages_out += messages;
	session->worker->stats.bytes_out += payload_length;
}

/* Sends a message through the session's extension. */
static enum framed_result
emit_encoded(struct session *session, uint8_t first, struct span payload,
    const struct emit_message *message)
{
	const struct pmce *pmce = session_pmce(session);

	if (emit_waits_plain(session))
		return emit_frame(
		    session, PACKET_DATA, first, payload, message);
	switch (pmce->encode(session, payload, &payload)) {
	case PMCE_DONE:
		first |= pmce->rsv;
		break;
	case PMCE_PLAIN:
		break;
	case PMCE_BAD:
	case PMCE_TOO_BIG:
	case PMCE_NO_MEMORY:
		emit_no_memory(session);
		return FRAMED_NO_MEMORY;
	}
	return emit_frame(session, PACKET_DATA, first, payload, message);
}

/* A frame that is not for the cork, or not as it is. What raw sessions send is
 * not whole messages: none of it can be dropped. */
static enum framed_result
send_otherwise(struct session *session, uint8_t first, struct span payload,
    const uint64_t *key)
{
	const struct emit_message message = {payload.length, key};
	enum packet_kind kind =
	    session_is_raw(session) ? PACKET_BYTES : PACKET_DATA;
	enum framed_result result = FRAMED_QUEUED;

	if (is_full(session))
		result = overflow(session, &message, payload.length);
	if (result != FRAMED_QUEUED)
		return result;
	if (session->flags & SESSION_EXTENDED)
		result = emit_encoded(session, first, payload, &message);
	else
		result = emit_frame(session, kind, first, payload, &message);
	mind_replies(session, result);
	return result;
}

/* Sends a frame, first being its first byte. */
static inline enum framed_result
send_frame(struct session *session, uint8_t first, struct span payload,
    const uint64_t *key)
{
	enum framed_result result = FRAMED_QUEUED;

	if (UNLIKELY(payload.length > GIGABYTE))
		return FRAMED_INVALID;
	if (UNLIKELY(!session_can_send(session)))
		return FRAMED_CLOSED;
	if (!emit_to_cork(session, first, payload))
		result = send_otherwise(session, first, payload, key);
	if (result == FRAMED_QUEUED || result == FRAMED_BACKPRESSURE)
		count_out(session, first, payload.length);
	return result;
}

enum framed_result
output_message(struct session *session, uint8_t opcode, struct span payload)
{
	return send_frame(session, FRAME_FIN | opcode, payload, NULL);
}

enum framed_result
output_keyed(
    struct session *session, uint8_t opcode, struct span payload, uint64_t key)
{
	return send_frame(session, FRAME_FIN | opcode, payload, &key);
}

enum framed_result
output_frame(struct session *session, uint8_t first, struct span payload)
{
	return send_frame(session, first, payload, NULL);
}

/* Queues a message that others get too. A client needs its own masked copy. */
static enum framed_result
queue_shared(struct session *session, struct packet *packet,
    const struct emit_message *message)
{
	if (session->flags & SESSION_CLIENT)
		return emit_frame(session, PACKET_DATA, packet->bytes[0],
		    payload_of(packet), message);
	packet_hold(packet);
	return emit_packet(session, packet);
}

enum framed_result
output_shared(struct session *session, struct packet *packet)
{
	const struct emit_message message = {
	    packet->payload_length, packet->is_keyed ? &packet->key : NULL};
	enum framed_result result = FRAMED_QUEUED;

	if (!session_can_send(session))
		return FRAMED_CLOSED;
	if (is_full(session))
		result = overflow(session, &message, payload_of(packet).length);
	if (result != FRAMED_QUEUED)
		return result;
	result = queue_shared(session, packet, &message);
	if (result != FRAMED_NO_MEMORY)
		count_out(
		    session, FRAME_FIN | FRAME_BINARY, packet->payload_length);
	return result;
}

enum framed_result
output_control(
    struct session *session, enum packet_kind kind, struct span payload)
{
	enum framed_result result;

	if (!session_can_send(session))
		return FRAMED_CLOSED;
	result = emit_frame(session, kind,
	    FRAME_FIN | (kind == PACKET_PONG ? FRAME_PONG : FRAME_PING),
	    payload, NULL);
	/* how long the queue is, is for those to know who send messages */
	return result == FRAMED_BACKPRESSURE ? FRAMED_QUEUED : result;
}

void
output_close(struct session *session, struct span payload)
{
	/* first: without memory this comes back to session_close() */
	session->flags |= SESSION_CLOSE_SENT;
	emit_frame(
	    session, PACKET_BYTES, FRAME_FIN | FRAME_CLOSE, payload, NULL);
}

void
output_bytes(struct session *session, struct span bytes)
{
	emit_bytes(session, bytes);
}

/*
 * Has the extension encode a message that waited as it was. Returns 0, or -1
 * without memory; the session is over then, and its queue may be gone.
 */
static int
commit(struct session *session, uint32_t place)
{
	const struct pmce *pmce = session_pmce(session);
	const struct packet *plain = queue_get(session->queue, place)->packet;
	struct span payload = payload_of(plain);
	enum pmce_result result = pmce->encode(session, payload, &payload);
	struct packet *packet = NULL;

	if (result == PMCE_DONE || session->flags & SESSION_CLIENT) {
		struct frame frame =
		    frame_from(plain->bytes[0], payload.length);

		if (result == PMCE_DONE)
			frame.flags |= pmce->rsv;
		emit_mask(session, &frame);
		packet = packet_from_frame(PACKET_DATA, &frame, payload, NULL);
		if (packet == NULL)
			result = PMCE_NO_MEMORY;
	}
	if (result == PMCE_NO_MEMORY) {
		packet_release_hold(&packet);
		emit_no_memory(session);
		return -1;
	}
	queue_commit(session->queue, place, packet);
	return 0;
}

/* Commits the messages at the front, which a write may take. Returns how many
 * packets are fit for it; 0 where memory ran out. */
static int
commit_front(struct session *session)
{
	struct queue *queue = session->queue;
	uint32_t place = 0;
	size_t bytes = 0;

	while (place < queue->count && place < PARTS_PER_WRITE &&
	    bytes < COMMIT_BYTES) {
		if (queue_is_free(queue, place) && commit(session, place) == -1)
			return 0;
		bytes += queue_get(queue, place++)->packet->length;
	}
	return (int)place;
}

/* Copies small parts together, into the cork where that is free: the kernel takes
 * one part for less than many. Returns how many there are now. */
static int
join_parts(struct cork *cork, struct iovec *parts, int count)
{
	size_t total = 0;

	for (int i = 0; i < count; i++)
		total += parts[i].iov_len;
	if (count == 1 || total > JOIN_BYTES || cork->owner != NULL)
		return count;
	total = 0;
	for (int i = 0; i < count; i++) {
		memcpy(cork->data + total, parts[i].iov_base, parts[i].iov_len);
		total += parts[i].iov_len;
	}
	parts[0] = (struct iovec){cork->data, total};
	return 1;
}

void
output_flush(struct session *session)
{
	bool is_plain = emit_waits_plain(session);
	UNINITIALIZED struct iovec parts[PARTS_PER_WRITE];
	struct queue *queue = session->queue;

	session->flags &= ~(uint32_t)(SESSION_DIRTY | SESSION_BLOCKED);
	if (UNLIKELY(session->flags & SESSION_SECURED))
		secure_flush(session);
	while (queue != NULL && queue->count > 0) {
		int max = is_plain ? commit_front(session) : PARTS_PER_WRITE;
		int count;
		ssize_t sent;

		if (max == 0)
			return;
		count = join_parts(&session->worker->cork, parts,
		    queue_peek(queue, parts, max));
		sent = session_write(session, parts, count);
		if (sent == -1) {
			emit_fail(session);
			return;
		}
		if (sent == 0) {
			session->flags |= SESSION_BLOCKED;
			return;
		}
		session->flags |= SESSION_PROGRESS;
		queue_advance(queue, (size_t)sent);
	}
	queue_free(&session->queue, &session->worker->queue_shelf);
}

bool
output_is_drained(const struct session *session)
{
	return session->queue == NULL && !(session->flags & SESSION_BLOCKED);
}

bool
output_is_below_low(const struct session *session)
{
	return session->queue == NULL ||
	    queue_cost(session->queue) < emit_queue_limit(session) / 4;
}

void
output_drop(struct session *session)
{
	queue_free(&session->queue, &session->worker->queue_shelf);
	session->flags &= ~(uint32_t)(SESSION_DIRTY | SESSION_BLOCKED);
}
