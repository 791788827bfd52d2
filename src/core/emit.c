/* The way of what is sent: to the cork, to the kernel, or to the queue. */
#include "core/emit.h"

#include <stdlib.h>

#include "core/pmce.h"
#include "core/receipts.h"
#include "core/secure.h"
#include "core/worker.h"
#include "proto/frame.h"
#include "proto/mask.h"

/* A payload from here on is written at once, without the copy. */
enum { WRITE_THROUGH_BYTES = 8 << 10 };

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

void
emit_fail(struct session *session)
{
	session->flags |= SESSION_BROKEN;
	session_mark(session);
}

void
emit_no_memory(struct session *session)
{
	emit_fail(session);
	session_close(session, CLOSE_NO_MEMORY);
}

/* What the sender is told of the queue's length, after it grew. */
static enum framed_result
judge_length(struct session *session)
{
	if (session->endpoint == NULL ||
	    queue_cost(session->queue) <= emit_queue_limit(session) / 2)
		return FRAMED_QUEUED;
	session->flags |= SESSION_ABOVE_HIGH;
	return FRAMED_BACKPRESSURE;
}

/* Makes the queue when it is not there. */
static int
need_queue(struct session *session)
{
	if (session->queue != NULL)
		return 0;
	session->queue = queue_new(&session->worker->queue_shelf);
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

void
emit_count_loss(struct session *session, const struct queue_loss *loss)
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

	if (emit_policy(session) != QUEUE_CONFLATE)
		return queue_push(session->queue, packet);
	pushed = queue_push_keyed(session->queue, packet, &loss);
	emit_count_loss(session, &loss);
	return pushed;
}

enum framed_result
emit_packet(struct session *session, struct packet *packet)
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
		emit_no_memory(session);
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
		emit_no_memory(session);
		return FRAMED_NO_MEMORY;
	}
	if (queue_push_rest(session->queue, packet) == -1) {
		emit_no_memory(session);
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
	sent = session_write(session, parts, count);
	if (sent == -1) {
		emit_fail(session);
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

enum framed_result
emit_bytes(struct session *session, struct span bytes)
{
	struct iovec parts[2] = {
	    {NULL, 0}, {(void *)(uintptr_t)bytes.data, bytes.length}};
	struct cork *cork = &session->worker->cork;

	if (!is_corked(session))
		return emit_packet(session, packet_new(PACKET_BYTES, parts, 2));
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
		return emit_packet(session, NULL);
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

bool
emit_to_cork(struct session *session, uint8_t first, struct span payload)
{
	struct cork *cork = &session->worker->cork;
	uint8_t *out = cork->data + cork->length;

	if (!is_corked(session) || payload.length >= WRITE_THROUGH_BYTES ||
	    payload.length + FRAME_HEADER_MAX > CORK_BYTES - cork->length ||
	    session->flags & (SESSION_CLIENT | SESSION_EXTENDED))
		return false;
	out += frame_write_unmasked(first, payload.length, out);
	if (payload.length > 0)
		memcpy(out, payload.data, payload.length);
	cork->length = (size_t)(out - cork->data) + payload.length;
	return true;
}

bool
emit_waits_plain(const struct session *session)
{
	return session->flags & SESSION_EXTENDED &&
	    session_pmce(session)->is_ordered(session) && !is_corked(session);
}

void
emit_mask(struct session *session, struct frame *frame)
{
	frame->is_masked = (session->flags & SESSION_CLIENT) != 0;
	if (frame->is_masked)
		entropy_take(&session->worker->mask_keys, frame->key,
		    sizeof(frame->key));
}

enum framed_result
emit_frame(struct session *session, enum packet_kind kind, uint8_t first,
    struct span payload, const struct emit_message *message)
{
	struct frame frame = frame_from(first, payload.length);
	struct packet *packet;

	if (kind != PACKET_DATA || !emit_waits_plain(session))
		emit_mask(session, &frame);
	if (is_corked(session))
		return cork_frame(session, &frame, payload);
	packet = packet_from_frame(
	    kind, &frame, payload, message == NULL ? NULL : message->key);
	if (packet != NULL && message != NULL)
		packet->payload_length = (uint32_t)message->length;
	return emit_packet(session, packet);
}

enum framed_result
emit_cork(struct session *session)
{
	struct iovec part;

	if (session->worker->cork.length == 0 ||
	    !transport_is_open(&session->transport))
		return FRAMED_QUEUED;
	return write_with_cork(session, &part, 1);
}
