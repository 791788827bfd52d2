/* Rates of messages. */
#include "core/meter.h"

#include "base/clock.h"
#include "core/extra.h"
#include "core/worker.h"

enum { MS_NS = 1000000 };

/* The longer of what the two rates want to wait. */
static uint64_t
take(struct meter *meter, const struct conf_limits *limits, size_t bytes)
{
	uint64_t now_ns = clock_now_ms() * MS_NS;
	uint64_t wait_ns = 0, other_ns = 0;

	if (limits->messages_per_second > 0)
		wait_ns = rate_take(
		    &meter->messages, limits->messages_per_second, 1, now_ns);
	if (limits->bytes_per_second > 0)
		other_ns = rate_take(&meter->bytes, limits->bytes_per_second,
		    (uint32_t)bytes, now_ns);
	return wait_ns > other_ns ? wait_ns : other_ns;
}

static uint32_t
wait_ms(uint64_t wait_ns)
{
	uint64_t ms = wait_ns / MS_NS + 1;

	/* no message takes so long that this would cut it */
	return ms > DAY_MS ? DAY_MS : (uint32_t)ms;
}

bool
meter_take(struct session *session, size_t bytes)
{
	const struct conf_limits *limits = &session->endpoint->conf->limits;
	struct session_extra *extra = session_need_extra(session);
	uint64_t wait_ns;

	if (extra == NULL) {
		session_close(session, CLOSE_NO_MEMORY);
		return false;
	}
	wait_ns = take(&extra->meter, limits, bytes);
	if (wait_ns == 0)
		return true;
	if (limits->rate_policy == RATE_CLOSE) {
		session_close(session, CLOSE_RATE_EXCEEDED);
		return false;
	}
	/* what is here is taken, and the next has to wait */
	if (worker_set_slot(session->worker, &session->worker->throttles,
	        session->slot, wait_ms(wait_ns)) == -1) {
		session_close(session, CLOSE_NO_MEMORY);
		return false;
	}
	session_pause(session, SESSION_PAUSED_BY_GATE);
	return true;
}

void
meter_expired(struct session *session)
{
	if (session->state == SESSION_OPEN)
		session_resume(session, SESSION_PAUSED_BY_GATE);
}
