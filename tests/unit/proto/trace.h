/*
 * What a message reader made of an input, written down, so that two ways of
 * feeding the same bytes can be compared. Used by test_message.c and by
 * tests/fuzz/fuzz_message.c.
 */
#ifndef FRAMED_TESTS_TRACE_H
#define FRAMED_TESTS_TRACE_H

#include "proto/message.h"

enum {
	TRACE_BYTES_MAX = 1 << 18,
	TRACE_PAYLOAD = 12 /* where in an event the payload begins */
};

/* Events as bytes: kind, opcode, close code, length of the payload, payload. */
struct trace {
	struct message_reader reader;
	const struct frame_rules *rules;
	enum message_event last; /* MESSAGE_MORE as long as the input is good */
	uint16_t code;           /* of MESSAGE_BAD */
	size_t events;
	size_t fed;      /* bytes */
	size_t held_max; /* most that message_reader_held() ever said */
	size_t length;
	uint8_t bytes[TRACE_BYTES_MAX];
};

void trace_init(struct trace *trace, const struct frame_rules *rules);

/*
 * Feeds one piece, in memory of its own that ends where it ends and is gone
 * afterwards. Does nothing after MESSAGE_BAD or MESSAGE_NO_MEMORY. The log
 * must suffice: inputs below TRACE_BYTES_MAX / 4 always fit.
 */
void trace_feed(struct trace *trace, struct span piece);

/* Writes down a message that must come, for a log to compare others with. */
void trace_expect(
    struct trace *trace, enum frame_opcode opcode, struct span payload);

/* Frees the reader; the log stays. */
void trace_end(struct trace *trace);

bool trace_is_equal(const struct trace *a, const struct trace *b);

#endif
