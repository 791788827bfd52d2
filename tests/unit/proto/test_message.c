/*
 * Messages out of frames: what comes of an input does not depend on how it
 * was cut, memory follows what has arrived, and lack of it ends one reader.
 */
#include "proto/message.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"
#include "tests/unit/proto/builder.h"
#include "tests/unit/proto/opcode_name.h"
#include "tests/unit/proto/samples.h"
#include "tests/unit/proto/trace.h"

enum {
	EXPECTED_MAX = 256,
	PARTIAL_MAX = 320 /* bytes that a reader may hold beside the payload */
};

static const uint64_t seed = 54;

/* Large, hence not on the stack; each case starts them afresh. */
static struct trace whole, pieces;

static size_t
event_describe(const struct trace_event *event, char *out)
{
	uint8_t first = event->first_byte;
	size_t length = event->payload.length;
	size_t at = (size_t)sprintf(out,
	    "%s%s%s%s%s=", opcode_name(first & FRAME_OPCODE_BITS),
	    (first & FRAME_RSV1) != 0 ? "1" : "",
	    (first & FRAME_RSV2) != 0 ? "2" : "",
	    (first & FRAME_RSV3) != 0 ? "3" : "",
	    (first & FRAME_FIN) != 0 ? "" : "-");

	memcpy(out + at, event->payload.data, length);
	out[at + length] = ' ';
	return at + length + 1;
}

/* Writes the log of a trace in the language of the samples. */
static struct span
trace_describe(struct trace *trace, char out[EXPECTED_MAX])
{
	struct trace_event event;
	size_t at = 0, next = 0;

	while (trace_next(trace, &next, &event))
		if (event.kind == MESSAGE_READY)
			at += event_describe(&event, out + at);
	if (trace->last == MESSAGE_BAD)
		at += (size_t)sprintf(out + at, "%u", trace->code);
	else
		out[at++] =
		    message_reader_held(&trace->reader) == 0 ? '.' : '+';
	return span_from(out, at);
}

static void
assert_expected(struct trace *trace, const struct sample *sample)
{
	char text[EXPECTED_MAX];
	struct span got = trace_describe(trace, text);

	ck_assert_msg(span_is_equal(got, span_from_string(sample->expected)),
	    "%s: got %.*s", sample->name, (int)got.length, text);
	trace_end(trace);
}

START_TEST(whole_input_gives_what_is_expected)
{
	const struct sample *sample = &samples[_i];

	trace_init(&whole, sample->rules);
	trace_feed(&whole, sample->bytes);
	assert_expected(&whole, sample);
}
END_TEST

START_TEST(every_step_gives_the_same_events)
{
	const struct sample *sample = &samples[_i];

	for (size_t step = 1; step < 20; step++) {
		trace_in_steps(&pieces, sample->rules, sample->bytes, step);
		assert_expected(&pieces, sample);
	}
}
END_TEST

START_TEST(every_cut_gives_the_same_events)
{
	const struct sample *sample = &samples[_i];

	for (size_t cut = 0; cut <= sample->bytes.length; cut++) {
		trace_in_two(&pieces, sample->rules, sample->bytes, cut);
		assert_expected(&pieces, sample);
	}
}
END_TEST

static struct builder built;

enum { RULES_COUNT = 8 };

/* Both roles, with and without extensions, raw and not. */
static struct frame_rules
large_rules(int number)
{
	struct frame_rules rules = large_server;

	if ((number & 1) != 0)
		rules.role = FRAME_CLIENT;
	if ((number & 2) != 0)
		rules.rsv_allowed = FRAME_RSV1 | FRAME_RSV3;
	rules.is_raw = (number & 4) != 0;
	return rules;
}

START_TEST(random_cuts_give_the_messages_that_were_sent)
{
	struct frame_rules rules = large_rules(_i);

	built.random.state = seed;
	for (int round = 0; round < 400; round++) {
		struct span in = builder_make(&built, &rules);

		trace_in_steps(&whole, &rules, in, in.length);
		trace_at_random(&pieces, &rules, in, &built.random);
		ck_assert_msg(trace_is_equal(&whole, &pieces) &&
		        (built.is_spoilt ||
		            trace_is_equal(&whole, &built.expected)),
		    "round %d, seed %llu", round, (unsigned long long)seed);
		trace_end(&whole);
		trace_end(&pieces);
	}
}
END_TEST

START_TEST(reads_back_every_length)
{
	struct frame_rules rules = large_rules(_i);

	built.random.state = seed;
	for (size_t length = 0; length < 600; length++) {
		builder_start(&built, &rules);
		builder_add_message(
		    &built, FRAME_TEXT | rules.rsv_allowed, &length, 1);
		trace_in_steps(&whole, &rules,
		    span_from(built.bytes, built.length), built.length);
		ck_assert_uint_eq(whole.events, 1);
		ck_assert_msg(trace_is_equal(&whole, &built.expected),
		    "length %zu", length);
		trace_end(&whole);
	}
}
END_TEST

/* Whole frames of all kinds, below and above the fast path's 64 KiB. */
START_TEST(whole_frames_stay_in_place_without_allocation)
{
	static uint8_t large[14 + 70000] = {0x82, 0xff, [7] = 1, [8] = 0x11,
	    [9] = 0x70}; /* 70 000 bytes of zero, key 0 */
	uint8_t small[] = "\x81\x82\0\0\0\0hi\x89\x80\0\0\0\0";
	struct bytes inputs[] = {
	    {small, sizeof(small) - 1}, {large, sizeof(large)}};
	struct message_reader reader = {0};
	struct message messages[3];
	int ready = 0;

	alloc_fail_start(0);
	for (size_t i = 0; i < 2; i++)
		while (message_read(&reader, &large_server, &inputs[i],
		           &messages[ready]) == MESSAGE_READY)
			ready++;
	ck_assert_uint_eq(alloc_fail_stop(), 0);
	ck_assert_int_eq(ready, 3);
	ck_assert_ptr_eq(messages[0].payload.data, small + 6);
	ck_assert_ptr_eq(messages[1].payload.data, small + 14);
	ck_assert_ptr_eq(messages[2].payload.data, large + 14);
	ck_assert_uint_eq(messages[2].payload.length, 70000);
}
END_TEST

/* What an extension has encoded, and raw frames, take the other road. */
START_TEST(whole_frames_of_all_kinds_stay_in_place)
{
	static const struct span inputs[] = {
	    SPAN_LITERAL("\xc1\x82\0\0\0\0\xff\xff"),
	    SPAN_LITERAL("\x01\x82\0\0\0\0\xff\xff"),
	    SPAN_LITERAL("\x80\x82\0\0\0\0\xff\xff"),
	    SPAN_LITERAL("\x89\x82\0\0\0\0\xff\xff"),
	};
	const struct frame_rules *rules =
	    _i == 0 ? &encoded_server : &raw_server;
	struct message_reader reader = {0};
	enum message_event event;
	struct message message;
	uint8_t bytes[8];
	struct bytes in = {bytes, sizeof(bytes)};

	memcpy(bytes, inputs[_i].data, sizeof(bytes));
	alloc_fail_start(0);
	event = message_read(&reader, rules, &in, &message);
	ck_assert_uint_eq(alloc_fail_stop(), 0);
	ck_assert_int_eq(event, MESSAGE_READY);
	ck_assert_ptr_eq(message.payload.data, bytes + 6);
	ck_assert_uint_eq(message.payload.length, 2);
	ck_assert_uint_eq(in.length, 0);
}
END_TEST

START_TEST(memory_goes_with_the_next_call)
{
	uint8_t first[] = "\x82\2a", second[] = "b";
	struct bytes in = {first, 3};
	struct message_reader reader = {0};
	struct message message;

	ck_assert_int_eq(
	    message_read(&reader, &small_client, &in, &message), MESSAGE_MORE);
	ck_assert_uint_gt(message_reader_held(&reader), 0);
	in = (struct bytes){second, 1};
	ck_assert_int_eq(
	    message_read(&reader, &small_client, &in, &message), MESSAGE_READY);
	ck_assert_uint_gt(message_reader_held(&reader), 0);
	ck_assert_mem_eq(message.payload.data, "ab", 2);
	ck_assert_int_eq(
	    message_read(&reader, &small_client, &in, &message), MESSAGE_MORE);
	ck_assert_uint_eq(message_reader_held(&reader), 0);
}
END_TEST

START_TEST(reader_can_be_used_after_release)
{
	struct message_reader reader = {0};
	uint8_t bytes[] = "\2\1a\x82\1b";
	struct bytes in = {bytes, 3};
	struct message message;

	ck_assert_int_eq(
	    message_read(&reader, &small_client, &in, &message), MESSAGE_MORE);
	message_reader_release(&reader);
	ck_assert_uint_eq(message_reader_held(&reader), 0);
	in = (struct bytes){bytes + 3, 3};
	ck_assert_int_eq(
	    message_read(&reader, &small_client, &in, &message), MESSAGE_READY);
}
END_TEST

START_TEST(announced_bytes_take_no_memory)
{
	/* One MiB is announced, five bytes come. */
	struct span in = SPAN_LITERAL("\x82\xff\0\0\0\0\0\x10\0\0"
	                              "abcd"
	                              "12345");

	trace_in_steps(&whole, &large_server, in, in.length);
	ck_assert_int_eq(whole.last, MESSAGE_MORE);
	ck_assert_uint_le(whole.held_max, PARTIAL_MAX + 64);
	trace_end(&whole);
}
END_TEST

/*
 * The end of a message is known from its last frame, raw from its only one, or
 * else from the rules: here all say 1 000 100 bytes, where growth alone would
 * go beyond. Where the rules say so, more frames may come, and less is taken.
 */
START_TEST(memory_follows_what_came_up_to_the_end)
{
	static const struct span headers[] = {
	    SPAN_LITERAL("\x02\xff\0\0\0\0\0\x0f\x42\xa4"
	                 "\0\0\0\0"),
	    SPAN_LITERAL("\x82\xff\0\0\0\0\0\x0f\x42\xa4"
	                 "\0\0\0\0"),
	    SPAN_LITERAL("\0\xff\0\0\0\0\0\x0f\x42\xa4"
	                 "\0\0\0\0")};
	static const size_t end = 1000100, growth[] = {2, 8, 8};
	static uint8_t zeros[1000];
	struct frame_rules rules = large_server;

	if (_i == 0)
		rules.max_message_bytes = end;
	rules.is_raw = _i == 2;
	trace_init(&whole, &rules);
	trace_feed(&whole, headers[_i]);
	for (int i = 0; i < 1000; i++) {
		size_t held;

		trace_feed(&whole, span_from(zeros, sizeof(zeros)));
		held = message_reader_held(&whole.reader);
		ck_assert_uint_le(held, PARTIAL_MAX + growth[_i] * whole.fed);
		ck_assert_uint_le(held, PARTIAL_MAX + end);
	}
	trace_end(&whole);
}
END_TEST

START_TEST(empty_fragments_cost_nothing)
{
	trace_init(&whole, &small_client);
	trace_feed(&whole, SPAN_LITERAL("\2\0"));
	alloc_fail_start(0);
	for (int i = 0; i < 1000; i++) {
		uint8_t fragment[2] = {0, 0};
		struct bytes in = {fragment, 2};
		struct message message;

		if (message_read(&whole.reader, &small_client, &in, &message) !=
		    MESSAGE_MORE)
			break;
	}
	ck_assert_uint_eq(alloc_fail_stop(), 0);
	ck_assert_uint_le(message_reader_held(&whole.reader), PARTIAL_MAX);
	trace_feed(&whole, SPAN_LITERAL("\x80\0"));
	ck_assert_uint_eq(whole.events, 1);
	trace_end(&whole);
}
END_TEST

/* Counted in allocations, since time is no measure on a busy machine. */
START_TEST(a_million_fragments_of_one_byte_are_cheap)
{
	struct message_reader reader = {0};
	size_t allocations, sent = 0;
	struct message message;

	alloc_fail_start(0);
	while (sent < 1 << 20) {
		uint8_t fragment[] = {sent == 0 ? 2 : 0, 0x81, 1, 2, 3, 4, 0};
		struct bytes in = {fragment, sizeof(fragment)};

		if (message_read(&reader, &large_server, &in, &message) !=
		    MESSAGE_MORE)
			break;
		sent++;
	}
	allocations = alloc_fail_stop();
	ck_assert_uint_eq(sent, 1 << 20);
	ck_assert_uint_le(allocations, 22);
	ck_assert_uint_le(
	    message_reader_held(&reader), PARTIAL_MAX + (1 << 20));
	message_reader_release(&reader);
}
END_TEST

/* Frames that need both kinds of memory, in pieces of one byte. */
static const struct span hungry = SPAN_LITERAL("\xc1\2ab\2\3cde\x89\1p\x80\4"
                                               "fghi\x88\2\3\xe8\1\0");

/* Reads until the end or the first event that is not of the good. */
static enum message_event
read_hungry(struct message_reader *reader, const struct frame_rules *rules)
{
	enum message_event event = MESSAGE_MORE;
	struct message message;
	uint8_t byte;

	for (size_t i = 0; i < hungry.length; i++) {
		struct bytes in = {&byte, 1};

		byte = hungry.data[i];
		do
			event = message_read(reader, rules, &in, &message);
		while (event == MESSAGE_READY);
		if (event != MESSAGE_MORE)
			break;
	}
	return event;
}

START_TEST(every_failed_allocation_is_told_and_nothing_leaks)
{
	struct frame_rules rules = encoded_client;
	struct message_reader reader = {0};
	enum message_event event;
	size_t total;

	rules.is_raw = _i == 1;
	alloc_fail_start(0);
	event = read_hungry(&reader, &rules);
	total = alloc_fail_stop();
	message_reader_release(&reader);
	ck_assert_int_eq(event, MESSAGE_MORE);
	ck_assert_uint_gt(total, 4);
	for (size_t n = 1; n <= total; n++) {
		alloc_fail_start(n);
		event = read_hungry(&reader, &rules);
		alloc_fail_stop();
		message_reader_release(&reader);
		ck_assert_int_eq(event, MESSAGE_NO_MEMORY);
	}
}
END_TEST

START_TEST(new_rules_hold_from_the_next_header)
{
	struct frame_rules rules = small_client;

	trace_init(&whole, &rules);
	trace_feed(&whole,
	    SPAN_LITERAL("\2\x0a"
	                 "01234"));
	rules.max_message_bytes = 4;
	trace_feed(&whole, SPAN_LITERAL("56789"));
	ck_assert_int_eq(whole.last, MESSAGE_MORE);
	/* More is there than may be: no byte and no wrap-around is left. */
	trace_feed(&whole, SPAN_LITERAL("\x80\0"));
	ck_assert_int_eq(whole.last, MESSAGE_BAD);
	ck_assert_uint_eq(whole.code, 1009);
	trace_end(&whole);
}
END_TEST

START_TEST(sum_limit_holds_for_single_frames)
{
	struct frame_rules rules = _i == 0 ? small_client : raw_client;

	rules.max_message_bytes = 3;
	for (size_t cut = 0; cut < 3; cut++) {
		trace_in_two(&whole, &rules,
		    SPAN_LITERAL("\x82\4"
		                 "abcd"),
		    cut);
		ck_assert_int_eq(whole.last, MESSAGE_BAD);
		ck_assert_uint_eq(whole.code, 1009);
		trace_end(&whole);
	}
}
END_TEST

static TCase *
tcase_of_events(void)
{
	TCase *tcase = tcase_create("events");
	int count = (int)sample_count;

	tcase_add_loop_test(
	    tcase, whole_input_gives_what_is_expected, 0, count);
	tcase_add_loop_test(tcase, every_step_gives_the_same_events, 0, count);
	tcase_add_loop_test(tcase, every_cut_gives_the_same_events, 0, count);
	tcase_add_loop_test(tcase, random_cuts_give_the_messages_that_were_sent,
	    0, RULES_COUNT);
	tcase_add_loop_test(tcase, reads_back_every_length, 0, RULES_COUNT);
	tcase_add_test(tcase, new_rules_hold_from_the_next_header);
	tcase_add_loop_test(tcase, sum_limit_holds_for_single_frames, 0, 2);
	tcase_set_timeout(tcase, 60);
	return tcase;
}

static TCase *
tcase_of_memory(void)
{
	TCase *tcase = tcase_create("memory");

	tcase_add_test(tcase, whole_frames_stay_in_place_without_allocation);
	tcase_add_loop_test(
	    tcase, whole_frames_of_all_kinds_stay_in_place, 0, 4);
	tcase_add_test(tcase, memory_goes_with_the_next_call);
	tcase_add_test(tcase, reader_can_be_used_after_release);
	tcase_add_test(tcase, announced_bytes_take_no_memory);
	tcase_add_loop_test(
	    tcase, memory_follows_what_came_up_to_the_end, 0, 3);
	tcase_add_test(tcase, empty_fragments_cost_nothing);
	tcase_add_test(tcase, a_million_fragments_of_one_byte_are_cheap);
	tcase_add_loop_test(
	    tcase, every_failed_allocation_is_told_and_nothing_leaks, 0, 2);
	return tcase;
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("message");

	suite_add_tcase(suite, tcase_of_events());
	suite_add_tcase(suite, tcase_of_memory());
	return suite;
}
