/* What modules change about one session: how its peer is watched, and how large
 * frames may be. Until the first change it goes by its endpoint's numbers. */
#include "core/api.h"
#include "core/extra.h"
#include "core/keepalive.h"

/* Gives the numbers of the session's own, to be changed. */
static enum framed_result
tune(struct session *session, struct session_extra **own_out)
{
	if (session->state > SESSION_OPEN)
		return FRAMED_CLOSED;
	*own_out = session_tune(session);
	if (*own_out == NULL)
		return FRAMED_NO_MEMORY;
	/* the memory is to be charged, and a stalled queue seen anew */
	session_mark(session);
	return FRAMED_OK;
}

uint32_t
api_ping_interval(const struct framed_session *session)
{
	return session_keepalive(session_from_const(session))->ping_interval_ms;
}

enum framed_result
api_set_ping_interval(struct framed_session *opaque, uint32_t ms)
{
	struct session *session = session_from(opaque);
	struct session_extra *own;
	enum framed_result result;

	if (ms > DAY_MS)
		return FRAMED_INVALID;
	result = tune(session, &own);
	if (result != FRAMED_OK)
		return result;
	own->keepalive.ping_interval_ms = ms;
	keepalive_interval_changed(session);
	return FRAMED_OK;
}

uint32_t
api_timeout(const struct framed_session *session)
{
	return session_keepalive(session_from_const(session))->timeout_ms;
}

enum framed_result
api_set_timeout(struct framed_session *opaque, uint32_t ms)
{
	struct session *session = session_from(opaque);
	struct session_extra *own;
	enum framed_result result;

	if (ms == 0 || ms > DAY_MS)
		return FRAMED_INVALID;
	result = tune(session, &own);
	if (result != FRAMED_OK)
		return result;
	own->keepalive.timeout_ms = ms;
	keepalive_timeout_changed(session);
	return FRAMED_OK;
}

uint32_t
api_max_frame(const struct framed_session *session)
{
	/* it came from a number of 32 bits */
	return (uint32_t)session_frame_rules(session_from_const(session))
	    ->max_frame_bytes;
}

enum framed_result
api_set_max_frame(struct framed_session *opaque, uint32_t bytes)
{
	struct session_extra *own;
	enum framed_result result;

	if (bytes == 0 || bytes > GIGABYTE)
		return FRAMED_INVALID;
	result = tune(session_from(opaque), &own);
	if (result != FRAMED_OK)
		return result;
	own->rules.max_frame_bytes = bytes;
	return FRAMED_OK;
}

int
api_masking(const struct framed_session *session)
{
	return session_frame_rules(session_from_const(session))->role ==
	    FRAME_CLIENT;
}

enum framed_result
api_set_masking(struct framed_session *session, int is_on)
{
	if ((is_on != 0) != api_masking(session))
		return FRAMED_INVALID;
	if (session_from(session)->state > SESSION_OPEN)
		return FRAMED_CLOSED;
	return FRAMED_OK;
}
