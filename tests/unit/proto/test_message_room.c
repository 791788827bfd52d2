/*
 * The room for the rest of a large frame: what is received there is the message,
 * and no room is given ahead of what has come.
 */
#include "proto/message.h"

#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"
#include "tests/unit/proto/samples.h"

enum {
	PARTIAL_MAX = 320 /* bytes that a reader may hold beside the payload */
};

enum { LARGE_LENGTH = 300000, LARGE_HEADER = 14 };

/* One masked text message, and an empty one behind it. */
static struct span
large_input(void)
{
	static const uint8_t header[] = {
	    0x81, 0xff, 0, 0, 0, 0, 0, 4, 0x93, 0xe0, 1, 2, 3, 4};
	static uint8_t bytes[LARGE_HEADER + LARGE_LENGTH + 6];

	memcpy(bytes, header, LARGE_HEADER);
	for (size_t i = 0; i < LARGE_LENGTH; i++)
		bytes[LARGE_HEADER + i] =
		    (uint8_t)('a' + i % 23) ^ header[10 + i % 4];
	memcpy(bytes + LARGE_HEADER + LARGE_LENGTH, "\x81\x80\1\2\3\4", 6);
	return span_from(bytes, sizeof(bytes));
}

/* Receives up to max bytes as a server does, where the reader wants them. What
 * is not taken is received again. */
static enum message_event
receive(struct message_reader *reader, struct span *rest, size_t max,
    struct message *message_out)
{
	static uint8_t buffer[LARGE_LENGTH];
	struct bytes in = message_reader_room(reader);
	size_t length = max < rest->length ? max : rest->length;
	enum message_event event;

	if (in.length == 0)
		in = (struct bytes){buffer, sizeof(buffer)};
	if (in.length > length)
		in.length = length;
	length = in.length;
	memcpy(in.data, rest->data, length);
	event = message_read(reader, &large_server, &in, message_out);
	length -= in.length;
	*rest = span_from(rest->data + length, rest->length - length);
	return event;
}

START_TEST(payload_may_be_received_into_the_reader)
{
	static const size_t steps[] = {
	    1, 7, 1000, 4096, 40000, LARGE_HEADER + 40000, 65536, 200000};
	struct message_reader reader = {0};
	struct span rest = large_input();
	struct message message;
	size_t wrong = 0;

	while (receive(&reader, &rest, steps[_i], &message) == MESSAGE_MORE)
		if (rest.length == 0)
			ck_abort_msg("no message");
	ck_assert_uint_eq(message.payload.length, LARGE_LENGTH);
	for (size_t i = 0; i < LARGE_LENGTH; i++)
		wrong += message.payload.data[i] != 'a' + i % 23;
	ck_assert_uint_eq(wrong, 0);
	while (receive(&reader, &rest, steps[_i], &message) == MESSAGE_MORE)
		ck_assert_uint_gt(rest.length, 0);
	ck_assert_uint_eq(message.payload.length, 0);
	ck_assert_uint_eq(rest.length, 0);
	message_reader_release(&reader);
}
END_TEST

/* How much room there is after so many bytes of the large input. */
static size_t
room_after(struct message_reader *reader, size_t count)
{
	struct message message;
	struct span in = large_input();
	struct bytes part = {(uint8_t *)(uintptr_t)in.data, count};

	if (message_read(reader, &large_server, &part, &message) !=
	    MESSAGE_MORE)
		return SIZE_MAX;
	return message_reader_room(reader).length;
}

static const struct {
	size_t count; /* bytes of payload that are here */
	size_t room;
} rooms[] = {
    {0, 0}, /* announced bytes take no memory */
    {1000, 0},
    {40000, LARGE_LENGTH - 40000},
    {100000, LARGE_LENGTH - 100000},
    {LARGE_LENGTH - 10, 0},
};

START_TEST(room_is_for_the_rest_of_a_large_frame_only)
{
	struct message_reader reader = {0};

	ck_assert_uint_eq(message_reader_room(&reader).length, 0);
	ck_assert_uint_eq(room_after(&reader, LARGE_HEADER + rooms[_i].count),
	    rooms[_i].room);
	ck_assert_uint_le(message_reader_held(&reader),
	    PARTIAL_MAX + 64 + 8 * rooms[_i].count);
	message_reader_release(&reader);
}
END_TEST

/* More fragments may come, so that memory is taken step by step. */
START_TEST(without_memory_there_is_no_room)
{
	static uint8_t bytes[] = {
	    1, 0xff, 0, 0, 0, 0, 0, 4, 0x93, 0xe0, 0, 0, 0, 0};
	static uint8_t zeros[79000];
	struct message_reader reader = {0};
	struct bytes in = {bytes, sizeof(bytes)}, first = {zeros, 40000},
	             second = {zeros + 40000, 39000};
	struct message message;
	size_t room;

	ck_assert_int_eq(
	    message_read(&reader, &large_server, &in, &message), MESSAGE_MORE);
	ck_assert_int_eq(message_read(&reader, &large_server, &first, &message),
	    MESSAGE_MORE);
	ck_assert_int_eq(
	    message_read(&reader, &large_server, &second, &message),
	    MESSAGE_MORE);
	alloc_fail_start(1);
	room = message_reader_room(&reader).length;
	alloc_fail_stop();
	ck_assert_uint_eq(room, 0);
	ck_assert_uint_gt(message_reader_room(&reader).length, 0);
	message_reader_release(&reader);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("message_room");
	TCase *tcase = tcase_create("room");

	tcase_add_loop_test(
	    tcase, payload_may_be_received_into_the_reader, 0, 8);
	tcase_add_loop_test(
	    tcase, room_is_for_the_rest_of_a_large_frame_only, 0, 5);
	tcase_add_test(tcase, without_memory_there_is_no_room);
	suite_add_tcase(suite, tcase);
	return suite;
}
