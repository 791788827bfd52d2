/*
 * What a server sends, as it comes: payloads are given in pieces, where they
 * lie, and never joined, so that judging them costs one pass. Beside
 * message_read(), which joins: a load shall cost less than what it loads.
 */
#ifndef FRAMED_BENCH_PIECES_H
#define FRAMED_BENCH_PIECES_H

#include "base/guard.h"
#include "base/span.h"
#include "proto/frame.h"

enum piece_event {
	PIECE_NONE,    /* all of the input is taken */
	PIECE_DATA,    /* of a message */
	PIECE_CONTROL, /* a whole control frame */
	PIECE_BAD      /* the server broke a rule: see error */
};

struct piece {
	struct span payload;
	uint64_t offset; /* in the message */
	uint8_t
	    opcode;   /* of the message's first frame, or the control frame's */
	uint8_t rsv;  /* FRAME_RSV bits of the message's first frame */
	bool is_last; /* the message is whole; it may come with no payload */
	struct proto_error error; /* set on PIECE_BAD only */
};

/* All zero is the initial state. */
struct piece_reader {
	struct frame_reader header;
	struct frame frame; /* under way, if has_frame */
	uint64_t taken;     /* payload bytes of frame that are here */
	uint64_t offset;    /* bytes of the message so far */
	uint8_t first; /* first byte of the message's first frame; 0: none */
	bool has_frame;
	uint8_t control[FRAME_CONTROL_MAX];
};

/*
 * Reads on and moves *in behind what was taken. A piece lies in the input, a
 * control frame in the reader, valid until the next call. Ask again until
 * PIECE_NONE. The order of frames is judged (RFC 6455 §5.4), UTF-8 is not.
 */
MUST_CHECK enum piece_event piece_read(struct piece_reader *reader,
    const struct frame_rules *rules, struct span *in, struct piece *piece_out);

#endif
