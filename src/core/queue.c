/* The ring of packets behind a session that cannot be written to at once. */
#include "core/queue.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/conflation.h"

enum {
	SHELF_PLACES = 1024,
	/* up to so many places a key is looked for one by one */
	SCAN_PLACES = 32
};

static struct queue_entry *
queue_at(const struct queue *queue, uint32_t place)
{
	return &queue->ring[(queue->head + place) & (queue->capacity - 1)];
}

struct queue *
queue_new(struct queue_shelf *shelf)
{
	struct queue *queue = shelf->first;

	if (queue != NULL) {
		shelf->first = queue->next;
		shelf->count--;
	} else {
		queue = malloc(sizeof(*queue));
		if (queue == NULL)
			return NULL;
	}
	memset(queue, 0, offsetof(struct queue, initial));
	queue->ring = queue->initial;
	queue->capacity = QUEUE_INITIAL;
	return queue;
}

static void
free_ring(struct queue *queue)
{
	if (queue->ring != queue->initial)
		free(queue->ring);
}

void
queue_free(struct queue **queue, struct queue_shelf *shelf)
{
	struct queue *q = *queue;

	if (q == NULL)
		return;
	for (uint32_t i = 0; i < q->count; i++)
		packet_release_hold(&queue_at(q, i)->packet);
	conflation_free(&q->conflation);
	free_ring(q);
	*queue = NULL;
	if (shelf->count == SHELF_PLACES) {
		free(q);
		return;
	}
	q->next = shelf->first;
	shelf->first = q;
	shelf->count++;
}

void
queue_shelf_release(struct queue_shelf *shelf)
{
	while (shelf->first != NULL) {
		struct queue *queue = shelf->first;

		shelf->first = queue->next;
		free(queue);
	}
	shelf->count = 0;
}

/* Makes room for one more. */
static int
queue_grow(struct queue *queue)
{
	struct queue_entry *ring;

	if (queue->count < queue->capacity)
		return 0;
	if (queue->capacity > UINT32_MAX / 2 / sizeof(*ring))
		return -1;
	ring = malloc(2 * queue->capacity * sizeof(*ring));
	if (ring == NULL)
		return -1;
	for (uint32_t i = 0; i < queue->count; i++)
		ring[i] = *queue_at(queue, i);
	/* its indices are no more; made anew when a key is looked for */
	conflation_free(&queue->conflation);
	free_ring(queue);
	queue->ring = ring;
	queue->head = 0;
	queue->capacity *= 2;
	return 0;
}

/* Takes a packet into an entry that is free for it. */
static void
queue_set(struct queue *queue, struct queue_entry *entry, struct packet *packet)
{
	*entry = (struct queue_entry){packet, queue->batch, 0};
	queue->bytes += packet->length;
}

int
queue_push(struct queue *queue, struct packet *packet)
{
	if (queue_grow(queue) == -1) {
		packet_release_hold(&packet);
		return -1;
	}
	queue_set(queue, queue_at(queue, queue->count++), packet);
	return 0;
}

/* The first place that is not begun. */
static uint32_t
lane_begin(const struct queue *queue)
{
	return queue->sent > 0 || queue->is_begun ? 1 : 0;
}

/* The place behind the last control frame that waits. */
static uint32_t
lane_end(const struct queue *queue)
{
	uint32_t end = lane_begin(queue);

	for (; end < queue->count; end++) {
		enum packet_kind kind = queue_at(queue, end)->packet->kind;

		if (!packet_kind_is_control(kind))
			break;
	}
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
	for (uint32_t i = 0; i < place; i++)
		*queue_at(queue, i) = *queue_at(queue, i + 1);
	queue_set(queue, queue_at(queue, place), packet);
	return 0;
}

int
queue_push_rest(struct queue *queue, struct packet *packet)
{
	assert(lane_begin(queue) == 0);
	if (insert(queue, 0, packet) == -1)
		return -1;
	queue->is_begun = true;
	return 0;
}

int
queue_push_control(struct queue *queue, struct packet *packet)
{
	return insert(queue, lane_end(queue), packet);
}

/* Removes what waits at an entry, and leaves a gap. */
static void
make_gap(struct queue *queue, struct queue_entry *entry)
{
	queue->bytes -= entry->packet->length;
	packet_release_hold(&entry->packet);
}

/* Closes the gaps before a place: what stays moves up to it, and the front
 * follows. */
static void
close_gaps(struct queue *queue, uint32_t end)
{
	uint32_t kept = end;

	for (uint32_t i = end; i-- > 0;)
		if (queue_at(queue, i)->packet != NULL)
			*queue_at(queue, --kept) = *queue_at(queue, i);
	queue->head = (queue->head + kept) & (queue->capacity - 1);
	queue->count -= kept;
}

void
queue_drop_control(struct queue *queue, enum packet_kind kind)
{
	uint32_t end = lane_end(queue);

	for (uint32_t i = lane_begin(queue); i < end; i++) {
		struct queue_entry *entry = queue_at(queue, i);

		if (entry->packet->kind == kind)
			make_gap(queue, entry);
	}
	close_gaps(queue, end);
}

static void
count_loss(struct queue_loss *loss, const struct packet *packet)
{
	loss->messages++;
	loss->bytes += packet->payload_length;
}

void
queue_drop_oldest(struct queue *queue, uint64_t limit, struct queue_loss *loss)
{
	uint64_t cost = queue_cost(queue);
	uint32_t end = lane_end(queue);

	for (; end < queue->count && cost >= limit; end++) {
		struct queue_entry *entry = queue_at(queue, end);

		if (!queue_is_free(queue, end))
			continue;
		count_loss(loss, entry->packet);
		cost -= entry->packet->length + PACKET_COST;
		make_gap(queue, entry);
	}
	conflation_free(&queue->conflation);
	close_gaps(queue, end);
}

/* Makes the table of a long queue. Without memory keys are looked for one by
 * one, which is slower and no less right. */
static void
need_conflation(struct queue *queue)
{
	if (queue->capacity <= SCAN_PLACES || queue->conflation != NULL)
		return;
	queue->conflation = conflation_new(queue->capacity);
	for (uint32_t i = 0; queue->conflation != NULL && i < queue->count; i++)
		if (queue_at(queue, i)->flags & QUEUE_KEYED)
			conflation_add(queue->conflation, queue->ring,
			    (queue->head + i) & (queue->capacity - 1));
}

/* Where a message with this key waits that can be replaced, or NULL. */
static struct queue_entry *
find_keyed(struct queue *queue, uint64_t key)
{
	if (!queue->has_keys)
		return NULL;
	need_conflation(queue);
	if (queue->conflation != NULL) {
		uint32_t index =
		    conflation_find(queue->conflation, queue->ring, key);

		return index == CONFLATION_NONE ? NULL : &queue->ring[index];
	}
	for (uint32_t i = 0; i < queue->count; i++) {
		struct queue_entry *entry = queue_at(queue, i);

		if (entry->flags & QUEUE_KEYED && entry->packet->key == key)
			return entry;
	}
	return NULL;
}

const struct packet *
queue_find_key(struct queue *queue, uint64_t key)
{
	const struct queue_entry *entry = find_keyed(queue, key);

	return entry == NULL ? NULL : entry->packet;
}

/* From now on the message there cannot be replaced. */
static void
forget_key(struct queue *queue, struct queue_entry *entry)
{
	if (!(entry->flags & QUEUE_KEYED))
		return;
	if (queue->conflation != NULL)
		conflation_remove(queue->conflation, queue->ring,
		    (uint32_t)(entry - queue->ring));
	entry->flags &= ~(unsigned)QUEUE_KEYED;
}

/* Puts a packet in the place of another. */
static void
replace(struct queue *queue, struct queue_entry *entry, struct packet *packet)
{
	queue->bytes += packet->length;
	queue->bytes -= entry->packet->length;
	packet_release_hold(&entry->packet);
	entry->packet = packet;
}

int
queue_push_keyed(
    struct queue *queue, struct packet *packet, struct queue_loss *loss)
{
	struct queue_entry *entry = find_keyed(queue, packet->key);

	if (entry != NULL) {
		/* stays in the older batch: places go by batch */
		count_loss(loss, entry->packet);
		replace(queue, entry, packet);
		return 0;
	}
	if (queue_push(queue, packet) == -1)
		return -1;
	entry = queue_at(queue, queue->count - 1);
	entry->flags |= QUEUE_KEYED;
	queue->has_keys = true;
	if (queue->conflation != NULL)
		conflation_add(queue->conflation, queue->ring,
		    (uint32_t)(entry - queue->ring));
	return 0;
}

const struct queue_entry *
queue_get(const struct queue *queue, uint32_t place)
{
	assert(place < queue->count);
	return queue_at(queue, place);
}

bool
queue_is_free(const struct queue *queue, uint32_t place)
{
	const struct queue_entry *entry = queue_get(queue, place);

	return place >= lane_begin(queue) &&
	    entry->packet->kind == PACKET_DATA &&
	    !(entry->flags & QUEUE_COMMITTED);
}

void
queue_commit(struct queue *queue, uint32_t place, struct packet *packet)
{
	struct queue_entry *entry = queue_at(queue, place);

	assert(queue_is_free(queue, place));
	forget_key(queue, entry);
	if (packet != NULL)
		replace(queue, entry, packet);
	entry->flags |= QUEUE_COMMITTED;
}

bool
queue_has_batch(const struct queue *queue, uint16_t batch)
{
	uint32_t end = lane_end(queue);

	/* behind the lane the first is of the oldest batch */
	for (uint32_t i = 0; i <= end && i < queue->count; i++)
		if ((int16_t)(batch - queue_at(queue, i)->batch) >= 0)
			return true;
	return false;
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
		const struct packet *packet =
		    queue_at(queue, (uint32_t)used)->packet;

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
		struct queue_entry *first = queue_at(queue, 0);

		if (written == 0 && first->packet->length > 0)
			break;
		/* half of it is gone, or all */
		forget_key(queue, first);
		if (written < first->packet->length)
			break;
		written -= first->packet->length;
		queue->is_begun = false;
		packet_release_hold(&first->packet);
		queue->head = (queue->head + 1) & (queue->capacity - 1);
		queue->count--;
	}
	queue->sent = (uint32_t)written;
}

size_t
queue_held(const struct queue *queue)
{
	return sizeof(*queue) + queue_cost(queue) +
	    conflation_held(queue->conflation);
}
