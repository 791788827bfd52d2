/* Timers: what modules call. */
#include "core/api.h"
#include "core/timers.h"
#include "core/worker.h"

enum framed_result
api_timer(struct framed_session *opaque, uint32_t ms, uint64_t token)
{
	struct session *session = session_from(opaque);
	enum framed_result result;

	if (session->endpoint->api->on_timer == NULL)
		return FRAMED_UNSUPPORTED;
	if (ms > DAY_MS)
		return FRAMED_INVALID;
	if (session->state > SESSION_OPEN || session->flags & SESSION_BROKEN)
		return FRAMED_CLOSED;
	result = worker_set_timer(session->worker, session, ms, token);
	session_account(session);
	return result;
}

enum framed_result
api_timer_cancel(struct framed_session *opaque, uint64_t token)
{
	struct session *session = session_from(opaque);

	timers_cancel(&session->worker->timers, session, token);
	session_account(session);
	return FRAMED_OK;
}
