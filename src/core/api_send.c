/* What modules call to send. */
#include "core/api.h"
#include "core/output.h"

enum framed_result
api_send(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	if (UNLIKELY(!api_is_message(type, data, length)))
		return FRAMED_INVALID;
	return output_message(
	    session_from(session), (uint8_t)type, span_from(data, length));
}

enum framed_result
api_send_keyed(struct framed_session *session, uint64_t key,
    enum framed_type type, const void *data, size_t length)
{
	if (!api_is_message(type, data, length))
		return FRAMED_INVALID;
	return output_keyed(
	    session_from(session), (uint8_t)type, span_from(data, length), key);
}
