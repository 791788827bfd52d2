/* Messages of a load: of the size asked for, good text, and frames that a server
 * reads back. */
#include "bench/payloads.h"

#include "proto/deflate_engine.h"
#include "proto/message.h"
#include "proto/utf8.h"
#include "tests/unit/harness.h"

static const struct frame_rules rules = {
    .max_frame_bytes = 1 << 20,
    .max_message_bytes = 1 << 20,
    .role = FRAME_SERVER,
    .rsv_allowed = FRAME_RSV1,
};

static struct payloads payloads;

static void
teardown(void)
{
	payloads_release(&payloads);
}

static void
make(enum payload_kind kind, size_t length, uint8_t window_bits)
{
	ck_assert_int_eq(
	    payloads_make(&payloads, kind, length, window_bits), 0);
	ck_assert_uint_ge(payloads.count, 2);
	ck_assert_uint_le(payloads.count, PAYLOADS_MAX);
}

/* Reads the number-th frame, as a server does, from a copy. */
static struct message
read_frame(uint64_t number)
{
	static uint8_t copy[1 << 20];
	struct message_reader reader = {0};
	struct message message;
	struct span frame = payloads_frames(&payloads, number, 0, 1);
	struct bytes in = {copy, frame.length};

	ck_assert_uint_eq(
	    frame.length, payloads_frame_length(&payloads, number));
	memcpy(copy, frame.data, frame.length);
	ck_assert_int_eq(
	    message_read(&reader, &rules, &in, &message), MESSAGE_READY);
	ck_assert_uint_eq(in.length, 0);
	return message;
}

START_TEST(frames_carry_the_texts)
{
	static const size_t lengths[] = {0, 1, 125, 126, 1000, 65536, 200000};

	for (int kind = PAYLOAD_BINARY; kind <= PAYLOAD_JSON; kind++) {
		make((enum payload_kind)kind, lengths[_i], 0);
		for (uint64_t i = 0; i < 2 * payloads.count; i++) {
			struct message message = read_frame(i);
			struct span text = payloads_text(&payloads, i);

			ck_assert_uint_eq(message.opcode, payloads.opcode);
			ck_assert_uint_eq(text.length, lengths[_i]);
			ck_assert(span_is_equal(text,
			    span_from(
			        message.payload.data, message.payload.length)));
		}
		payloads_release(&payloads);
	}
}
END_TEST

START_TEST(texts_are_utf8_and_differ)
{
	for (int kind = PAYLOAD_ASCII; kind <= PAYLOAD_JSON; kind++) {
		make((enum payload_kind)kind, 4096, 0);
		for (uint64_t i = 0; i < payloads.count; i++)
			ck_assert(utf8_is_valid(payloads_text(&payloads, i)));
		ck_assert(!span_is_equal(
		    payloads_text(&payloads, 0), payloads_text(&payloads, 1)));
		payloads_release(&payloads);
	}
}
END_TEST

START_TEST(encoded_frames_inflate_to_the_texts)
{
	struct deflate_pool *pool = deflate_pool_new();
	struct deflate_decoder decoder;
	struct bytes plain;

	deflate_decoder_init(&decoder, (struct deflate_side){15, false});
	make(PAYLOAD_JSON, 1024, 15);
	for (uint64_t i = 0; i < payloads.count; i++) {
		struct message message = read_frame(i);

		ck_assert_uint_eq(message.rsv, FRAME_RSV1);
		ck_assert_uint_lt(message.payload.length, 1024);
		ck_assert_int_eq(
		    deflate_decode(&decoder, pool,
		        span_from(message.payload.data, message.payload.length),
		        1024, &plain),
		    INFLATE_DONE);
		ck_assert(span_is_equal(span_from(plain.data, plain.length),
		    payloads_text(&payloads, i)));
	}
	deflate_decoder_release(&decoder);
	deflate_pool_free(&pool);
}
END_TEST

START_TEST(what_does_not_shrink_is_refused)
{
	ck_assert_int_eq(
	    payloads_make(&payloads, PAYLOAD_BINARY, 1024, 15), -1);
}
END_TEST

START_TEST(frames_lie_together_up_to_the_last)
{
	size_t length, count;

	make(PAYLOAD_BINARY, 10, 0);
	length = payloads_frame_length(&payloads, 0);
	count = payloads.count;
	ck_assert_uint_eq(
	    payloads_frames(&payloads, 0, 0, 3).length, 3 * length);
	ck_assert_uint_eq(
	    payloads_frames(&payloads, 0, 4, 3).length, 3 * length - 4);
	ck_assert_uint_eq(
	    payloads_frames(&payloads, count - 1, 0, 3).length, length);
	ck_assert_ptr_eq(payloads_frames(&payloads, count, 0, 1).data,
	    payloads_frames(&payloads, 0, 0, 1).data);
}
END_TEST

START_TEST(first_bytes_can_be_changed)
{
	struct message message;

	make(PAYLOAD_BINARY, 30, 0);
	payloads_rewrite(&payloads, 5, SPAN_LITERAL("0123456789"));
	message = read_frame(5);
	ck_assert_mem_eq(message.payload.data, "0123456789", 10);
	ck_assert(span_is_equal(payloads_text(&payloads, 5),
	    span_from(message.payload.data, message.payload.length)));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("payloads");
	TCase *tcase = tcase_create("payloads");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, frames_carry_the_texts, 0, 7);
	tcase_add_test(tcase, texts_are_utf8_and_differ);
	tcase_add_test(tcase, encoded_frames_inflate_to_the_texts);
	tcase_add_test(tcase, what_does_not_shrink_is_refused);
	tcase_add_test(tcase, frames_lie_together_up_to_the_last);
	tcase_add_test(tcase, first_bytes_can_be_changed);
	suite_add_tcase(suite, tcase);
	return suite;
}
