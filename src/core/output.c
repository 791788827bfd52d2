/* The cork, the queue and their marks. */
#include "core/output.h"

#include <stdlib.h>

#include "core/pmce.h"
#include "core/receipts.h"
#include "core/worker.h"
#include "proto/frame.h"
#include "proto/mask.h"

enum {
	/* a payload from here on is written at once, without the copy */
	WRITE_THROUGH_BYTES = 8 << 10,
	PARTS_PER_WRITE = 64,
	/* of messages that are encoded ahead, and cannot be dropped then */
	COMMIT_BYTES = 64 << 10
};

int
cork_init(struct cork *cork)
{
	cork->owner = NULL;
	cork->length = 0;
	cork->data = malloc(CORK_BYTES);
	return cork->data == NULL ? -1 : 0;
}

void
cork_release(struct cork *cork)
{
	free(cork->data);
	cork->data = NULL;
}

/* Output goes to the cork only while nothing waits that it would overtake. */
static bool
is_corked(const struct session *session)
{
	return session->worker->cork.owner == session && session->queue == NULL;
}

/* An error on the way out ends the session, later, from the driver. */
static void
output_fail(struct session *session)
{
	session->flags |= SESSION_BROKEN;
	session_mark(session);
}

/* The connection is sound but memory is short: the session ends for that. */
static void
output_no_memory(struct session *session)
{
	output_fail(session);
	session_close(session, CLOSE_NO_MEMORY);
}

static uint64_t
queue_limit(const struct session *session)
{
	return session->endpoint->conf->limits.queue_bytes;
}

static enum queue_policy
policy_of(const struct session *session)
{
	return session->endpoint->conf->queue_policy;
}

/* What the sender is told of the queue's length, after it grew. */
static enum framed_result
judge_length(struct session *session)
{
	if (session->endpoint == NULL ||
	    queue_cost(session->queue) <= queue_limit(session) / 2)
		return FRAMED_QUEUED;
	session->flags |= SESSION_ABOVE_HIGH;
	return FRAMED_BACKPRESSURE;
}

/* A peer that does not take its replies is not asked for more of them. What
 * others send it cannot be stopped so. */
static void
mind_replies(struct session *session, enum framed_result result)
{
	if (result == FRAMED_BACKPRESSURE && session->state == SESSION_OPEN &&
	    policy_of(session) == QUEUE_PAUSE_READING)
		session_pause(session, SESSION_PAUSED_BY_QUEUE);
}

/* Makes the queue when it is not there. */
static int
need_queue(struct session *session)
{
	if (session->queue != NULL)
		return 0;
	session->queue = queue_new();
	if (session->queue == NULL)
		return -1;
	session->queue->batch = receipts_batch(session);
	return 0;
}

/* Every ping is answered while answers go out. From a peer that takes none, the
 * newest will do (RFC 6455 §5.5.3), so that a flood costs one. */
static int
push_control(struct session *session, struct packet *packet)
{
	if (session->flags & SESSION_BLOCKED)
		queue_drop_control(session->queue, packet->kind);
	return queue_push_control(session->queue, packet);
}

/* Counts messages that the peer will not get. */
static void
count_loss(struct session *session, const struct queue_loss *loss)
{
	session->worker->stats.dropped += loss->messages;
	receipts_add_loss(session, loss);
}

/* A message whose older ones of its key are worthless. */
static int
push_keyed(struct session *session, struct packet *packet)
{
	struct queue_loss loss = {0, 0};
	int pushed;

	if (policy_of(session) != QUEUE_CONFLATE)
		return queue_push(session->queue, packet);
	pushed = queue_push_keyed(session->queue, packet, &loss);
	count_loss(session, &loss);
	return pushed;
}

/* Queues one unit for the end of the turn, or for when the kernel takes more.
 * Takes over the packet, which may be NULL for an allocation that failed. */
static enum framed_result
enqueue(struct session *session, struct packet *packet)
{
	int pushed = -1;

	if (packet == NULL || need_queue(session) == -1)
		packet_release_hold(&packet);
	else if (packet_kind_is_control(packet->kind))
		pushed = push_control(session, packet);
	else if (packet->is_keyed)
		pushed = push_keyed(session, packet);
	else
		pushed = queue_push(session->queue, packet);
	if (pushed == -1) {
		output_no_memory(session);
		return FRAMED_NO_MEMORY;
	}
	if (!(session->flags & SESSION_BLOCKED)) {
		session->flags |= SESSION_DIRTY;
		session_mark(session);
	}
	return judge_length(session);
}

/* Keeps what the kernel did not take of the parts, before everything else. */
static enum framed_result
keep_rest(struct session *session, struct iovec *parts, int count, size_t sent)
{
	struct packet *packet;

	for (int i = 0; i < count; i++) {
		size_t here = sent < parts[i].iov_len ? sent : parts[i].iov_len;

		parts[i].iov_base = (uint8_t *)parts[i].iov_base + here;
		parts[i].iov_len -= here;
		sent -= here;
	}
	session->flags |= SESSION_BLOCKED;
	session_mark(session);
	packet = packet_new(PACKET_BYTES, parts, count);
	if (packet == NULL || need_queue(session) == -1) {
		packet_release_hold(&packet);
		output_no_memory(session);
		return FRAMED_NO_MEMORY;
	}
	if (queue_push_rest(session->queue, packet) == -1) {
		output_no_memory(session);
		return FRAMED_NO_MEMORY;
	}
	return judge_length(session);
}

/* Writes the cork's content and further parts in one call. parts[0] is the
 * cork's, filled in here. */
static enum framed_result
write_with_cork(struct session *session, struct iovec *parts, int count)
{
	struct cork *cork = &session->worker->cork;
	size_t total = 0;
	ssize_t sent;

	parts[0].iov_base = cork->data;
	parts[0].iov_len = cork->length;
	cork->length = 0;
	for (int i = 0; i < count; i++)
		total += parts[i].iov_len;
	sent = transport_send(&session->transport, parts, count);
	if (sent == -1) {
		output_fail(session);
		return FRAMED_CLOSED;
	}
	if ((size_t)sent == total)
		return FRAMED_QUEUED;
	return keep_rest(session, parts, count, (size_t)sent);
}

/* Appends to the cork, which has room. */
static void
cork_add(struct cork *cork, struct span bytes)
{
	if (bytes.length > 0)
		memcpy(cork->data + cork->length, bytes.data, bytes.length);
	cork->length += bytes.length;
}

/* The same, masked. */
static void
cork_add_masked(struct cork *cork, struct span bytes, const uint8_t *key)
{
	mask_copy(cork->data + cork->length, bytes.data, bytes.length, key, 0);
	cork->length += bytes.length;
}

/* Sends bytes as they are. */
static enum framed_result
emit(struct session *session, struct span bytes)
{
	struct iovec parts[2] = {
	    {NULL, 0}, {(void *)(uintptr_t)bytes.data, bytes.length}};
	struct cork *cork = &session->worker->cork;

	if (!is_corked(session))
		return enqueue(session, packet_new(PACKET_BYTES, parts, 2));
	if (bytes.length > CORK_BYTES - cork->length)
		return write_with_cork(session, parts, 2);
	cork_add(cork, bytes);
	return FRAMED_QUEUED;
}

/* Has a masked frame leave with the cork's content, where it has no room. */
static enum framed_result
write_masked(
    struct session *session, const struct frame *frame, struct span payload)
{
	struct packet *packet =
	    packet_from_frame(PACKET_DATA, frame, payload, NULL);
	enum framed_result result;
	struct iovec parts[2];

	if (packet == NULL)
		return enqueue(session, NULL);
	parts[1].iov_base = (void *)(uintptr_t)packet->bytes;
	parts[1].iov_len = packet->length;
	result = write_with_cork(session, parts, 2);
	packet_release_hold(&packet);
	return result;
}

/* Puts a frame into the cork, or, if it is large, writes it behind that. */
static enum framed_result
cork_frame(
    struct session *session, const struct frame *frame, struct span payload)
{
	struct cork *cork = &session->worker->cork;
	uint8_t header[FRAME_HEADER_MAX];
	struct iovec parts[3] = {
	    {NULL, 0},
	    {header, frame_write(frame, header)},
	    {(void *)(uintptr_t)payload.data, payload.length},
	};
	size_t length = parts[1].iov_len + payload.length;

	if (payload.length >= WRITE_THROUGH_BYTES ||
	    length > CORK_BYTES - cork->length)
		return frame->is_masked ? write_masked(session, frame, payload)
		                        : write_with_cork(session, parts, 3);
	cork_add(cork, span_from(header, parts[1].iov_len));
	if (frame->is_masked)
		cork_add_masked(cork, payload, frame->key);
	else
		cork_add(cork, payload);
	return FRAMED_QUEUED;
}

/*
 * Whether a message has to wait as it is: where the order of what the extension
 * makes of messages matters, they are encoded when they go on the wire, and can
 * be dropped until then.
 */
static bool
waits_plain(const struct session *session)
{
	return session->flags & SESSION_EXTENDED &&
	    session_pmce(session)->is_ordered(session) && !is_corked(session);
}

/* What we send as a client is masked (RFC 6455 §5.1). */
static void
frame_mask(struct session *session, struct frame *frame)
{
	frame->is_masked = (session->flags & SESSION_CLIENT) != 0;
	if (frame->is_masked)
		mask_keys_take(&session->worker->mask_keys, frame->key);
}

/* Sends a whole frame. first: opcode, FRAME_FIN and FRAME_RSV bits.
 * key: NULL for none. */
static enum framed_result
emit_frame(struct session *session, enum packet_kind kind, uint8_t first,
    struct span payload, const uint64_t *key)
{
	struct frame frame = frame_from(first, payload.length);

	if (kind != PACKET_DATA || !waits_plain(session))
		frame_mask(session, &frame);
	if (is_corked(session))
		return cork_frame(session, &frame, payload);
	return enqueue(session, packet_from_frame(kind, &frame, payload, key));
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
	const struct cork *cork = &session->worker->cork;
	struct iovec part;

	if (cork->owner == session && cork->length > 0 &&
	    transport_is_open(&session->transport))
		mind_replies(session, write_with_cork(session, &part, 1));
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

/* Whether the full queue takes a newer message of the key. They may let it grow
 * somewhat, lest nothing can be said any more to one that waits; but what is
 * full of small messages must not become full of large ones. */
static bool
may_replace(struct session *session, uint64_t key, size_t payload_length)
{
	const struct packet *old = queue_find_key(session->queue, key);

	return old != NULL &&
	    (payload_length <= old->payload_length ||
	        queue_cost(session->queue) < 2 * queue_limit(session));
}

static bool
drop_oldest(struct session *session)
{
	struct queue_loss loss = {0, 0};

	queue_drop_oldest(session->queue, queue_limit(session), &loss);
	count_loss(session, &loss);
	return queue_cost(session->queue) < queue_limit(session);
}

/* What becomes of a message that finds the queue full. */
static enum framed_result
overflow(struct session *session, size_t payload_length, const uint64_t *key)
{
	const struct queue_loss loss = {1, payload_length};

	switch (policy_of(session)) {
	case QUEUE_DROP_OLDEST:
		if (drop_oldest(session))
			return FRAMED_QUEUED;
		count_loss(session, &loss);
		return FRAMED_DROPPED;
	case QUEUE_DROP_NEWEST:
		count_loss(session, &loss);
		return FRAMED_DROPPED;
	case QUEUE_CONFLATE:
		if (key != NULL && may_replace(session, *key, payload_length))
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

static bool
is_sendable(const struct session *session)
{
	return session->state == SESSION_OPEN &&
	    !(session->flags & SESSION_BROKEN);
}

/* Whether the session takes one more message; a full queue has consequences. */
static enum framed_result
admit(struct session *session, size_t payload_length, const uint64_t *key)
{
	if (!is_sendable(session))
		return FRAMED_CLOSED;
	if (session->queue == NULL ||
	    queue_cost(session->queue) < queue_limit(session))
		return FRAMED_QUEUED;
	return overflow(session, payload_length, key);
}

static void
count_out(struct session *session, size_t payload_length)
{
	session->messages_out++;
	session->bytes_out += payload_length;
	session->worker->stats.messages_out++;
	session->worker->stats.bytes_out += payload_length;
}

/* Sends a message through the session's extension. */
static enum framed_result
emit_encoded(struct session *session, uint8_t first, struct span payload,
    const uint64_t *key)
{
	const struct pmce *pmce = session_pmce(session);

	if (waits_plain(session))
		return emit_frame(session, PACKET_DATA, first, payload, key);
	switch (pmce->encode(session, payload, &payload)) {
	case PMCE_DONE:
		first |= pmce->rsv;
		break;
	case PMCE_PLAIN:
		break;
	case PMCE_BAD:
	case PMCE_TOO_BIG:
	case PMCE_NO_MEMORY:
		output_no_memory(session);
		return FRAMED_NO_MEMORY;
	}
	return emit_frame(session, PACKET_DATA, first, payload, key);
}

static enum framed_result
send_message(struct session *session, uint8_t opcode, struct span payload,
    const uint64_t *key)
{
	uint8_t first = FRAME_FIN | opcode;
	enum framed_result result;

	if (payload.length > GIGABYTE)
		return FRAMED_INVALID;
	result = admit(session, payload.length, key);
	if (result != FRAMED_QUEUED)
		return result;
	if (session->flags & SESSION_EXTENDED)
		result = emit_encoded(session, first, payload, key);
	else
		result = emit_frame(session, PACKET_DATA, first, payload, key);
	mind_replies(session, result);
	if (result == FRAMED_QUEUED || result == FRAMED_BACKPRESSURE)
		count_out(session, payload.length);
	return result;
}

enum framed_result
output_message(struct session *session, uint8_t opcode, struct span payload)
{
	return send_message(session, opcode, payload, NULL);
}

enum framed_result
output_keyed(
    struct session *session, uint8_t opcode, struct span payload, uint64_t key)
{
	return send_message(session, opcode, payload, &key);
}

enum framed_result
output_shared(struct session *session, struct packet *packet)
{
	enum framed_result result = admit(session, packet->payload_length,
	    packet->is_keyed ? &packet->key : NULL);

	if (result != FRAMED_QUEUED)
		return result;
	packet_hold(packet);
	result = enqueue(session, packet);
	if (result != FRAMED_NO_MEMORY)
		count_out(session, packet->payload_length);
	return result;
}

enum framed_result
output_control(
    struct session *session, enum packet_kind kind, struct span payload)
{
	enum framed_result result;

	if (!is_sendable(session))
		return FRAMED_CLOSED;
	result = emit_frame(session, kind,
	    FRAME_FIN | (kind == PACKET_PONG ? FRAME_PONG : FRAME_PING),
	    payload, NULL);
	/* how long the queue is, is for those to know who send messages */
	return result == FRAMED_BACKPRESSURE ? FRAMED_QUEUED : result;
}

void
output_close(struct session *session, const struct close_body *body)
{
	uint8_t payload[FRAME_CONTROL_MAX];

	emit_frame(session, PACKET_BYTES, FRAME_FIN | FRAME_CLOSE,
	    span_from(payload, close_body_write(body, payload)), NULL);
	session->flags |= SESSION_CLOSE_SENT;
}

void
output_bytes(struct session *session, struct span bytes)
{
	emit(session, bytes);
}

/*
 * Has the extension encode a message that waited as it was. Returns 0, or -1
 * without memory, and the session then has no queue any more.
 */
static int
commit(struct session *session, uint32_t place)
{
	const struct pmce *pmce = session_pmce(session);
	const struct packet *plain = queue_get(session->queue, place)->packet;
	struct span payload =
	    span_from(plain->bytes + plain->length - plain->payload_length,
	        plain->payload_length);
	enum pmce_result result = pmce->encode(session, payload, &payload);
	struct packet *packet = NULL;

	if (result == PMCE_DONE || session->flags & SESSION_CLIENT) {
		struct frame frame =
		    frame_from(plain->bytes[0], payload.length);

		if (result == PMCE_DONE)
			frame.flags |= pmce->rsv;
		frame_mask(session, &frame);
		packet = packet_from_frame(PACKET_DATA, &frame, payload, NULL);
		if (packet == NULL)
			result = PMCE_NO_MEMORY;
	}
	if (result == PMCE_NO_MEMORY) {
		packet_release_hold(&packet);
		output_no_memory(session);
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

void
output_flush(struct session *session)
{
	bool is_plain = waits_plain(session);
	struct iovec parts[PARTS_PER_WRITE];
	struct queue *queue = session->queue;

	session->flags &= ~(uint32_t)(SESSION_DIRTY | SESSION_BLOCKED);
	while (queue != NULL && queue->count > 0) {
		int max = is_plain ? commit_front(session) : PARTS_PER_WRITE;
		int count;
		ssize_t sent;

		if (max == 0)
			return;
		count = queue_peek(queue, parts, max);
		sent = transport_send(&session->transport, parts, count);
		if (sent == -1) {
			output_fail(session);
			return;
		}
		if (sent == 0) {
			session->flags |= SESSION_BLOCKED;
			return;
		}
		session->flags |= SESSION_PROGRESS;
		queue_advance(queue, (size_t)sent);
	}
	queue_free(&session->queue);
}

bool
output_is_drained(const struct session *session)
{
	return session->queue == NULL;
}

bool
output_is_below_low(const struct session *session)
{
	return session->queue == NULL ||
	    queue_cost(session->queue) < queue_limit(session) / 4;
}

void
output_drop(struct session *session)
{
	queue_free(&session->queue);
	session->flags &= ~(uint32_t)(SESSION_DIRTY | SESSION_BLOCKED);
}
