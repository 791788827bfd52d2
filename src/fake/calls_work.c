/* Calls that something comes of later: flushes, timers, posts and works. */
#include "fake/parts.h"

#include <stdlib.h>

/* Notes the call; what it asks for is due then, with the token, unless the answer
 * is that it was not taken. */
static enum framed_result
ask(struct framed_fake_note *note, struct framed_session *session,
    enum fake_due_kind kind)
{
	enum framed_result result =
	    framed_fake_conclude(framed_fake_current, note);
	struct fake_due *due;

	if (!fake_is_taken(result) || session == NULL)
		return result;
	due = framed_fake_add_due(session, kind, note->data, note->length);
	if (due == NULL)
		return FRAMED_NO_MEMORY;
	due->work.token = note->token;
	return result;
}

static enum framed_result
call_flush(struct framed_session *session, uint64_t token)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_FLUSH,
	    .session = session,
	    .token = token,
	    .result = FRAMED_QUEUED,
	};
	enum framed_result result;

	if (framed_fake_enter(session, "framed_flush") == NULL)
		return FRAMED_CLOSED;
	if (fake_api(session)->on_flushed == NULL)
		note.result = FRAMED_UNSUPPORTED;
	else if (session->state != FRAMED_FAKE_OPEN)
		note.result = FRAMED_CLOSED;
	else if (session->flushes >= FAKE_WAITING_MAX)
		note.result = FRAMED_AGAIN;
	result = ask(&note, session, FAKE_DUE_FLUSH);
	session->flushes += fake_is_taken(result);
	return result;
}

static enum framed_result
call_async(struct framed_session *session, uint64_t token, const void *data,
    size_t length)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_ASYNC,
	    .session = session,
	    .token = token,
	    .data = data,
	    .length = length,
	    .result = FRAMED_QUEUED,
	};
	enum framed_result result;

	if (framed_fake_enter(session, "framed_async") == NULL)
		return FRAMED_CLOSED;
	if (fake_api(session)->async_work == NULL ||
	    fake_api(session)->on_async_done == NULL)
		note.result = FRAMED_UNSUPPORTED;
	else if (!fake_is_begun(session))
		note.result = FRAMED_CLOSED;
	else if (session->works >= session->worker->endpoint->conf.async_max)
		note.result = FRAMED_AGAIN;
	result = ask(&note, session, FAKE_DUE_WORK);
	session->works += fake_is_taken(result);
	return result;
}

static enum framed_result
call_post(uint64_t id, uint64_t token, const void *data, size_t length)
{
	struct framed_session *session = framed_fake_find(id);
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_POST,
	    .session = session,
	    .id = id,
	    .token = token,
	    .data = data,
	    .length = length,
	    .result = FRAMED_QUEUED,
	};

	if (framed_fake_current == NULL)
		return FRAMED_GONE;
	if (length > FAKE_POST_MAX || (data == NULL && length > 0))
		note.result = FRAMED_INVALID;
	else if (session == NULL)
		note.result = FRAMED_GONE;
	return ask(&note, session, FAKE_DUE_POST);
}

/* Takes the timer of this token out. NULL: it does not run. */
static struct fake_timer *
timer_take(struct framed_session *session, uint64_t token)
{
	struct fake_timer **link = &session->timers, *timer;

	while (*link != NULL && (*link)->token != token)
		link = &(*link)->next;
	timer = *link;
	if (timer != NULL)
		*link = timer->next;
	return timer;
}

static unsigned
timer_count(const struct framed_session *session, uint64_t other_than)
{
	const struct fake_timer *timer;
	unsigned count = 0;

	for (timer = session->timers; timer != NULL; timer = timer->next)
		count += timer->token != other_than;
	return count;
}

static enum framed_result
timer_set(struct framed_session *session, uint32_t ms, uint64_t token)
{
	struct framed_fake *fake = fake_of(session);
	struct fake_timer *timer = timer_take(session, token);

	if (timer == NULL)
		timer = calloc(1, sizeof(*timer));
	if (timer == NULL)
		return FRAMED_NO_MEMORY;
	timer->token = token;
	timer->due_ms = fake->now_ms + ms;
	timer->order = ++fake->last_order;
	timer->next = session->timers;
	session->timers = timer;
	return FRAMED_OK;
}

static enum framed_result
call_timer(struct framed_session *session, uint32_t ms, uint64_t token)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_TIMER,
	    .session = session,
	    .token = token,
	    .value = ms,
	    .result = FRAMED_OK,
	};
	enum framed_result result;

	if (framed_fake_enter(session, "framed_timer") == NULL)
		return FRAMED_CLOSED;
	if (fake_api(session)->on_timer == NULL)
		note.result = FRAMED_UNSUPPORTED;
	else if (ms > FAKE_DAY_MS)
		note.result = FRAMED_INVALID;
	else if (!fake_is_begun(session))
		note.result = FRAMED_CLOSED;
	else if (timer_count(session, token) >= FAKE_WAITING_MAX)
		note.result = FRAMED_AGAIN;
	result = framed_fake_conclude(fake_of(session), &note);
	return fake_is_taken(result) ? timer_set(session, ms, token) : result;
}

static enum framed_result
call_timer_cancel(struct framed_session *session, uint64_t token)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_TIMER_CANCEL,
	    .session = session,
	    .token = token,
	    .result = FRAMED_OK,
	};

	if (framed_fake_enter(session, "framed_timer_cancel") == NULL)
		return FRAMED_OK;
	framed_fake_keep(fake_of(session), &note);
	free(timer_take(session, token));
	return FRAMED_OK;
}

void
framed_fake_add_works(struct framed_host *host)
{
	host->flush = call_flush;
	host->async = call_async;
	host->post = call_post;
	host->timer = call_timer;
	host->timer_cancel = call_timer_cancel;
}
