/* The timer wheel. */
#include "core/wheel.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRING = WHEEL_BUCKETS, /* head of the list that is being worked off */
	HEADS = WHEEL_BUCKETS + 1
};

static void
list_clear(struct wheel *wheel, uint32_t node)
{
	wheel->nodes[node].previous = node;
	wheel->nodes[node].next = node;
}

static bool
list_is_empty(const struct wheel *wheel, uint32_t node)
{
	return wheel->nodes[node].next == node;
}

static void
list_remove(struct wheel *wheel, uint32_t node)
{
	struct wheel_node *n = &wheel->nodes[node];

	wheel->nodes[n->previous].next = n->next;
	wheel->nodes[n->next].previous = n->previous;
	list_clear(wheel, node);
}

static void
list_append(struct wheel *wheel, uint32_t head, uint32_t node)
{
	struct wheel_node *h = &wheel->nodes[head];

	wheel->nodes[node].previous = h->previous;
	wheel->nodes[node].next = head;
	wheel->nodes[h->previous].next = node;
	h->previous = node;
}

/* Moves all of `from` to the empty list `to`. */
static void
list_move_all(struct wheel *wheel, uint32_t to, uint32_t from)
{
	struct wheel_node *source = &wheel->nodes[from];

	if (list_is_empty(wheel, from))
		return;
	wheel->nodes[to] = *source;
	wheel->nodes[source->next].previous = to;
	wheel->nodes[source->previous].next = to;
	list_clear(wheel, from);
}

static void
bucket_add(struct wheel *wheel, uint32_t node)
{
	uint32_t bucket = wheel->nodes[node].due % WHEEL_BUCKETS;

	list_append(wheel, bucket, node);
	wheel->occupied[bucket / 64] |= UINT64_C(1) << bucket % 64;
}

static uint64_t
tick_at(const struct wheel *wheel, uint64_t now_ms)
{
	return (now_ms - wheel->start_ms) / WHEEL_TICK_MS;
}

int
wheel_init(struct wheel *wheel, uint64_t now_ms)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->start_ms = now_ms;
	wheel->nodes = malloc(HEADS * sizeof(*wheel->nodes));
	if (wheel->nodes == NULL)
		return -1;
	for (uint32_t head = 0; head < HEADS; head++)
		list_clear(wheel, head);
	return 0;
}

void
wheel_release(struct wheel *wheel)
{
	free(wheel->nodes);
	memset(wheel, 0, sizeof(*wheel));
}

int
wheel_reserve(struct wheel *wheel, uint32_t count)
{
	struct wheel_node *nodes;
	uint32_t slots = wheel->slots;

	if (count <= slots)
		return 0;
	slots = slots == 0 ? 64 : slots;
	while (slots < count)
		slots += slots / 2;
	nodes = realloc(wheel->nodes, (HEADS + slots) * sizeof(*nodes));
	if (nodes == NULL)
		return -1;
	wheel->nodes = nodes;
	for (uint32_t slot = wheel->slots; slot < slots; slot++)
		list_clear(wheel, HEADS + slot);
	wheel->slots = slots;
	return 0;
}

void
wheel_set(
    struct wheel *wheel, uint32_t slot, uint64_t now_ms, uint32_t delay_ms)
{
	uint32_t node = HEADS + slot;

	assert(slot < wheel->slots);
	list_remove(wheel, node);
	/* rounded up, and a tick is over when the next one begins */
	wheel->nodes[node].due =
	    (uint32_t)(tick_at(wheel, now_ms + delay_ms) + 1);
	bucket_add(wheel, node);
}

void
wheel_clear(struct wheel *wheel, uint32_t slot)
{
	assert(slot < wheel->slots);
	list_remove(wheel, HEADS + slot);
}

/* Whether the bucket holds anything; mends its bit when it does not. */
static bool
bucket_is_occupied(struct wheel *wheel, uint32_t bucket)
{
	uint64_t bit = UINT64_C(1) << bucket % 64;

	if (!(wheel->occupied[bucket / 64] & bit))
		return false;
	if (!list_is_empty(wheel, bucket))
		return true;
	wheel->occupied[bucket / 64] &= ~bit;
	return false;
}

int64_t
wheel_next_ms(struct wheel *wheel, uint64_t now_ms)
{
	for (uint32_t ahead = 1; ahead <= WHEEL_BUCKETS; ahead++) {
		uint64_t tick = wheel->tick + ahead, at_ms;

		if (!bucket_is_occupied(
		        wheel, (uint32_t)(tick % WHEEL_BUCKETS)))
			continue;
		at_ms = wheel->start_ms + tick * WHEEL_TICK_MS;
		return at_ms > now_ms ? (int64_t)(at_ms - now_ms) : 0;
	}
	return -1;
}

/* Works off one bucket: calls what is due, puts back what has turns to go. */
static void
bucket_fire(struct wheel *wheel, uint64_t tick, wheel_fn *fn, void *arg)
{
	list_move_all(wheel, FIRING, (uint32_t)(tick % WHEEL_BUCKETS));
	while (!list_is_empty(wheel, FIRING)) {
		uint32_t node = wheel->nodes[FIRING].next;

		list_remove(wheel, node);
		if ((int32_t)(wheel->nodes[node].due - (uint32_t)tick) > 0)
			bucket_add(wheel, node);
		else
			fn(arg, node - HEADS);
	}
}

void
wheel_advance(struct wheel *wheel, uint64_t now_ms, wheel_fn *fn, void *arg)
{
	uint64_t now = tick_at(wheel, now_ms);

	/* after a long sleep one turn visits every bucket */
	if (now - wheel->tick > WHEEL_BUCKETS)
		wheel->tick = now - WHEEL_BUCKETS;
	while (wheel->tick != now)
		bucket_fire(wheel, ++wheel->tick, fn, arg);
}
