/*
 * Close codes (RFC 6455 §7.4 and the IANA registry) and the body of a Close
 * frame (§5.5.1).
 */
#ifndef FRAMED_PROTO_CLOSECODE_H
#define FRAMED_PROTO_CLOSECODE_H

#include "base/guard.h"
#include "base/span.h"
#include "proto/frame.h"

enum closecode {
	CLOSECODE_NORMAL = 1000,
	CLOSECODE_GOING_AWAY = 1001,
	CLOSECODE_PROTOCOL_ERROR = 1002,
	CLOSECODE_UNSUPPORTED = 1003,
	CLOSECODE_NONE = 1005,     /* Close without a body; never on the wire */
	CLOSECODE_ABNORMAL = 1006, /* no Close frame; never on the wire */
	CLOSECODE_INVALID_PAYLOAD = 1007,
	CLOSECODE_POLICY = 1008,
	CLOSECODE_TOO_BIG = 1009,
	CLOSECODE_EXTENSION = 1010,
	CLOSECODE_INTERNAL = 1011,
	CLOSECODE_RESTART = 1012,
	CLOSECODE_TRY_AGAIN = 1013,
	CLOSECODE_BAD_GATEWAY = 1014
};

enum { CLOSE_TEXT_MAX = FRAME_CONTROL_MAX - 2 };

/* Whether a Close frame may carry this code: 1000–1003, 1007–1014, 3000–4999. */
bool closecode_is_valid(uint16_t code);

/* What a Close frame says. text borrows. */
struct close_body {
	uint16_t code; /* CLOSECODE_NONE when the body was empty */
	struct span text;
};

/*
 * Reads the unmasked payload of a Close frame. Returns 0, or -1 with 1002 (one
 * byte, or a code that is not valid) or 1007 (text not UTF-8) in error_out.
 */
MUST_CHECK int close_body_read(struct span payload, struct close_body *body_out,
    struct proto_error *error_out);

/*
 * Writes a payload: nothing for CLOSECODE_NONE, else code and text, the text
 * cut at a character border to CLOSE_TEXT_MAX. Returns its length.
 */
size_t close_body_write(
    const struct close_body *body, uint8_t out[FRAME_CONTROL_MAX]);

#endif
