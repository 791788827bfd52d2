/* Calls that set, and tell, what holds for one session. */
#include "fake/parts.h"

/* Notes that a value is set. Returns 1 when it takes effect; *result_out is what
 * the call answers. */
static int
set(struct framed_fake_note *note, int is_right, enum framed_result *result_out)
{
	note->result = FRAMED_OK;
	if (!is_right)
		note->result = FRAMED_INVALID;
	else if (note->session->state != FRAMED_FAKE_OPEN)
		note->result = FRAMED_CLOSED;
	*result_out = framed_fake_conclude(fake_of(note->session), note);
	return fake_is_taken(*result_out);
}

static uint32_t
call_ping_interval(const struct framed_session *session)
{
	return framed_fake_enter(session, "framed_ping_interval") == NULL
	    ? 0
	    : session->ping_interval_ms;
}

static enum framed_result
call_set_ping_interval(struct framed_session *session, uint32_t ms)
{
	struct framed_fake_note note = {.kind = FRAMED_FAKE_SET_PING_INTERVAL,
	    .session = session,
	    .value = ms};
	enum framed_result result;

	if (framed_fake_enter(session, "framed_set_ping_interval") == NULL)
		return FRAMED_CLOSED;
	if (set(&note, ms <= FAKE_DAY_MS, &result))
		session->ping_interval_ms = ms;
	return result;
}

static uint32_t
call_timeout(const struct framed_session *session)
{
	return framed_fake_enter(session, "framed_timeout") == NULL
	    ? 0
	    : session->timeout_ms;
}

static enum framed_result
call_set_timeout(struct framed_session *session, uint32_t ms)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_SET_TIMEOUT, .session = session, .value = ms};
	enum framed_result result;

	if (framed_fake_enter(session, "framed_set_timeout") == NULL)
		return FRAMED_CLOSED;
	if (set(&note, ms <= FAKE_DAY_MS, &result))
		session->timeout_ms = ms;
	return result;
}

static uint32_t
call_max_frame(const struct framed_session *session)
{
	return framed_fake_enter(session, "framed_max_frame") == NULL
	    ? 0
	    : session->max_frame_bytes;
}

static enum framed_result
call_set_max_frame(struct framed_session *session, uint32_t bytes)
{
	struct framed_fake_note note = {.kind = FRAMED_FAKE_SET_MAX_FRAME,
	    .session = session,
	    .value = bytes};
	enum framed_result result;

	if (framed_fake_enter(session, "framed_set_max_frame") == NULL)
		return FRAMED_CLOSED;
	if (set(&note, bytes >= 1 && bytes <= 1u << 30, &result))
		session->max_frame_bytes = bytes;
	return result;
}

static int
call_masking(const struct framed_session *session)
{
	return framed_fake_enter(session, "framed_masking") != NULL &&
	    session->is_client;
}

static enum framed_result
call_set_masking(struct framed_session *session, int is_on)
{
	struct framed_fake_note note = {.kind = FRAMED_FAKE_SET_MASKING,
	    .session = session,
	    .value = (uint32_t)is_on};
	enum framed_result result;

	if (framed_fake_enter(session, "framed_set_masking") == NULL)
		return FRAMED_CLOSED;
	(void)set(&note, is_on == session->is_client, &result);
	return result;
}

static void
call_pause(struct framed_session *session)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_PAUSE, .session = session};

	if (framed_fake_enter(session, "framed_pause") == NULL)
		return;
	framed_fake_keep(fake_of(session), &note);
	session->is_paused = 1;
}

static void
call_resume(struct framed_session *session)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_RESUME, .session = session};

	if (framed_fake_enter(session, "framed_resume") == NULL)
		return;
	framed_fake_keep(fake_of(session), &note);
	session->is_paused = 0;
}

void
framed_fake_add_limits(struct framed_host *host)
{
	host->ping_interval = call_ping_interval;
	host->set_ping_interval = call_set_ping_interval;
	host->timeout = call_timeout;
	host->set_timeout = call_set_timeout;
	host->max_frame = call_max_frame;
	host->set_max_frame = call_set_max_frame;
	host->masking = call_masking;
	host->set_masking = call_set_masking;
	host->pause = call_pause;
	host->resume = call_resume;
}
