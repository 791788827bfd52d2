/* Inputs for message readers: what they are and what must come of them. */
#ifndef FRAMED_TESTS_SAMPLES_H
#define FRAMED_TESTS_SAMPLES_H

#include "proto/frame.h"

struct sample {
	const char *name;
	struct span bytes;
	const struct frame_rules *rules;
	/*
	 * The events: opcode name, "1" to "3" for reserved bits, "-" when not
	 * final, "=", payload, then a space; at the end the close code when
	 * the input is bad, "." when it ends between messages and "+" when
	 * something is unfinished.
	 */
	const char *expected;
};

extern const struct sample samples[];
extern const size_t sample_count;

/*
 * For frames and messages of up to 32 and 48 bytes, and of up to 1 MiB. The
 * encoded ones allow RSV1 and RSV2, raw_server allows RSV1, the others none.
 */
extern const struct frame_rules small_server, small_client;
extern const struct frame_rules encoded_server, encoded_client;
extern const struct frame_rules raw_server, raw_client;
extern const struct frame_rules large_server;

#endif
