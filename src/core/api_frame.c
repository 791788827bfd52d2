/* Frames that modules send. */
#include "core/api.h"
#include "core/output.h"

enum {
	KNOWN_OPCODES = 1 << FRAMED_OP_CONTINUATION | 1 << FRAMED_OP_TEXT |
	    1 << FRAMED_OP_BINARY | 1 << FRAMED_OP_CLOSE | 1 << FRAMED_OP_PING |
	    1 << FRAMED_OP_PONG
};

/* Whether a frame may begin with this byte, and be so long. */
static bool
is_frame(unsigned first, size_t length)
{
	if (first & ~(unsigned)(FRAME_FIN | FRAME_OPCODE_BITS))
		return false;
	if (!(KNOWN_OPCODES >> (first & FRAME_OPCODE_BITS) & 1))
		return false;
	return !frame_opcode_is_control((uint8_t)first) ||
	    (first & FRAME_FIN && length <= FRAME_CONTROL_MAX);
}

enum framed_result
api_send_frame(struct framed_session *opaque, unsigned first, const void *data,
    size_t length)
{
	struct session *session = session_from(opaque);
	struct span payload = span_from(data, length);

	if (!session_is_raw(session) || !is_frame(first, length))
		return FRAMED_INVALID;
	if (first != (FRAME_FIN | FRAME_CLOSE))
		return output_frame(session, (uint8_t)first, payload);
	/* goes out however full the queue is: it is the last */
	if (!session_can_send(session))
		return FRAMED_CLOSED;
	session_send_close(session, payload);
	return FRAMED_QUEUED;
}

enum framed_result
api_ping(struct framed_session *session, const void *data, size_t length)
{
	if (length > FRAME_CONTROL_MAX)
		return FRAMED_INVALID;
	return output_control(
	    session_from(session), PACKET_PING, span_from(data, length));
}
