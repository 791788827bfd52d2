/*
 * The messages of a load: JSON of one length, no two alike, as text and as the
 * masked frames that carry it.
 */
#ifndef FRAMED_BENCH_MESSAGES_H
#define FRAMED_BENCH_MESSAGES_H

#include "base/span.h"

enum { MESSAGES_COUNT = 64 };

struct messages {
	struct bytes texts[MESSAGES_COUNT];
	struct bytes frames[MESSAGES_COUNT];
};

/*
 * Makes the same texts each time, of so many bytes. They are compressed each
 * for itself with a window of so many bits; with 0 they are not. Ends the
 * program where it cannot.
 */
void messages_init(
    struct messages *messages, size_t length_bytes, uint8_t window_bits);

void messages_release(struct messages *messages);

#endif
