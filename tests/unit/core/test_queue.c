/* The send queue: order, the control lane, and bytes that come off in any
 * portions. */
#include "core/queue.h"

#include <stdio.h>

#include "tests/unit/harness.h"
#include "tests/unit/proto/random.h"

enum { MODEL_MAX = 4096, MODEL_TEXT_MAX = 32 };

static const uint64_t seed = 23;

static struct queue *queue;

static void
setup(void)
{
	queue = queue_new();
	ck_assert_ptr_nonnull(queue);
}

static void
teardown(void)
{
	queue_free(&queue);
	ck_assert_ptr_null(queue);
}

static struct packet *
packet_of(enum packet_kind kind, const char *text)
{
	const struct iovec part = {(char *)(uintptr_t)text, strlen(text)};
	struct packet *packet = packet_new(kind, &part, 1);

	ck_assert_ptr_nonnull(packet);
	return packet;
}

static void
push(const char *text)
{
	ck_assert_int_eq(queue_push(queue, packet_of(PACKET_DATA, text)), 0);
}

static void
push_control(enum packet_kind kind, const char *text)
{
	ck_assert_int_eq(queue_push_control(queue, packet_of(kind, text)), 0);
}

static void
push_rest(const char *text)
{
	ck_assert_int_eq(
	    queue_push_rest(queue, packet_of(PACKET_DATA, text)), 0);
}

/* Everything that waits, in the order in which it would be written. */
static void
expect(const char *text)
{
	struct iovec parts[256];
	int count = queue_peek(queue, parts, 256);
	char waiting[1024];
	size_t length = 0;

	for (int i = 0; i < count; i++) {
		ck_assert_uint_le(
		    length + parts[i].iov_len, sizeof(waiting) - 1);
		memcpy(waiting + length, parts[i].iov_base, parts[i].iov_len);
		length += parts[i].iov_len;
	}
	waiting[length] = '\0';
	ck_assert_str_eq(waiting, text);
	ck_assert_uint_eq(queue->bytes, length);
}

START_TEST(data_leaves_in_order)
{
	expect("");
	push("one ");
	push("two ");
	push("three");
	expect("one two three");
	queue_advance(queue, 4);
	expect("two three");
}
END_TEST

START_TEST(advance_stops_anywhere)
{
	push("abcd");
	push("ef");
	push("ghi");
	queue_advance(queue, 1);
	expect("bcdefghi");
	queue_advance(queue, 6);
	expect("hi");
	ck_assert_uint_eq(queue->count, 1);
	queue_advance(queue, 2);
	expect("");
	ck_assert_uint_eq(queue->count, 0);
	push("j");
	expect("j");
}
END_TEST

START_TEST(peek_gives_at_most_what_is_asked_for)
{
	struct iovec parts[2];

	push("a");
	push("b");
	push("c");
	ck_assert_int_eq(queue_peek(queue, parts, 2), 2);
	ck_assert_mem_eq(parts[1].iov_base, "b", 1);
	expect("abc");
}
END_TEST

START_TEST(control_goes_ahead_of_data)
{
	push("data ");
	push_control(PACKET_PONG, "pong ");
	expect("pong data ");
	push_control(PACKET_PING, "ping ");
	push_control(PACKET_PONG, "again ");
	push("more");
	expect("pong ping again data more");
}
END_TEST

START_TEST(waiting_control_of_a_kind_can_be_dropped)
{
	push("data");
	push_control(PACKET_PONG, "pong1 ");
	push_control(PACKET_PING, "ping1 ");
	push_control(PACKET_PONG, "pong2 ");
	push_control(PACKET_PING, "ping2 ");
	queue_drop_control(queue, PACKET_PONG);
	expect("ping1 ping2 data");
	ck_assert_uint_eq(queue->count, 3);
	queue_drop_control(queue, PACKET_PONG);
	queue_drop_control(queue, PACKET_PING);
	expect("data");
}
END_TEST

START_TEST(what_is_begun_is_not_dropped)
{
	push("data");
	push_control(PACKET_PONG, "pong1 ");
	push_control(PACKET_PONG, "pong2 ");
	push_control(PACKET_PING, "ping ");
	queue_advance(queue, 2);
	queue_drop_control(queue, PACKET_PONG);
	expect("ng1 ping data");
	queue_drop_control(queue, PACKET_PING);
	expect("ng1 data");
}
END_TEST

START_TEST(cost_counts_bytes_and_packets)
{
	ck_assert_uint_eq(queue_cost(queue), 0);
	push("0123456789");
	push("");
	ck_assert_uint_eq(queue_cost(queue), 10 + 2 * PACKET_COST);
	queue_advance(queue, 4);
	ck_assert_uint_eq(queue_cost(queue), 6 + 2 * PACKET_COST);
}
END_TEST

START_TEST(control_stays_out_of_a_frame_that_is_half_sent)
{
	push("frame1 ");
	push("frame2");
	queue_advance(queue, 3);
	push_control(PACKET_PONG, "pong ");
	expect("me1 pong frame2");
	push_control(PACKET_PONG, "again ");
	expect("me1 pong again frame2");
	/* at its border they may go first once more */
	queue_advance(queue, strlen("me1 pong again "));
	expect("frame2");
	push_control(PACKET_PING, "ping ");
	expect("ping frame2");
}
END_TEST

START_TEST(rest_goes_before_everything)
{
	push("shared ");
	push_control(PACKET_PONG, "pong ");
	push_rest("rest ");
	expect("rest pong shared ");
}
END_TEST

START_TEST(control_stays_behind_a_rest)
{
	/* the rest may begin inside a frame, though none of it was sent */
	push_rest("rest ");
	push("data");
	push_control(PACKET_PONG, "pong ");
	expect("rest pong data");
	queue_advance(queue, 5);
	push_control(PACKET_PING, "ping ");
	expect("pong ping data");
}
END_TEST

START_TEST(grows_wherever_its_first_place_is)
{
	char expected[512] = "";

	for (unsigned offset = 0; offset < 9; offset++) {
		for (unsigned i = 0; i < offset; i++)
			push("x");
		queue_advance(queue, offset);
		expected[0] = '\0';
		for (unsigned i = 0; i < 40; i++) {
			char text[8];

			snprintf(text, sizeof(text), "%u,", i);
			strcat(expected, text);
			push(text);
		}
		expect(expected);
		queue_advance(queue, strlen(expected));
		teardown();
		setup();
	}
}
END_TEST

START_TEST(held_memory_follows_what_waits)
{
	size_t empty = queue_held(queue);

	push("0123456789");
	ck_assert_uint_ge(queue_held(queue), empty + 10);
	queue_advance(queue, 10);
	ck_assert_uint_eq(queue_held(queue), empty);
}
END_TEST

/* The naive twin: an array of texts. */
struct model_packet {
	enum packet_kind kind;
	char text[MODEL_TEXT_MAX];
};

static struct {
	struct model_packet list[MODEL_MAX];
	size_t count;
	size_t sent; /* of the first */
	bool is_begun;
} model;

static void
model_insert(size_t place, enum packet_kind kind, const char *text)
{
	memmove(&model.list[place + 1], &model.list[place],
	    (model.count - place) * sizeof(model.list[0]));
	model.list[place].kind = kind;
	strcpy(model.list[place].text, text);
	model.count++;
}

static size_t
model_lane(void)
{
	return model.sent > 0 || model.is_begun ? 1 : 0;
}

static void
model_control(enum packet_kind kind, const char *text)
{
	size_t place = model_lane();

	while (place < model.count && model.list[place].kind != PACKET_DATA)
		place++;
	model_insert(place, kind, text);
}

static void
model_drop(enum packet_kind kind)
{
	size_t i = model_lane();

	while (i < model.count && model.list[i].kind != PACKET_DATA) {
		if (model.list[i].kind == kind)
			memmove(&model.list[i], &model.list[i + 1],
			    (--model.count - i) * sizeof(model.list[0]));
		else
			i++;
	}
}

static void
model_advance(size_t written)
{
	while (written > 0) {
		size_t left = strlen(model.list[0].text) - model.sent;

		if (written < left) {
			model.sent += written;
			return;
		}
		written -= left;
		model.sent = 0;
		model.is_begun = false;
		memmove(&model.list[0], &model.list[1],
		    --model.count * sizeof(model.list[0]));
	}
}

static size_t
model_bytes(void)
{
	size_t bytes = 0;

	for (size_t i = 0; i < model.count; i++)
		bytes += strlen(model.list[i].text);
	return bytes - model.sent;
}

static void
compare_with_model(unsigned step)
{
	static struct iovec parts[MODEL_MAX];
	int count = queue_peek(queue, parts, MODEL_MAX);
	size_t skip = model.sent;

	ck_assert_msg((size_t)count == model.count, "step %u", step);
	ck_assert_msg(queue->bytes == model_bytes(), "step %u", step);
	for (size_t i = 0; i < model.count; i++) {
		const char *text = model.list[i].text + skip;

		if (parts[i].iov_len != strlen(text) ||
		    memcmp(parts[i].iov_base, text, strlen(text)) != 0)
			ck_abort_msg("step %u, packet %zu", step, i);
		skip = 0;
	}
}

/* One random call, of the queue and of its twin. */
static void
random_step(struct random *random, unsigned step)
{
	char text[MODEL_TEXT_MAX];
	size_t pick = random_below(random, 10);
	enum packet_kind kind =
	    random_below(random, 2) ? PACKET_PING : PACKET_PONG;

	/* of different lengths, and none like another */
	snprintf(text, sizeof(text), "%u%.*s", step,
	    (int)random_below(random, 20), "....................");
	if (pick < 4) {
		push(text);
		model_insert(model.count, PACKET_DATA, text);
	} else if (pick < 6) {
		push_control(kind, text);
		model_control(kind, text);
	} else if (pick == 7 && random_below(random, 2)) {
		queue_drop_control(queue, kind);
		model_drop(kind);
	} else if (pick == 6 && model.sent == 0 && !model.is_begun) {
		push_rest(text);
		model_insert(0, PACKET_DATA, text);
		model.is_begun = true;
	} else {
		size_t written = random_below(random, model_bytes() + 1);

		/* mostly few, so that it grows; now and then all */
		if (random_below(random, 50) > 0)
			written %= 64;
		queue_advance(queue, written);
		model_advance(written);
	}
}

START_TEST(does_as_a_naive_queue_would)
{
	struct random random = {seed};

	memset(&model, 0, sizeof(model));
	for (unsigned step = 0; step < 20000; step++) {
		random_step(&random, step);
		compare_with_model(step);
	}
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("queue");
	TCase *tcase = tcase_create("order");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, data_leaves_in_order);
	tcase_add_test(tcase, advance_stops_anywhere);
	tcase_add_test(tcase, peek_gives_at_most_what_is_asked_for);
	tcase_add_test(tcase, control_goes_ahead_of_data);
	tcase_add_test(tcase, waiting_control_of_a_kind_can_be_dropped);
	tcase_add_test(tcase, what_is_begun_is_not_dropped);
	tcase_add_test(tcase, cost_counts_bytes_and_packets);
	tcase_add_test(tcase, control_stays_out_of_a_frame_that_is_half_sent);
	tcase_add_test(tcase, rest_goes_before_everything);
	tcase_add_test(tcase, control_stays_behind_a_rest);
	tcase_add_test(tcase, grows_wherever_its_first_place_is);
	tcase_add_test(tcase, held_memory_follows_what_waits);
	tcase_add_test(tcase, does_as_a_naive_queue_would);
	suite_add_tcase(suite, tcase);
	return suite;
}
