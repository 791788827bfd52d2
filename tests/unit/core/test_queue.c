/* The send queue: order, the control lane, bytes that come off in any portions,
 * and messages that are dropped or replaced. */
#include "core/queue.h"

#include <stdio.h>

#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"

static struct queue *queue;
static struct queue_shelf shelf;
static struct queue_loss loss;

static void
setup(void)
{
	loss = (struct queue_loss){0, 0};
	queue = queue_new(&shelf);
	ck_assert_ptr_nonnull(queue);
}

static void
teardown(void)
{
	queue_free(&queue, &shelf);
	ck_assert_ptr_null(queue);
	queue_shelf_release(&shelf);
	ck_assert_ptr_null(shelf.first);
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

/* A message, all of whose bytes are payload. */
static struct packet *
message_of(const char *text)
{
	struct packet *packet = packet_of(PACKET_DATA, text);

	packet->payload_length = packet->length;
	return packet;
}

static struct packet *
keyed_of(uint64_t key, const char *text)
{
	struct packet *packet = message_of(text);

	packet->is_keyed = true;
	packet->key = key;
	return packet;
}

static void
push_keyed(uint64_t key, const char *text)
{
	ck_assert_int_eq(
	    queue_push_keyed(queue, keyed_of(key, text), &loss), 0);
}

static void
expect_loss(uint64_t messages, uint64_t bytes)
{
	ck_assert_uint_eq(loss.messages, messages);
	ck_assert_uint_eq(loss.bytes, bytes);
	loss = (struct queue_loss){0, 0};
}

START_TEST(oldest_messages_go_until_it_is_below_the_limit)
{
	const char *const texts[] = {"one ", "two ", "three ", "four "};

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		ck_assert_int_eq(queue_push(queue, message_of(texts[i])), 0);
	queue_drop_oldest(queue, queue_cost(queue) + 1, &loss);
	expect_loss(0, 0);
	queue_drop_oldest(queue, queue_cost(queue), &loss);
	expect_loss(1, 4);
	expect("two three four ");
	queue_drop_oldest(queue, 2 * PACKET_COST, &loss);
	expect_loss(2, 10);
	expect("four ");
	queue_drop_oldest(queue, 0, &loss);
	expect_loss(1, 5);
	expect("");
	ck_assert_uint_eq(queue_cost(queue), 0);
	queue_drop_oldest(queue, 0, &loss);
	expect_loss(0, 0);
}
END_TEST

START_TEST(only_free_messages_are_dropped)
{
	ck_assert_int_eq(queue_push(queue, message_of("begun ")), 0);
	ck_assert_int_eq(queue_push(queue, message_of("committed ")), 0);
	ck_assert_int_eq(queue_push(queue, message_of("free ")), 0);
	ck_assert_int_eq(
	    queue_push(queue, packet_of(PACKET_BYTES, "close")), 0);
	queue_advance(queue, 2);
	push_control(PACKET_PING, "ping ");
	push_control(PACKET_PONG, "pong ");
	queue_commit(queue, 3, NULL);
	ck_assert(!queue_is_free(queue, 0));
	ck_assert(!queue_is_free(queue, 1));
	ck_assert(!queue_is_free(queue, 3));
	ck_assert(queue_is_free(queue, 4));
	queue_drop_oldest(queue, 0, &loss);
	expect_loss(1, 5);
	expect("gun ping pong committed close");
}
END_TEST

START_TEST(newer_of_a_key_takes_the_place_of_the_older)
{
	push_keyed(0, "a1 ");
	push_keyed(UINT64_MAX, "b1 ");
	ck_assert_int_eq(queue_push(queue, message_of("keyless ")), 0);
	push_keyed(0, "a2, longer ");
	expect_loss(1, 3);
	push_keyed(0, "a3 ");
	expect_loss(1, 11);
	push_keyed(UINT64_MAX, "b2");
	expect_loss(1, 3);
	expect("a3 b2keyless ");
	ck_assert_uint_eq(queue->count, 3);
}
END_TEST

START_TEST(key_without_a_newer_message_stays)
{
	ck_assert_ptr_null(queue_find_key(queue, 1));
	push_keyed(1, "one ");
	/* not pushed as keyed: nobody replaces it */
	ck_assert_int_eq(queue_push(queue, keyed_of(2, "two ")), 0);
	ck_assert_uint_eq(queue_find_key(queue, 1)->length, 4);
	ck_assert_ptr_null(queue_find_key(queue, 2));
	push_keyed(2, "again ");
	expect_loss(0, 0);
	expect("one two again ");
}
END_TEST

START_TEST(emptied_queue_is_used_again)
{
	const struct queue *first = queue;
	size_t allocations;

	for (unsigned i = 0; i < 100; i++)
		push_keyed(i, "text");
	queue_free(&queue, &shelf);
	ck_assert_uint_eq(shelf.count, 1);
	alloc_fail_start(0);
	queue = queue_new(&shelf);
	allocations = alloc_fail_stop();
	ck_assert_uint_eq(allocations, 0);
	ck_assert_ptr_eq(queue, first);
	ck_assert_uint_eq(shelf.count, 0);
	expect("");
	push("afresh ");
	expect("afresh ");
}
END_TEST

START_TEST(shelf_has_so_many_places)
{
	enum { COUNT = 3000 };
	static struct queue *queues[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		queues[i] = queue_new(&shelf);
	for (size_t i = 0; i < COUNT; i++)
		queue_free(&queues[i], &shelf);
	ck_assert_uint_eq(shelf.count, 1024);
}
END_TEST

/* With a table, and when there is never memory for one. */
START_TEST(keys_are_found_in_long_queues)
{
	enum { OTHERS = 100, COUNT = 500 };
	char text[COUNT][8];

	for (unsigned i = 0; i < OTHERS; i++)
		push("x");
	for (unsigned i = 0; i < 2 * COUNT; i++) {
		char *mine = text[i % COUNT];
		struct packet *packet;
		int pushed;

		snprintf(mine, sizeof(text[0]), "%u,", i);
		packet = keyed_of(i % COUNT, mine);
		alloc_fail_start((size_t)_i);
		pushed = queue_push_keyed(queue, packet, &loss);
		alloc_fail_stop();
		ck_assert_int_eq(pushed, 0);
	}
	ck_assert_uint_eq(loss.messages, COUNT);
	ck_assert_uint_eq(queue->count, OTHERS + COUNT);
	ck_assert((queue->conflation == NULL) == (_i == 1));
	for (unsigned i = 0; i < COUNT; i++)
		ck_assert_mem_eq(queue_get(queue, OTHERS + i)->packet->bytes,
		    text[i], strlen(text[i]));
}
END_TEST

START_TEST(begun_message_is_not_replaced)
{
	push_keyed(1, "one ");
	push_keyed(2, "two ");
	queue_advance(queue, 1);
	ck_assert_ptr_null(queue_find_key(queue, 1));
	push_keyed(1, "newer ");
	expect_loss(0, 0);
	expect("ne two newer ");
	/* it is the newer that an even newer one replaces */
	push_keyed(1, "newest ");
	expect("ne two newest ");
}
END_TEST

START_TEST(committed_message_is_not_replaced)
{
	push_keyed(1, "one ");
	queue_commit(queue, 0, NULL);
	ck_assert_ptr_null(queue_find_key(queue, 1));
	push_keyed(1, "newer");
	expect("one newer");
}
END_TEST

START_TEST(committed_messages_go_out_as_encoded)
{
	push("long message ");
	push("next");
	ck_assert_ptr_nonnull(queue_get(queue, 0)->packet);
	queue_commit(queue, 0, packet_of(PACKET_DATA, "short "));
	expect("short next");
	ck_assert_uint_eq(queue_get(queue, 0)->flags, QUEUE_COMMITTED);
	queue_advance(queue, 6);
	expect("next");
	ck_assert(queue_is_free(queue, 0));
}
END_TEST

START_TEST(batch_waits_for_all_that_was_sent_before)
{
	ck_assert(!queue_has_batch(queue, 0));
	push("one");
	push("two");
	queue->batch = 1;
	ck_assert(queue_has_batch(queue, 0));
	queue_advance(queue, 5);
	ck_assert(queue_has_batch(queue, 0));
	queue_advance(queue, 1);
	ck_assert(!queue_has_batch(queue, 0));
}
END_TEST

START_TEST(batch_does_not_wait_for_what_was_sent_later)
{
	push("one ");
	push_control(PACKET_PONG, "pong ");
	queue->batch = 1;
	push("two");
	/* ahead of the older ones, but one of them is the pong's */
	push_control(PACKET_PONG, "later ");
	expect("pong later one two");
	ck_assert(queue_has_batch(queue, 0));
	queue_advance(queue, strlen("pong "));
	ck_assert(queue_has_batch(queue, 0));
	queue_advance(queue, strlen("later one "));
	ck_assert(!queue_has_batch(queue, 0));
	ck_assert(queue_has_batch(queue, 1));
}
END_TEST

START_TEST(what_is_dropped_is_out_of_the_batches_way)
{
	push("begun ");
	push("one ");
	queue->batch = 1;
	push("two ");
	queue_advance(queue, 1);
	queue_drop_oldest(queue, 0, &loss);
	/* but not earlier than what was before it */
	ck_assert(queue_has_batch(queue, 0));
	queue_advance(queue, 5);
	ck_assert(!queue_has_batch(queue, 0));
	push_keyed(1, "old ");
	queue->batch = 2;
	push_keyed(1, "new ");
	/* what took the place of an older one counts as that */
	ck_assert(queue_has_batch(queue, 1));
}
END_TEST

START_TEST(batches_wrap_around)
{
	queue->batch = UINT16_MAX;
	push("one");
	queue->batch = 0;
	push("two");
	ck_assert(!queue_has_batch(queue, UINT16_MAX - 1));
	ck_assert(queue_has_batch(queue, UINT16_MAX));
	queue_advance(queue, 3);
	ck_assert(!queue_has_batch(queue, UINT16_MAX));
	ck_assert(queue_has_batch(queue, 0));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("queue");
	TCase *tcase = tcase_create("order");

	tcase_add_test(tcase, emptied_queue_is_used_again);
	tcase_add_test(tcase, shelf_has_so_many_places);
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
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("loss");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, oldest_messages_go_until_it_is_below_the_limit);
	tcase_add_test(tcase, only_free_messages_are_dropped);
	tcase_add_test(tcase, newer_of_a_key_takes_the_place_of_the_older);
	tcase_add_test(tcase, key_without_a_newer_message_stays);
	tcase_add_loop_test(tcase, keys_are_found_in_long_queues, 0, 2);
	tcase_add_test(tcase, begun_message_is_not_replaced);
	tcase_add_test(tcase, committed_message_is_not_replaced);
	tcase_add_test(tcase, committed_messages_go_out_as_encoded);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("batches");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, batch_waits_for_all_that_was_sent_before);
	tcase_add_test(tcase, batch_does_not_wait_for_what_was_sent_later);
	tcase_add_test(tcase, what_is_dropped_is_out_of_the_batches_way);
	tcase_add_test(tcase, batches_wrap_around);
	suite_add_tcase(suite, tcase);
	return suite;
}
