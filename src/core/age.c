/* The age of sessions. */
#include "core/age.h"

#include "core/worker.h"

enum { PERCENT = 100 };

/* How old the next session may become. Those that came together are not to go
 * together; and none is to become older than it may. */
static uint32_t
next_age_ms(struct worker *worker, const struct conf_limits *limits)
{
	uint64_t share_ms =
	    (uint64_t)limits->max_age_ms * limits->max_age_jitter / PERCENT;

	return limits->max_age_ms -
	    spread_next(&worker->spread, (uint32_t)share_ms);
}

void
age_begin(struct session *session)
{
	const struct conf_limits *limits = &session->endpoint->conf->limits;

	/* whom we call is for the module to leave */
	if (limits->max_age_ms == 0 || session->flags & SESSION_CLIENT)
		return;
	/* it has an end already, which is soon */
	if (session->worker->phase != WORKER_RUNNING)
		return;
	if (worker_set_slot(session->worker, &session->worker->ends,
	        session->slot, next_age_ms(session->worker, limits)) == -1)
		session_close(session, CLOSE_NO_MEMORY);
}

void
age_expired(struct session *session)
{
	session_close(session, CLOSE_MAX_AGE);
}
