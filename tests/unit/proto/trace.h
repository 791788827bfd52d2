/*
 * What a message reader made of an input, written down, so that two ways of
 * feeding the same bytes can be compared. Used by test_message.c and by
 * tests/fuzz/fuzz_message.c.
 */
#ifndef FRAMED_TESTS_TRACE_H
#define FRAMED_TESTS_TRACE_H

#include "proto/message.h"
#include "tests/unit/proto/random.h"

enum { TRACE_BYTES_MAX = 1 << 18 };

struct trace {
	struct message_reader reader;
	const struct frame_rules *rules;
	enum message_event last; /* MESSAGE_MORE as long as the input is good */
	uint16_t code;           /* of MESSAGE_BAD */
	size_t events;
	size_t fed;      /* bytes */
	size_t held_max; /* most that message_reader_held() ever said */
	size_t length;
	uint8_t bytes[TRACE_BYTES_MAX]; /* see trace_next() */
};

struct trace_event {
	enum message_event kind; /* not MESSAGE_MORE */
	uint8_t first_byte;      /* opcode and flags as in a frame; READY */
	uint16_t code;           /* MESSAGE_BAD */
	struct span payload;     /* lies in the trace */
};

void trace_init(struct trace *trace, const struct frame_rules *rules);

/*
 * Feeds one piece, in memory of its own that ends where it ends and is gone
 * afterwards. Does nothing after MESSAGE_BAD or MESSAGE_NO_MEMORY. The log
 * must suffice: inputs below TRACE_BYTES_MAX / 4 always fit.
 */
void trace_feed(struct trace *trace, struct span piece);

/* Start a trace and feed it the whole input: in pieces of at most step bytes,
 * in two pieces, or in pieces of any lengths. */
void trace_in_steps(struct trace *trace, const struct frame_rules *rules,
    struct span in, size_t step);
void trace_in_two(struct trace *trace, const struct frame_rules *rules,
    struct span in, size_t cut);
void trace_at_random(struct trace *trace, const struct frame_rules *rules,
    struct span in, struct random *random);

/* Writes down a message that must come, for a log to compare others with. */
void trace_expect(struct trace *trace, uint8_t first_byte, struct span payload);

/* Reads the event at *at, 0 for the first, and moves *at behind it. False at
 * the end. */
bool trace_next(
    const struct trace *trace, size_t *at, struct trace_event *event_out);

/* Frees the reader; the log stays. */
void trace_end(struct trace *trace);

bool trace_is_equal(const struct trace *a, const struct trace *b);

#endif
