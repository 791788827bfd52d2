/* Sessions: how they open and end, and what comes to them meanwhile. */
#include "fake/parts.h"

#include <stdlib.h>

struct framed_session *
framed_fake_enter(const struct framed_session *session, const char *call)
{
	struct framed_fake *fake = framed_fake_current;
	struct framed_session *known;

	if (fake == NULL)
		return NULL;
	for (known = fake->sessions; known != NULL; known = known->next)
		if (known == session)
			break;
	if (known == NULL)
		framed_fake_blame(fake, call, "no session");
	else if (fake->is_in_work)
		framed_fake_blame(fake, call, "not in async_work");
	else if (known->state == FRAMED_FAKE_CLOSED)
		framed_fake_blame(fake, call, "the session is over");
	else
		return known;
	return NULL;
}

struct framed_session *
framed_fake_find(uint64_t id)
{
	struct framed_session *session = NULL;

	if (framed_fake_current != NULL)
		session = framed_fake_current->sessions;
	while (session != NULL &&
	    (session->id != id || session->state == FRAMED_FAKE_CLOSED))
		session = session->next;
	return session;
}

enum framed_fake_state
framed_fake_state(const struct framed_session *session)
{
	return session->state;
}

unsigned
framed_fake_status(const struct framed_session *session)
{
	return session->is_deferred ? 0 : session->status;
}

void
framed_fake_free_session(struct framed_session *session)
{
	struct fake_timer *timer;
	struct fake_topic *topic;

	while ((timer = session->timers) != NULL) {
		session->timers = timer->next;
		free(timer);
	}
	while ((topic = session->topics) != NULL) {
		session->topics = topic->next;
		free(topic);
	}
	framed_fake_head_release(&session->head);
	free(session->storage);
	free(session->peer);
	free(session->offered);
	free(session->subprotocol);
	free(session->url);
	free(session);
}

/* What the request says. Returns 0, or -1 for want of memory or wrong lines. */
static int
session_read(
    struct framed_session *session, const struct framed_fake_request *request)
{
	const char *peer = request->peer;

	if (framed_fake_head_init(&session->head,
	        request->target != NULL ? request->target : "/",
	        request->headers != NULL ? request->headers : "") == -1)
		return -1;
	session->is_head_there = 1;
	session->extension = request->extension;
	session->facts = request->facts;
	session->fact_count = request->fact_count;
	session->offered = framed_fake_copy(request->subprotocols);
	session->peer =
	    framed_fake_copy(peer != NULL ? peer : "192.0.2.1:50412");
	if (session->peer == NULL ||
	    (request->subprotocols != NULL && session->offered == NULL))
		return -1;
	return 0;
}

struct framed_session *
framed_fake_new_session(
    struct framed_worker *worker, const struct framed_fake_request *request)
{
	static const struct framed_fake_request nothing = {.target = NULL};
	struct framed_fake *fake = worker->endpoint->fake;
	struct framed_session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return NULL;
	session->worker = worker;
	session->ping_interval_ms = 25000;
	session->timeout_ms = 15000;
	session->max_frame_bytes = 1 << 20;
	if (fake->api.session_size > 0)
		session->storage = calloc(1, fake->api.session_size);
	if ((fake->api.session_size > 0 && session->storage == NULL) ||
	    session_read(session, request != NULL ? request : &nothing) == -1) {
		framed_fake_free_session(session);
		return NULL;
	}
	session->id = ++fake->last_id;
	session->next = fake->sessions;
	fake->sessions = session;
	return session;
}

void
framed_fake_enter_open(struct framed_session *session)
{
	struct framed_fake *fake = fake_of(session);

	if (session->subprotocol == NULL && !session->is_client)
		session->subprotocol = framed_fake_copy(
		    session->worker->endpoint->conf.subprotocol);
	session->status = 101;
	session->state = FRAMED_FAKE_OPEN;
	if (fake->api.on_open != NULL) {
		fake->is_in_callback = 1;
		fake->api.on_open(session);
		fake->is_in_callback = 0;
	}
	session->is_head_there = 0;
}

struct framed_session *
framed_fake_open(
    struct framed_worker *worker, const struct framed_fake_request *request)
{
	struct framed_fake *fake = worker->endpoint->fake;
	enum framed_upgrade verdict = FRAMED_PROCEED;
	struct framed_session *session;

	if (fake_is_busy(fake))
		return NULL;
	session = framed_fake_new_session(worker, request);
	if (session == NULL)
		return NULL;
	if (fake->api.on_upgrade != NULL) {
		fake->is_in_callback = 1;
		verdict = fake->api.on_upgrade(session);
		fake->is_in_callback = 0;
	}
	if (session->state != FRAMED_FAKE_UPGRADE)
		return session;
	if (verdict == FRAMED_DEFER && session->status == 0)
		session->is_deferred = 1;
	else if (session->status == 0 || session->status == 101)
		framed_fake_enter_open(session);
	else
		session->state = FRAMED_FAKE_CLOSED;
	return session;
}

/* Puts text into the reason, cut between two characters. */
static void
reason_set_text(struct framed_session *session, const char *text)
{
	size_t length = strlen(text);

	if (length > FAKE_CLOSE_TEXT_MAX) {
		length = FAKE_CLOSE_TEXT_MAX;
		while (length > 0 && (text[length] & 0xc0) == 0x80)
			length--;
	}
	memcpy(session->reason_text, text, length);
	session->reason_text[length] = '\0';
	session->reason.text = session->reason_text;
}

void
framed_fake_decide(struct framed_session *session, enum framed_by by,
    uint16_t code, const char *text)
{
	if (session->reason.by != 0)
		return;
	session->reason.by = (uint16_t)by;
	session->reason.code = code;
	reason_set_text(session, text != NULL ? text : "");
}

void
framed_fake_begin_end(struct framed_session *session, enum framed_by by,
    uint16_t code, const char *text)
{
	framed_fake_decide(session, by, code, text);
	if (session->state == FRAMED_FAKE_UPGRADE)
		session->state = FRAMED_FAKE_CLOSED;
	if (session->state != FRAMED_FAKE_OPEN)
		return;
	session->state = FRAMED_FAKE_CLOSING;
	/* without memory for it the test's framed_fake_end() is what is left */
	(void)framed_fake_add_due(session, FAKE_DUE_END, NULL, 0);
}

void
framed_fake_finish(struct framed_session *session)
{
	struct framed_fake *fake = fake_of(session);
	struct fake_due *flush;

	session->state = FRAMED_FAKE_CLOSING;
	while ((flush = framed_fake_take_flush(session)) != NULL)
		framed_fake_flushed(flush, FRAMED_CLOSED);
	if (fake->api.on_close != NULL) {
		fake->is_in_callback = 1;
		fake->api.on_close(session, &session->reason);
		fake->is_in_callback = 0;
	}
	session->state = FRAMED_FAKE_CLOSED;
}

/* Ends it now: 1 when on_close came. */
static int
end_now(struct framed_session *session, enum framed_by by, uint16_t code,
    const char *text)
{
	enum framed_fake_state state = session->state;

	if (fake_is_busy(fake_of(session)) || state == FRAMED_FAKE_CLOSED)
		return 0;
	framed_fake_decide(session, by, code, text);
	if (session->is_connecting)
		return framed_fake_fail_connect(session, &session->reason);
	if (state == FRAMED_FAKE_UPGRADE) {
		session->state = FRAMED_FAKE_CLOSED;
		return 0;
	}
	framed_fake_finish(session);
	return fake_api(session)->on_close != NULL;
}

int
framed_fake_close(
    struct framed_session *session, uint16_t code, const char *text)
{
	return end_now(session, FRAMED_BY_PEER, code, text);
}

int
framed_fake_end(struct framed_session *session, enum framed_by by,
    uint16_t code, const char *text)
{
	return end_now(session, by, code, text);
}
