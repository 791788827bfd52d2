/*
 * The whole receive path of frames: an input fed at once and fed in pieces
 * must give the same events, and may hold no more memory than it has earned.
 * At one place the rules change, as they may between calls, so that "at once"
 * are two pieces. The first three bytes choose:
 *	the lowest bit the role, the next two the limits, the rest the lengths
 *	of the pieces;
 *	three bits the reserved bits allowed before the change, three those
 *	after it, two the limits after it;
 *	where the change is, in 256ths of the input.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/proto/trace.h"

enum { CHOICE_BYTES = 3, PARTIAL_MAX = 320, INPUT_MAX = TRACE_BYTES_MAX / 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trace whole, pieces;

struct choices {
	struct frame_rules before, after;
	size_t change; /* bytes before it */
	size_t piece;  /* bytes; pieces vary, up to twice that */
};

static struct frame_rules
rules_choose(enum frame_role role, unsigned limits, unsigned rsv)
{
	static const uint64_t choice[4] = {16, 130, 4096, INT64_MAX};
	uint64_t limit = choice[limits & 3];

	return (struct frame_rules){
	    .max_frame_bytes = limit,
	    .max_message_bytes = limit == INT64_MAX ? limit : limit * 2,
	    .role = role,
	    .rsv_allowed = (rsv & 7) << 4,
	};
}

static struct choices
choose(const uint8_t data[CHOICE_BYTES], size_t size)
{
	enum frame_role role = (data[0] & 1) == 0 ? FRAME_SERVER : FRAME_CLIENT;

	return (struct choices){
	    .before = rules_choose(role, data[0] >> 1, data[1]),
	    .after = rules_choose(role, data[1] >> 6, data[1] >> 3),
	    .change = (size - CHOICE_BYTES) * data[2] / 256,
	    .piece = 1 + (data[0] >> 3),
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
	if (!trace_is_equal(&whole, &pieces))
		abort();
	if (whole.held_max > PARTIAL_MAX + 2 * size ||
	    pieces.held_max > PARTIAL_MAX + 2 * size)
		abort();
	trace_end(&whole);
	trace_end(&pieces);
	return 0;
}
