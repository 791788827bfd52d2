/*
 * The whole receive path of frames: an input fed at once and fed in pieces
 * must give the same events, and may hold no more memory than it has earned.
 * The first byte chooses: the lowest bit the role, the next two the limits,
 * the rest the lengths of the pieces.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/proto/trace.h"

enum { PARTIAL_MAX = 320, INPUT_MAX = TRACE_BYTES_MAX / 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trace whole, pieces;

static struct frame_rules
rules_choose(uint8_t choice)
{
	static const uint64_t limits[4] = {16, 130, 4096, INT64_MAX};
	uint64_t limit = limits[choice >> 1 & 3];

	return (struct frame_rules){
	    .max_frame_bytes = limit,
	    .max_message_bytes = limit == INT64_MAX ? limit : limit * 2,
	    .role = (choice & 1) == 0 ? FRAME_SERVER : FRAME_CLIENT,
	};
}

/* Lengths vary but repeat: one to twice the chosen number. */
static void
feed_in_pieces(struct span in, uint8_t choice)
{
	size_t base = 1 + (choice >> 3), piece, turn = 0;

	while (in.length > 0) {
		piece = base + turn++ * 7 % base;
		if (piece > in.length)
			piece = in.length;
		trace_feed(&pieces, span_from(in.data, piece));
		in = span_from(in.data + piece, in.length - piece);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_rules rules;
	struct span in;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	rules = rules_choose(data[0]);
	in = span_from(data + 1, size - 1);
	trace_init(&whole, &rules);
	trace_feed(&whole, in);
	trace_init(&pieces, &rules);
	feed_in_pieces(in, data[0]);
	if (!trace_is_equal(&whole, &pieces))
		abort();
	if (whole.held_max > PARTIAL_MAX + 2 * size ||
	    pieces.held_max > PARTIAL_MAX + 2 * size)
		abort();
	trace_end(&whole);
	trace_end(&pieces);
	return 0;
}
