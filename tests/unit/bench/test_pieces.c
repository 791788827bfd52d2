/* What a server sends, in pieces: the same messages for every cut. */
#include "bench/pieces.h"

#include <stdio.h>

#include "tests/unit/harness.h"

static const struct frame_rules rules = {
    .max_frame_bytes = 1000,
    .max_message_bytes = 1000,
    .role = FRAME_CLIENT,
    .rsv_allowed = FRAME_RSV1,
};

static const struct {
	struct span in;
	/* opcode, rsv and payload of what is whole; "bad" at the end */
	const char *expected;
} samples[] = {
    {SPAN_LITERAL("\x81\x05hello"), "1.0 hello|"},
    {SPAN_LITERAL("\x82\x00"), "2.0 |"},
    {SPAN_LITERAL("\xc1\x02xy\x81\x01z"), "1.4 xy|1.0 z|"},
    {SPAN_LITERAL("\x01\x02he\x80\x03llo"), "1.0 hello|"},
    {SPAN_LITERAL("\x01\x00\x00\x00\x80\x00"), "1.0 |"},
    {SPAN_LITERAL("\x41\x02he\x89\x02pi\x80\x01l"), "9.0 pi|1.4 hel|"},
    {SPAN_LITERAL("\x88\x02\x03\xe8"), "8.0 \x03\xe8|"},
    {SPAN_LITERAL("\x82\x7e\x00\x80"
                  "0123456789abcdef0123456789abcdef0123456789abcdef"
                  "0123456789abcdef0123456789abcdef0123456789abcdef"
                  "0123456789abcdef0123456789abcdef"),
        "2.0 "
        "0123456789abcdef0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef|"},
    {SPAN_LITERAL("\x80\x00"), "bad"},
    {SPAN_LITERAL("\x01\x01x\x81\x01y"), "bad"},
    {SPAN_LITERAL("\x81\x81"), "bad"},
};

struct trace {
	struct piece_reader reader;
	char text[256];
	size_t length;
	char joined[200];
	uint64_t joined_length;
};

static void
note(struct trace *trace, const struct piece *piece)
{
	ck_assert_uint_eq(piece->offset, trace->joined_length);
	memcpy(trace->joined + trace->joined_length, piece->payload.data,
	    piece->payload.length);
	trace->joined_length += piece->payload.length;
	if (!piece->is_last)
		return;
	trace->length += (size_t)sprintf(trace->text + trace->length,
	    "%u.%u %.*s|", piece->opcode, piece->rsv >> 4,
	    (int)trace->joined_length, trace->joined);
	trace->joined_length = 0;
}

static void
note_control(struct trace *trace, const struct piece *piece)
{
	trace->length += (size_t)sprintf(trace->text + trace->length,
	    "%u.%u %.*s|", piece->opcode, piece->rsv >> 4,
	    (int)piece->payload.length, (const char *)piece->payload.data);
}

static void
feed(struct trace *trace, struct span in)
{
	enum piece_event event;
	struct piece piece;

	while ((event = piece_read(&trace->reader, &rules, &in, &piece)) !=
	    PIECE_NONE) {
		if (event == PIECE_BAD) {
			strcpy(trace->text, "bad");
			trace->length = 3;
			return;
		}
		if (event == PIECE_CONTROL)
			note_control(trace, &piece);
		else
			note(trace, &piece);
	}
	ck_assert_uint_eq(in.length, 0);
}

START_TEST(every_cut_gives_the_same_messages)
{
	struct span in = samples[_i].in;

	for (size_t cut = 0; cut <= in.length; cut++) {
		struct trace trace = {0};

		feed(&trace, span_from(in.data, cut));
		if (strcmp(trace.text, "bad") != 0)
			feed(&trace, span_from(in.data + cut, in.length - cut));
		ck_assert_str_eq(trace.text, samples[_i].expected);
	}
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("pieces");
	TCase *tcase = tcase_create("pieces");

	tcase_add_loop_test(
	    tcase, every_cut_gives_the_same_messages, 0, ARRAY_LENGTH(samples));
	suite_add_tcase(suite, tcase);
	return suite;
}
