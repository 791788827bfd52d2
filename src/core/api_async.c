/* Works: what modules call. */
#include "core/api.h"
#include "core/async.h"

enum framed_result
api_async(struct framed_session *opaque, uint64_t token, const void *data,
    size_t length)
{
	struct session *session = session_from(opaque);
	const struct framed_module *api = session->endpoint->api;

	if (api->async_work == NULL || api->on_async_done == NULL)
		return FRAMED_UNSUPPORTED;
	if (session->state > SESSION_OPEN || session->flags & SESSION_BROKEN)
		return FRAMED_CLOSED;
	return async_begin(session, token, span_from(data, length));
}
