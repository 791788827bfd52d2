/* The ring of packets behind a session that cannot be written to at once. */
#include "core/queue.h"

#include <stdlib.h>

enum { QUEUE_INITIAL = 8 };

static struct packet **
queue_at(const struct queue *queue, uint32_t index)
{
	return &queue->ring[(queue->head + index) & (queue->capacity - 1)];
}

struct queue *
queue_new(void)
{
	struct queue *queue = calloc(1, sizeof(*queue));

	if (queue == NULL)
		return NULL;
	queue->capacity = QUEUE_INITIAL;
	queue->ring = malloc(QUEUE_INITIAL * sizeof(struct packet *));
	if (queue->ring == NULL)
		queue_free(&queue);
	return queue;
}

void
queue_free(struct queue **queue)
{
	struct queue *q = *queue;

	if (q == NULL)
		return;
	for (uint32_t i = 0; i < q->count; i++)
		packet_release_hold(queue_at(q, i));
	free(q->ring);
	free(q);
	*queue = NULL;
}

/* Makes room for one more. */
static int
queue_grow(struct queue *queue)
{
	struct packet **ring;

	if (queue->count < queue->capacity)
		return 0;
	if (queue->capacity > UINT32_MAX / 2 / sizeof(*ring))
		return -1;
	ring = malloc(2 * queue->capacity * sizeof(struct packet *));
	if (ring == NULL)
		return -1;
	for (uint32_t i = 0; i < queue->count; i++)
		ring[i] = *queue_at(queue, i);
	free(queue->ring);
	queue->ring = ring;
	queue->head = 0;
	queue->capacity *= 2;
	return 0;
}

int
queue_push(struct queue *queue, struct packet *packet)
{
	if (queue_grow(queue) == -1) {
		packet_release_hold(&packet);
		return -1;
	}
	queue->bytes += packet->length;
	*queue_at(queue, queue->count++) = packet;
	return 0;
}

/* The first place where a control frame may stand. */
static uint32_t
control_lane(const struct queue *queue)
{
	return queue->sent > 0 || queue->is_begun ? 1 : 0;
}

/* The place behind the last control frame that waits. */
static uint32_t
control_end(const struct queue *queue)
{
	uint32_t end = control_lane(queue);

	while (
	    end < queue->count && (*queue_at(queue, end))->kind != PACKET_DATA)
		end++;
	return end;
}

/* Puts a packet before the one at a place near the front. */
static int
insert(struct queue *queue, uint32_t place, struct packet *packet)
{
	if (queue_grow(queue) == -1) {
		packet_release_hold(&packet);
		return -1;
	}
	queue->head = (queue->head - 1) & (queue->capacity - 1);
	queue->count++;
	queue->bytes += packet->length;
	for (uint32_t i = 0; i < place; i++)
		*queue_at(queue, i) = *queue_at(queue, i + 1);
	*queue_at(queue, place) = packet;
	return 0;
}

int
queue_push_rest(struct queue *queue, struct packet *packet)
{
	assert(control_lane(queue) == 0);
	if (insert(queue, 0, packet) == -1)
		return -1;
	queue->is_begun = true;
	return 0;
}

int
queue_push_control(struct queue *queue, struct packet *packet)
{
	return insert(queue, control_end(queue), packet);
}

void
queue_drop_control(struct queue *queue, enum packet_kind kind)
{
	uint32_t begin = control_lane(queue), kept = control_end(queue);

	/* those that stay move up to the data; the front follows them */
	for (uint32_t i = kept; i-- > begin;) {
		struct packet **packet = queue_at(queue, i);

		if ((*packet)->kind == kind) {
			queue->bytes -= (*packet)->length;
			packet_release_hold(packet);
		} else {
			*queue_at(queue, --kept) = *packet;
		}
	}
	if (begin == 1)
		*queue_at(queue, kept - 1) = *queue_at(queue, 0);
	queue->head = (queue->head + kept - begin) & (queue->capacity - 1);
	queue->count -= kept - begin;
}

uint64_t
queue_cost(const struct queue *queue)
{
	return queue->bytes + (uint64_t)queue->count * PACKET_COST;
}

int
queue_peek(const struct queue *queue, struct iovec *parts, int max)
{
	uint32_t skip = queue->sent;
	int used = 0;

	for (; used < max && (uint32_t)used < queue->count; used++) {
		const struct packet *packet = *queue_at(queue, (uint32_t)used);

		parts[used].iov_base =
		    (void *)(uintptr_t)(packet->bytes + skip);
		parts[used].iov_len = packet->length - skip;
		skip = 0;
	}
	return used;
}

void
queue_advance(struct queue *queue, size_t written)
{
	queue->bytes -= written;
	written += queue->sent;
	while (queue->count > 0) {
		struct packet **first = queue_at(queue, 0);

		if (written < (*first)->length)
			break;
		written -= (*first)->length;
		queue->is_begun = false;
		packet_release_hold(first);
		queue->head = (queue->head + 1) & (queue->capacity - 1);
		queue->count--;
	}
	queue->sent = (uint32_t)written;
}

size_t
queue_held(const struct queue *queue)
{
	return sizeof(*queue) + queue_cost(queue);
}
