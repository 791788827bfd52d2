/*
 * WebSocket frame headers (RFC 6455 §5.2), read and written for both roles.
 * The one place that knows the format.
 */
#ifndef FRAMED_PROTO_FRAME_H
#define FRAMED_PROTO_FRAME_H

#include "base/endian.h"
#include "base/guard.h"
#include "base/span.h"
#include "proto/parse.h"

enum frame_opcode {
	FRAME_CONTINUATION = 0x0,
	FRAME_TEXT = 0x1,
	FRAME_BINARY = 0x2,
	FRAME_CLOSE = 0x8,
	FRAME_PING = 0x9,
	FRAME_PONG = 0xa
};

/* First byte of a frame. */
enum {
	FRAME_FIN = 0x80,
	FRAME_RSV1 = 0x40,
	FRAME_RSV2 = 0x20,
	FRAME_RSV3 = 0x10,
	FRAME_RSV_BITS = FRAME_RSV1 | FRAME_RSV2 | FRAME_RSV3,
	FRAME_OPCODE_BITS = 0x0f
};

enum {
	FRAME_HEADER_MAX = 14, /* bytes: 2, extended length 8, masking key 4 */
	FRAME_CONTROL_MAX = 125, /* payload bytes of a control frame, §5.5 */
	FRAME_KEY_LENGTH = 4
};

/* Whose frames are read: a server wants them masked, a client unmasked. */
enum frame_role { FRAME_SERVER, FRAME_CLIENT };

/*
 * What a reader lets through. An extension's bits are good on the first frame
 * of a data message only (RFC 7692 §6.1). A raw reader takes each frame for
 * itself: see message_read().
 */
struct frame_rules {
	uint64_t max_frame_bytes;   /* payload of one data frame */
	uint64_t max_message_bytes; /* payload of a whole message */
	enum frame_role role;
	uint8_t rsv_allowed; /* FRAME_RSV bits an extension uses */
	bool is_raw;         /* what is given is frames, not messages */
};

/* One header, as facts. */
struct frame {
	uint64_t length; /* payload bytes */
	uint8_t opcode;  /* enum frame_opcode */
	uint8_t flags;   /* FRAME_FIN and FRAME_RSV bits */
	bool is_masked;
	uint8_t key[FRAME_KEY_LENGTH]; /* zero unless masked */
};

/* The first byte of it, as it is on the wire. */
static inline uint8_t
frame_first_byte(const struct frame *frame)
{
	return frame->flags | frame->opcode;
}

/* The facts of an unmasked frame with this first byte. */
static inline struct frame
frame_from(uint8_t first, uint64_t length)
{
	return (struct frame){.length = length,
	    .opcode = first & FRAME_OPCODE_BITS,
	    .flags = first & (uint8_t)~FRAME_OPCODE_BITS};
}

/* How many bytes of a whole frame, at least two of which are given, are header. */
static inline size_t
frame_header_length(const uint8_t *frame)
{
	size_t length = (frame[1] & 0x80) != 0 ? 2 + FRAME_KEY_LENGTH : 2;

	switch (frame[1] & 0x7f) {
	case 126:
		return length + 2;
	case 127:
		return length + 8;
	default:
		return length;
	}
}

static inline bool
frame_opcode_is_control(uint8_t opcode)
{
	return (opcode & 0x8) != 0;
}

/* Keeps an unfinished header between calls. All zero is the initial state. */
struct frame_reader {
	uint8_t have;
	uint8_t header[FRAME_HEADER_MAX];
};

/*
 * Reads one header and moves *in behind what was taken: behind the whole
 * header on PARSE_DONE, to the end of the input on PARSE_MORE. Judges each
 * byte as soon as it is there, and a length with its last byte, in the order:
 * reserved bits, opcode, fragmented control, mask, control length, minimal
 * length, top bit, limit. The same answer for every cut of the input.
 * On PARSE_BAD error_out says 1002, or 1009 for a data frame above
 * rules->max_frame_bytes.
 */
MUST_CHECK enum parse frame_read(struct frame_reader *reader,
    const struct frame_rules *rules, struct span *in, struct frame *frame_out,
    struct proto_error *error_out);

/* Writes the header of an unmasked frame in its shortest form. Returns its
 * length, 2 to 10. */
static inline size_t
frame_write_unmasked(uint8_t first, uint64_t length, uint8_t *out)
{
	out[0] = first;
	if (length < 126) {
		out[1] = (uint8_t)length;
		return 2;
	}
	if (length <= UINT16_MAX) {
		out[1] = 126;
		put_be16(out + 2, (uint16_t)length);
		return 4;
	}
	out[1] = 127;
	put_be64(out + 2, length);
	return 10;
}

/*
 * Writes a header in its shortest form; with a key when frame->is_masked.
 * Returns its length, 2 to FRAME_HEADER_MAX. The payload is the caller's to
 * mask (mask.h).
 */
size_t frame_write(const struct frame *frame, uint8_t out[FRAME_HEADER_MAX]);

#endif
