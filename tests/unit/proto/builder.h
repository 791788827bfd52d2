/* Inputs for message readers, made by chance, and what must come of them. */
#ifndef FRAMED_TESTS_BUILDER_H
#define FRAMED_TESTS_BUILDER_H

#include "tests/unit/proto/random.h"
#include "tests/unit/proto/trace.h"

enum {
	BUILDER_BYTES_MAX = 1 << 15,
	BUILDER_FRAGMENTS_MAX = 4,   /* of one message */
	BUILDER_FRAGMENT_MAX = 1500, /* bytes */
	BUILDER_MESSAGE_MAX = BUILDER_FRAGMENTS_MAX * BUILDER_FRAGMENT_MAX
};

/* An input under construction. Large, hence not for the stack. */
struct builder {
	struct random random; /* seeded by the test */
	const struct frame_rules *rules;
	bool is_spoilt; /* then nobody knows what must come */
	struct trace expected;
	size_t length;
	uint8_t message[BUILDER_MESSAGE_MAX];
	uint8_t bytes[BUILDER_BYTES_MAX];
};

/* Empties it; what is added is for readers with these rules. */
void builder_start(struct builder *builder, const struct frame_rules *rules);

/*
 * Adds a message in as many fragments as lengths are given, each below
 * BUILDER_FRAGMENT_MAX, and with pings between them perhaps. first is its
 * opcode and reserved bits. Not in fragments when the rules are raw.
 */
void builder_add_message(struct builder *builder, uint8_t first,
    const size_t *lengths, size_t fragments);

/*
 * Makes a whole input: good frames, at times with one byte spoilt. Raw rules
 * get frames in any order, others get messages.
 */
struct span builder_make(
    struct builder *builder, const struct frame_rules *rules);

#endif
