/*
 * The frame of the hot path: one unfragmented data frame below 64 KiB without
 * reserved bits, right in all respects and whole in the input. Everything
 * else, wrong or merely rarer (raw frames, too), is frame_read()'s to judge.
 */
#ifndef FRAMED_PROTO_FRAME_FAST_H
#define FRAMED_PROTO_FRAME_FAST_H

#include "base/endian.h"
#include "proto/frame.h"

struct frame_fast {
	uint32_t header_length; /* a masking key is the end of the header */
	uint32_t length;        /* payload bytes */
	enum frame_opcode opcode;
};

/* Whether such a frame stands at the start of the input. */
static inline bool
frame_fast_read(const struct frame_rules *rules, struct bytes in,
    struct frame_fast *fast_out)
{
	uint32_t key = rules->role == FRAME_SERVER ? FRAME_KEY_LENGTH : 0;
	uint32_t header = 2 + key, length;

	if (in.length < 2 + FRAME_KEY_LENGTH || rules->is_raw)
		return false;
	if (in.data[0] != (FRAME_FIN | FRAME_TEXT) &&
	    in.data[0] != (FRAME_FIN | FRAME_BINARY))
		return false;
	/* The wrong mask bit leaves a number above 127 here. */
	length = in.data[1] ^ (key != 0 ? 0x80u : 0u);
	if (length == 126) {
		header += 2;
		length = get_be16(in.data + 2);
		if (length < 126)
			return false;
	} else if (length > 126) {
		return false;
	}
	fast_out->header_length = header;
	fast_out->length = length;
	fast_out->opcode = in.data[0] & 0x0f;
	return header + length <= in.length &&
	    length <= rules->max_frame_bytes &&
	    length <= rules->max_message_bytes;
}

#endif
