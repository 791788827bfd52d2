/*
 * The whole receive path of frames: an input fed at once and fed in pieces
 * must give the same events, and may hold no more memory than it has earned.
 * Raw frames, written again, must be the input; messages must be what the rules
 * promise. At one place the rules change, as they may between calls, so that
 * "at once" are two pieces. The first three bytes choose:
 *	the lowest bit the role, the next two the limits, the top bit raw
 *	frames, the rest the lengths of the pieces;
 *	three bits the reserved bits allowed before the change, three those
 *	after it, two the limits after it;
 *	where the change is, in 256ths of the input.
 */
#include <stdint.h>
#include <stdlib.h>

#include "proto/mask.h"
#include "proto/utf8.h"
#include "tests/unit/proto/trace.h"

enum { CHOICE_BYTES = 3, PARTIAL_MAX = 320, INPUT_MAX = TRACE_BYTES_MAX / 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trace whole, pieces;

struct choices {
	struct frame_rules before, after;
	size_t change; /* bytes before it */
	size_t piece;  /* bytes; pieces vary, up to twice that */
};

/* first has the role, and whether frames are raw. */
static struct frame_rules
rules_choose(uint8_t first, unsigned limits, unsigned rsv)
{
	static const uint64_t choice[4] = {16, 130, 4096, INT64_MAX};
	uint64_t limit = choice[limits & 3];

	return (struct frame_rules){
	    .max_frame_bytes = limit,
	    .max_message_bytes = limit == INT64_MAX ? limit : limit * 2,
	    .role = (first & 1) == 0 ? FRAME_SERVER : FRAME_CLIENT,
	    .rsv_allowed = (rsv & 7) << 4,
	    .is_raw = (first & 0x80) != 0,
	};
}

static struct choices
choose(const uint8_t data[CHOICE_BYTES], size_t size)
{
	return (struct choices){
	    .before = rules_choose(data[0], data[0] >> 1, data[1]),
	    .after = rules_choose(data[0], data[1] >> 6, data[1] >> 3),
	    .change = (size - CHOICE_BYTES) * data[2] / 256,
	    .piece = 1 + (data[0] >> 3 & 15),
	};
}

static void
feed_in_pieces(struct span in, size_t base)
{
	size_t piece, turn = 0;

	while (in.length > 0) {
		piece = base + turn++ * 7 % base;
		if (piece > in.length)
			piece = in.length;
		trace_feed(&pieces, span_from(in.data, piece));
		in = span_from(in.data + piece, in.length - piece);
	}
}

static void
feed_both(struct span in, const struct frame_rules *rules, size_t piece)
{
	whole.rules = pieces.rules = rules;
	trace_feed(&whole, in);
	feed_in_pieces(in, piece);
}

static void
expect(bool is_right)
{
	if (!is_right)
		abort();
}

/* The frame at the start of in must be the event. Returns what is behind it. */
static struct span
write_again(
    const struct trace_event *event, const struct choices *c, struct span in)
{
	struct frame frame = {
	    .length = event->payload.length,
	    .opcode = event->first_byte & FRAME_OPCODE_BITS,
	    .flags = event->first_byte & (FRAME_FIN | FRAME_RSV_BITS),
	    .is_masked = c->before.role == FRAME_SERVER,
	};
	static uint8_t again[FRAME_HEADER_MAX + INPUT_MAX];
	size_t length = frame_write(&frame, again);

	expect(length + event->payload.length <= in.length);
	if (frame.is_masked) {
		memcpy(frame.key, in.data + length - FRAME_KEY_LENGTH,
		    FRAME_KEY_LENGTH);
		length = frame_write(&frame, again);
	}
	mask_copy_scalar(again + length, event->payload.data,
	    event->payload.length, frame.key, 0);
	length += event->payload.length;
	expect(memcmp(again, in.data, length) == 0);
	return span_from(in.data + length, in.length - length);
}

static void
judge_message(const struct trace_event *event, const struct choices *c)
{
	uint8_t opcode = event->first_byte & FRAME_OPCODE_BITS;
	uint8_t rsv = event->first_byte & FRAME_RSV_BITS;
	struct utf8 utf8 = {0};

	expect((event->first_byte & FRAME_FIN) != 0);
	expect(opcode != FRAME_CONTINUATION);
	expect((rsv & ~(c->before.rsv_allowed | c->after.rsv_allowed)) == 0);
	expect(rsv == 0 || !frame_opcode_is_control(opcode));
	if (opcode == FRAME_TEXT && rsv == 0)
		expect(utf8_check_scalar(&utf8, event->payload) &&
		    utf8_is_complete(&utf8));
}

static void
judge_ready(const struct choices *c, struct span in)
{
	struct trace_event event;
	size_t at = 0;

	while (trace_next(&whole, &at, &event)) {
		if (event.kind != MESSAGE_READY)
			break;
		if (c->before.is_raw)
			in = write_again(&event, c, in);
		else
			judge_message(&event, c);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices c;
	const uint8_t *change;

	if (size < CHOICE_BYTES || size > INPUT_MAX)
		return 0;
	c = choose(data, size);
	change = data + CHOICE_BYTES + c.change;
	trace_init(&whole, &c.before);
	trace_init(&pieces, &c.before);
	feed_both(span_from(data + CHOICE_BYTES, c.change), &c.before, c.piece);
	feed_both(span_from(change, (size_t)(data + size - change)), &c.after,
	    c.piece);
	expect(trace_is_equal(&whole, &pieces));
	expect(whole.held_max <= PARTIAL_MAX + 2 * size);
	expect(pieces.held_max <= PARTIAL_MAX + 2 * size);
	judge_ready(&c, span_from(data + CHOICE_BYTES, size - CHOICE_BYTES));
	trace_end(&whole);
	trace_end(&pieces);
	return 0;
}
