/* Frame headers: what is let through, what is refused, at which byte. */
#include "proto/frame.h"

#include "proto/closecode.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/random.h"

static const uint64_t seed = 52;

static const struct frame_rules server = {
    .max_frame_bytes = INT64_MAX,
    .max_message_bytes = INT64_MAX,
    .role = FRAME_SERVER,
};

static const struct frame_rules client = {
    .max_frame_bytes = INT64_MAX,
    .max_message_bytes = INT64_MAX,
    .role = FRAME_CLIENT,
};

/* Reads a header and nothing more, in pieces of at most `step` bytes. */
static enum parse
read_in_steps(const struct frame_rules *rules, struct span in, size_t step,
    struct frame *frame_out, struct proto_error *error_out)
{
	struct frame_reader reader = {0};
	enum parse parse = PARSE_MORE;

	while (parse == PARSE_MORE && in.length > 0) {
		struct span piece = in;
		size_t used;

		if (piece.length > step)
			piece.length = step;
		used = piece.length;
		parse =
		    frame_read(&reader, rules, &piece, frame_out, error_out);
		if (parse == PARSE_MORE)
			ck_assert_uint_eq(piece.length, 0);
		used -= piece.length;
		in = span_from(in.data + used, in.length - used);
	}
	if (parse == PARSE_DONE) {
		ck_assert_uint_eq(reader.have, 0);
		ck_assert_uint_eq(in.length, 0);
	}
	return parse;
}

/* Headers with nothing behind them. */
static const struct {
	struct span bytes;
	const struct frame_rules *rules;
	struct frame frame;
} good[] = {
    /* RFC 6455 §5.7, in its order */
    {SPAN_LITERAL("\x81\x05"), &client,
        {.length = 5, .opcode = FRAME_TEXT, .flags = FRAME_FIN}},
    {SPAN_LITERAL("\x81\x85\x37\xfa\x21\x3d"), &server,
        {5, FRAME_TEXT, FRAME_FIN, true, {0x37, 0xfa, 0x21, 0x3d}}},
    {SPAN_LITERAL("\x01\x03"), &client, {.length = 3, .opcode = FRAME_TEXT}},
    {SPAN_LITERAL("\x80\x02"), &client, {.length = 2, .flags = FRAME_FIN}},
    {SPAN_LITERAL("\x89\x05"), &client,
        {.length = 5, .opcode = FRAME_PING, .flags = FRAME_FIN}},
    {SPAN_LITERAL("\x8a\x85\x37\xfa\x21\x3d"), &server,
        {5, FRAME_PONG, FRAME_FIN, true, {0x37, 0xfa, 0x21, 0x3d}}},
    {SPAN_LITERAL("\x82\x7e\x01\x00"), &client,
        {.length = 256, .opcode = FRAME_BINARY, .flags = FRAME_FIN}},
    {SPAN_LITERAL("\x82\x7f\0\0\0\0\0\1\0\0"), &client,
        {.length = 65536, .opcode = FRAME_BINARY, .flags = FRAME_FIN}},
    /* borders */
    {SPAN_LITERAL("\x82\x7e\0\x7e"), &client,
        {.length = 126, .opcode = FRAME_BINARY, .flags = FRAME_FIN}},
    {SPAN_LITERAL("\x82\xfe\xff\xff"
                  "abcd"),
        &server, {65535, FRAME_BINARY, FRAME_FIN, true, {'a', 'b', 'c', 'd'}}},
    {SPAN_LITERAL("\x02\xff\x7f\xff\xff\xff\xff\xff\xff\xff"
                  "abcd"),
        &server, {INT64_MAX, FRAME_BINARY, 0, true, {'a', 'b', 'c', 'd'}}},
    {SPAN_LITERAL("\x88\xfd"
                  "abcd"),
        &server, {125, FRAME_CLOSE, FRAME_FIN, true, {'a', 'b', 'c', 'd'}}},
    {SPAN_LITERAL("\x88\x80"
                  "abcd"),
        &server, {0, FRAME_CLOSE, FRAME_FIN, true, {'a', 'b', 'c', 'd'}}},
};

static void
assert_frame_eq(const struct frame *a, const struct frame *b)
{
	ck_assert_uint_eq(a->length, b->length);
	ck_assert_uint_eq(a->opcode, b->opcode);
	ck_assert_uint_eq(a->flags, b->flags);
	ck_assert_int_eq(a->is_masked, b->is_masked);
	ck_assert_mem_eq(a->key, b->key, FRAME_KEY_LENGTH);
}

START_TEST(reads_good_headers_in_any_steps)
{
	struct proto_error error;
	struct frame frame;

	for (size_t step = 1; step <= FRAME_HEADER_MAX; step++) {
		memset(&frame, 0xff, sizeof(frame));
		ck_assert_int_eq(read_in_steps(good[_i].rules, good[_i].bytes,
		                     step, &frame, &error),
		    PARSE_DONE);
		assert_frame_eq(&frame, &good[_i].frame);
	}
}
END_TEST

START_TEST(asks_for_more_until_the_last_byte)
{
	struct span in = good[_i].bytes;
	struct proto_error error;
	struct frame frame;

	while (--in.length > 0)
		ck_assert_int_eq(
		    read_in_steps(good[_i].rules, in, 99, &frame, &error),
		    PARSE_MORE);
}
END_TEST

START_TEST(writes_good_headers_as_they_were)
{
	uint8_t out[FRAME_HEADER_MAX];
	size_t length = frame_write(&good[_i].frame, out);

	ck_assert(span_is_equal(span_from(out, length), good[_i].bytes));
}
END_TEST

/* The last byte of each is the one that is wrong. */
static const struct {
	struct span bytes;
	const struct frame_rules *rules;
	const char *text;
} bad[] = {
    {SPAN_LITERAL("\xc1"), &server, "reserved bit without its extension"},
    {SPAN_LITERAL("\xa1"), &server, "reserved bit without its extension"},
    {SPAN_LITERAL("\x91"), &client, "reserved bit without its extension"},
    {SPAN_LITERAL("\xc3"), &server, "reserved bit without its extension"},
    {SPAN_LITERAL("\x83"), &server, "reserved opcode"},
    {SPAN_LITERAL("\x87"), &server, "reserved opcode"},
    {SPAN_LITERAL("\x0b"), &server, "reserved opcode"},
    {SPAN_LITERAL("\x8f"), &client, "reserved opcode"},
    {SPAN_LITERAL("\x08"), &server, "fragmented control frame"},
    {SPAN_LITERAL("\x09"), &client, "fragmented control frame"},
    {SPAN_LITERAL("\x0a"), &server, "fragmented control frame"},
    {SPAN_LITERAL("\x81\x05"), &server, "frame is not masked"},
    {SPAN_LITERAL("\x89\x7e"), &server, "frame is not masked"},
    {SPAN_LITERAL("\x81\x85"), &client, "frame is masked"},
    {SPAN_LITERAL("\x89\xfe"), &server, "control frame is too long"},
    {SPAN_LITERAL("\x88\x7f"), &client, "control frame is too long"},
    {SPAN_LITERAL("\x82\xfe\x00\x7d"), &server,
        "length is not in its shortest form"},
    {SPAN_LITERAL("\x82\x7f\0\0\0\0\0\0\xff\xff"), &client,
        "length is not in its shortest form"},
    {SPAN_LITERAL("\x82\x7f\x80\0\0\0\0\0\0\0"), &client,
        "top bit of the length is set"},
    {SPAN_LITERAL("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff"), &server,
        "top bit of the length is set"},
};

START_TEST(refuses_at_the_wrong_byte_in_any_steps)
{
	struct span before =
	    span_from(bad[_i].bytes.data, bad[_i].bytes.length - 1);
	struct proto_error error;
	struct frame frame;

	for (size_t step = 1; step <= FRAME_HEADER_MAX; step++) {
		error = (struct proto_error){0};
		ck_assert_int_eq(read_in_steps(bad[_i].rules, bad[_i].bytes,
		                     step, &frame, &error),
		    PARSE_BAD);
		ck_assert_uint_eq(error.code, CLOSECODE_PROTOCOL_ERROR);
		ck_assert_str_eq(error.text, bad[_i].text);
		ck_assert_int_eq(
		    read_in_steps(bad[_i].rules, before, step, &frame, &error),
		    PARSE_MORE);
	}
}
END_TEST

START_TEST(refuses_a_frame_above_the_limit_before_its_key)
{
	struct frame_rules rules = server;
	struct proto_error error;
	struct frame frame;

	rules.max_frame_bytes = 125;
	ck_assert_int_eq(read_in_steps(&rules, SPAN_LITERAL("\x82\xfe\x00\x7e"),
	                     1, &frame, &error),
	    PARSE_BAD);
	ck_assert_uint_eq(error.code, CLOSECODE_TOO_BIG);
	ck_assert_int_eq(read_in_steps(&rules,
	                     SPAN_LITERAL("\x82\xfd"
	                                  "abcd"),
	                     99, &frame, &error),
	    PARSE_DONE);
}
END_TEST

START_TEST(limit_does_not_bind_control_frames)
{
	struct frame_rules rules = server;
	struct proto_error error;
	struct frame frame;

	rules.max_frame_bytes = 1;
	ck_assert_int_eq(read_in_steps(&rules,
	                     SPAN_LITERAL("\x89\xfd"
	                                  "abcd"),
	                     99, &frame, &error),
	    PARSE_DONE);
}
END_TEST

START_TEST(extension_bits_are_for_first_data_frames)
{
	static const struct {
		uint8_t first;
		enum parse parse;
	} cases[] = {{0xc1, PARSE_DONE}, {0x42, PARSE_DONE}, {0xc0, PARSE_BAD},
	    {0xc9, PARSE_BAD}, {0xe1, PARSE_BAD}, {0x91, PARSE_BAD}};
	struct frame_rules rules = client;
	struct proto_error error;
	struct frame frame;

	rules.rsv_allowed = FRAME_RSV1;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		uint8_t header[2] = {cases[i].first, 0};

		ck_assert_int_eq(read_in_steps(&rules, span_from(header, 2), 2,
		                     &frame, &error),
		    cases[i].parse);
		if (cases[i].parse == PARSE_DONE)
			ck_assert_uint_eq(frame.flags, header[0] & 0xf0);
	}
}
END_TEST

START_TEST(leaves_the_payload_in_the_input)
{
	struct span in = SPAN_LITERAL("\x81\x85"
	                              "abcd"
	                              "a payload, and more");
	struct frame_reader reader = {0};
	struct proto_error error;
	struct frame frame;

	ck_assert_int_eq(
	    frame_read(&reader, &server, &in, &frame, &error), PARSE_DONE);
	ck_assert(span_is_equal(in, SPAN_LITERAL("a payload, and more")));
}
END_TEST

static struct frame
frame_random(struct random *random)
{
	static const uint8_t opcodes[] = {0, 1, 2, 8, 9, 10};
	struct frame frame = {0};

	frame.opcode = opcodes[random_below(random, sizeof(opcodes))];
	frame.flags = FRAME_FIN;
	frame.length = random_below(random, FRAME_CONTROL_MAX + 1);
	if (!frame_opcode_is_control(frame.opcode)) {
		frame.flags = random_below(random, 2) == 0 ? FRAME_FIN : 0;
		frame.length =
		    random_next(random) >> (1 + random_below(random, 63));
	}
	frame.is_masked = random_below(random, 2) == 0;
	if (frame.is_masked)
		random_fill(random, frame.key, FRAME_KEY_LENGTH);
	return frame;
}

START_TEST(reads_what_it_writes)
{
	struct random random = {seed};
	uint8_t out[FRAME_HEADER_MAX];
	struct proto_error error;
	struct frame frame, again;

	for (int round = 0; round < 20000; round++) {
		size_t length, step = 1 + random_below(&random, 14);

		frame = frame_random(&random);
		length = frame_write(&frame, out);
		ck_assert_msg(read_in_steps(frame.is_masked ? &server : &client,
		                  span_from(out, length), step, &again,
		                  &error) == PARSE_DONE,
		    "round %d, seed %llu", round, (unsigned long long)seed);
		assert_frame_eq(&frame, &again);
	}
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("frame");
	TCase *tcase = tcase_create("frame");
	int count = ARRAY_LENGTH(good);

	tcase_add_loop_test(tcase, reads_good_headers_in_any_steps, 0, count);
	tcase_add_loop_test(tcase, asks_for_more_until_the_last_byte, 0, count);
	tcase_add_loop_test(tcase, writes_good_headers_as_they_were, 0, count);
	tcase_add_loop_test(tcase, refuses_at_the_wrong_byte_in_any_steps, 0,
	    ARRAY_LENGTH(bad));
	tcase_add_test(tcase, refuses_a_frame_above_the_limit_before_its_key);
	tcase_add_test(tcase, limit_does_not_bind_control_frames);
	tcase_add_test(tcase, extension_bits_are_for_first_data_frames);
	tcase_add_test(tcase, leaves_the_payload_in_the_input);
	tcase_add_test(tcase, reads_what_it_writes);
	suite_add_tcase(suite, tcase);
	return suite;
}
