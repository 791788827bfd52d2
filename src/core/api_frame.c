/* Frames that modules send. */
#include "core/api.h"
#include "core/output.h"

enum framed_result
api_ping(struct framed_session *session, const void *data, size_t length)
{
	if (length > FRAME_CONTROL_MAX)
		return FRAMED_INVALID;
	return output_control(
	    session_from(session), PACKET_PING, span_from(data, length));
}
