/*
 * Masking keys for the frames of client sessions: fresh and unpredictable each
 * (RFC 6455 §5.3), but not a system call each.
 */
#ifndef FRAMED_CORE_MASK_KEYS_H
#define FRAMED_CORE_MASK_KEYS_H

#include <stdint.h>
#include <string.h>

#include "base/entropy.h"
#include "proto/frame.h"

enum { MASK_KEYS_BYTES = 64 * FRAME_KEY_LENGTH };

/* All zero is the initial state. One thread only. */
struct mask_keys {
	uint32_t left; /* bytes not given out */
	uint8_t bytes[MASK_KEYS_BYTES];
};

/* The next key, which is not kept. */
static inline void
mask_keys_take(struct mask_keys *keys, uint8_t key_out[FRAME_KEY_LENGTH])
{
	if (keys->left == 0) {
		entropy_fill(keys->bytes, sizeof(keys->bytes));
		keys->left = sizeof(keys->bytes);
	}
	keys->left -= FRAME_KEY_LENGTH;
	memcpy(key_out, keys->bytes + keys->left, FRAME_KEY_LENGTH);
	memset(keys->bytes + keys->left, 0, FRAME_KEY_LENGTH);
}

#endif
