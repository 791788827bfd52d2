/* The send queue against a naive one: an array of texts. */
#include <stdio.h>

#include "core/queue.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/random.h"

enum { MODEL_MAX = 4096, TEXT_MAX = 32, KEYS = 200, ROUNDS = 20000 };

static const uint64_t seed = 23;

static struct queue *queue;
static struct queue_shelf shelf;
static struct queue_loss loss;

struct model_entry {
	enum packet_kind kind;
	bool is_keyed;
	bool is_committed;
	uint64_t key;
	uint16_t batch;
	char text[TEXT_MAX];
};

static struct {
	struct model_entry list[MODEL_MAX];
	size_t count;
	size_t sent; /* of the first */
	bool is_begun;
	uint16_t batch;
	struct queue_loss loss;
} model;

static void
setup(void)
{
	queue = queue_new(&shelf);
	ck_assert_ptr_nonnull(queue);
	memset(&model, 0, sizeof(model));
	loss = (struct queue_loss){0, 0};
}

static void
teardown(void)
{
	queue_free(&queue, &shelf);
	queue_shelf_release(&shelf);
}

static struct packet *
packet_of(enum packet_kind kind, const char *text)
{
	const struct iovec part = {(char *)(uintptr_t)text, strlen(text)};
	struct packet *packet = packet_new(kind, &part, 1);

	ck_assert_ptr_nonnull(packet);
	if (kind == PACKET_DATA)
		packet->payload_length = packet->length;
	return packet;
}

static struct model_entry *
model_insert(size_t place, enum packet_kind kind, const char *text)
{
	struct model_entry *entry = &model.list[place];

	ck_assert_uint_lt(model.count, MODEL_MAX);
	memmove(entry + 1, entry, (model.count++ - place) * sizeof(*entry));
	memset(entry, 0, sizeof(*entry));
	entry->kind = kind;
	entry->batch = model.batch;
	strcpy(entry->text, text);
	return entry;
}

static void
model_remove(size_t place)
{
	memmove(&model.list[place], &model.list[place + 1],
	    (--model.count - place) * sizeof(model.list[0]));
}

static size_t
model_lane(void)
{
	return model.sent > 0 || model.is_begun ? 1 : 0;
}

static bool
model_is_control(size_t place)
{
	return place < model.count &&
	    (model.list[place].kind == PACKET_PING ||
	        model.list[place].kind == PACKET_PONG);
}

static bool
model_is_free(size_t place)
{
	return place >= model_lane() && model.list[place].kind == PACKET_DATA &&
	    !model.list[place].is_committed;
}

static uint64_t
model_bytes(void)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < model.count; i++)
		bytes += strlen(model.list[i].text);
	return bytes - model.sent;
}

static uint64_t
model_cost(void)
{
	return model_bytes() + model.count * PACKET_COST;
}

static void
model_lose(const struct model_entry *entry)
{
	model.loss.messages++;
	model.loss.bytes += strlen(entry->text);
}

static void
push(enum packet_kind kind, const char *text)
{
	ck_assert_int_eq(queue_push(queue, packet_of(kind, text)), 0);
	model_insert(model.count, kind, text);
}

static void
push_keyed(uint64_t key, const char *text)
{
	struct packet *packet = packet_of(PACKET_DATA, text);

	packet->is_keyed = true;
	packet->key = key;
	ck_assert_int_eq(queue_push_keyed(queue, packet, &loss), 0);
	for (size_t i = 0; i < model.count; i++) {
		struct model_entry *entry = &model.list[i];

		if (!entry->is_keyed || entry->key != key || !model_is_free(i))
			continue;
		model_lose(entry);
		strcpy(entry->text, text);
		return;
	}
	model_insert(model.count, PACKET_DATA, text);
	model.list[model.count - 1].is_keyed = true;
	model.list[model.count - 1].key = key;
}

static void
push_control(enum packet_kind kind, const char *text)
{
	size_t place = model_lane();

	ck_assert_int_eq(queue_push_control(queue, packet_of(kind, text)), 0);
	while (model_is_control(place))
		place++;
	model_insert(place, kind, text);
}

static void
push_rest(const char *text)
{
	ck_assert_int_eq(
	    queue_push_rest(queue, packet_of(PACKET_BYTES, text)), 0);
	model_insert(0, PACKET_BYTES, text);
	model.is_begun = true;
}

static void
drop_control(enum packet_kind kind)
{
	size_t i = model_lane();

	queue_drop_control(queue, kind);
	while (model_is_control(i)) {
		if (model.list[i].kind == kind)
			model_remove(i);
		else
			i++;
	}
}

static void
drop_oldest(uint64_t limit)
{
	size_t i = 0;

	queue_drop_oldest(queue, limit, &loss);
	while (i < model.count && model_cost() >= limit) {
		if (!model_is_free(i)) {
			i++;
			continue;
		}
		model_lose(&model.list[i]);
		model_remove(i);
	}
}

/* Commits the first message that is free, as another text or its own. */
static void
commit(const char *text)
{
	for (size_t i = 0; i < model.count; i++) {
		if (!model_is_free(i))
			continue;
		ck_assert(queue_is_free(queue, (uint32_t)i));
		queue_commit(queue, (uint32_t)i,
		    text == NULL ? NULL : packet_of(PACKET_DATA, text));
		model.list[i].is_committed = true;
		if (text != NULL)
			strcpy(model.list[i].text, text);
		return;
	}
}

static void
advance(size_t written)
{
	queue_advance(queue, written);
	while (written > 0) {
		size_t left = strlen(model.list[0].text) - model.sent;

		if (written < left) {
			model.sent += written;
			return;
		}
		written -= left;
		model.sent = 0;
		model.is_begun = false;
		model_remove(0);
	}
}

static bool
model_has_batch(uint16_t batch)
{
	for (size_t i = 0; i < model.count; i++)
		if ((int16_t)(batch - model.list[i].batch) >= 0)
			return true;
	return false;
}

static void
compare(unsigned step)
{
	static struct iovec parts[MODEL_MAX];
	int count = queue_peek(queue, parts, MODEL_MAX);
	size_t skip = model.sent;

	ck_assert_msg((size_t)count == model.count, "step %u", step);
	ck_assert_msg(queue->bytes == model_bytes(), "step %u", step);
	ck_assert_msg(loss.messages == model.loss.messages &&
	        loss.bytes == model.loss.bytes,
	    "step %u", step);
	for (uint16_t i = 0; i < 3; i++) {
		uint16_t batch = (uint16_t)(model.batch - i);

		ck_assert_msg(
		    queue_has_batch(queue, batch) == model_has_batch(batch),
		    "step %u, batch %u", step, batch);
	}
	for (size_t i = 0; i < model.count; i++) {
		const char *text = model.list[i].text + skip;

		if (parts[i].iov_len != strlen(text) ||
		    memcmp(parts[i].iov_base, text, strlen(text)) != 0)
			ck_abort_msg("step %u, packet %zu", step, i);
		skip = 0;
	}
}

/* Ends a batch, unless too many wait. */
static void
end_batch(void)
{
	if (model_has_batch((uint16_t)(model.batch - 1000)))
		return;
	queue->batch = ++model.batch;
}

/* One random call for what comes out of the queue, or leaves it. */
static void
random_removal(struct random *random, const char *text)
{
	enum packet_kind kind =
	    random_below(random, 2) ? PACKET_PING : PACKET_PONG;
	size_t pick = random_below(random, 10);

	if (pick < 2) {
		drop_control(kind);
	} else if (pick < 4) {
		commit(random_below(random, 2) ? text : NULL);
	} else if (pick == 4) {
		drop_oldest(model_cost() - random_below(random, 300));
	} else {
		size_t written = random_below(random, model_bytes() + 1);

		/* mostly few, so that it grows; now and then all */
		if (random_below(random, 400) > 0)
			written %= 40;
		advance(written);
	}
}

/* One random call, of the queue and of its twin. */
static void
random_step(struct random *random, unsigned step)
{
	char text[TEXT_MAX];
	enum packet_kind kind =
	    random_below(random, 2) ? PACKET_PING : PACKET_PONG;
	size_t pick = random_below(random, 12);

	/* of different lengths, and none like another */
	snprintf(text, sizeof(text), "%u%.*s", step,
	    (int)random_below(random, 20), "....................");
	if (pick < 2)
		push(PACKET_DATA, text);
	else if (pick < 5)
		push_keyed(random_below(random, KEYS), text);
	else if (pick < 6)
		push_control(kind, text);
	else if (pick == 6 && model_lane() == 0)
		push_rest(text);
	else if (pick == 7 && random_below(random, 10) == 0)
		push(PACKET_BYTES, text);
	else if (pick == 8)
		end_batch();
	else
		random_removal(random, text);
}

START_TEST(does_as_a_naive_queue_would)
{
	struct random random = {seed + (uint64_t)_i};
	uint32_t longest = 0;

	for (unsigned step = 0; step < ROUNDS; step++) {
		random_step(&random, step);
		compare(step);
		if (queue->count > longest)
			longest = queue->count;
	}
	/* or keys were never looked for in a table */
	ck_assert_uint_gt(longest, 100);
	ck_assert_uint_gt(loss.messages, ROUNDS / 100);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("queue_model");
	TCase *tcase = tcase_create("model");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, does_as_a_naive_queue_would, 0, 3);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
