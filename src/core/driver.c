/* The driver of sessions. */
#include "core/driver.h"

#include <errno.h>
#include <stdlib.h>

#include "core/output.h"
#include "core/receipts.h"
#include "core/request.h"
#include "core/secure.h"
#include "core/worker.h"

/* Bytes received that could not be worked on yet. At most one receive. */
struct backlog {
	size_t offset; /* of the first unread byte */
	size_t length; /* from there */
	uint8_t data[];
};

size_t
backlog_held(const struct backlog *backlog)
{
	return backlog == NULL
	    ? 0
	    : sizeof(*backlog) + backlog->offset + backlog->length;
}

void
backlog_free(struct backlog **backlog)
{
	free(*backlog);
	*backlog = NULL;
}

/* Keeps what a stage did not take. in is the receive buffer's rest, or the
 * backlog's own. */
static void
backlog_keep(struct session *session, struct bytes in)
{
	struct backlog *backlog = session->backlog;

	if (backlog != NULL) {
		backlog->offset += backlog->length - in.length;
		backlog->length = in.length;
	} else {
		backlog = malloc(sizeof(*backlog) + in.length);
		if (backlog == NULL) {
			session->flags |= SESSION_UNREADABLE;
			session_close(session, CLOSE_NO_MEMORY);
			return;
		}
		backlog->offset = 0;
		backlog->length = in.length;
		memcpy(backlog->data, in.data, in.length);
		session->backlog = backlog;
	}
	if (!(session->flags & SESSION_PAUSED))
		session->flags |= SESSION_READY;
	session_mark(session);
}

/* Gives bytes to the stages until they are used up, or none can go on. Output
 * on the way is corked. */
static void
feed(struct session *session, struct bytes in)
{
	enum step step;

	output_cork(session);
	do
		step = session_stage(session)->readable(session, &in);
	while (step == STEP_NEXT);
	output_uncork(session);
	if (step == STEP_WAIT && session->state != SESSION_CLOSED)
		backlog_keep(session, in);
	else
		backlog_free(&session->backlog);
	if (UNLIKELY(session->flags & SESSION_SECURED))
		secure_settle(session);
	if (session->charged > 0 || session->state != SESSION_OPEN ||
	    session->reader.partial != NULL || session->backlog != NULL)
		session_account(session);
}

/* The connection is of no more use. */
static void
lose(struct session *session)
{
	if (session->state < SESSION_OPEN)
		session_stage(session)->ended(session);
	else
		session_cut(session, CLOSE_LOST);
}

/* Where to receive: what goes on with a large message, where that lies. */
static struct bytes
receive_place(struct session *session)
{
	struct bytes place = {NULL, 0};

	if (UNLIKELY(session->reader.partial != NULL) &&
	    session->state == SESSION_OPEN)
		place = message_reader_room(&session->reader);
	if (LIKELY(place.length == 0))
		place = (struct bytes){
		    session->worker->receive_buffer, RECEIVE_BYTES};
	return place;
}

/* The same, of TLS. While that is in its handshake, or not begun, the stages take
 * what comes as it is. */
static void
receive_secured(struct session *session)
{
	struct bytes in = secure_receive_place(session);
	ssize_t got =
	    transport_receive(&session->transport, in.data, in.length);

	if (got > 0) {
		session->flags |= SESSION_HEARD;
		in.length = (size_t)got;
		if (session->state != SESSION_TLS)
			secure_decrypt(session, &in);
		feed(session, in);
	} else if (got == 0) {
		secure_ended(session);
	} else if (errno != EAGAIN && errno != EWOULDBLOCK) {
		lose(session);
	}
}

/* One receive, whatever it brings. */
static void
receive(struct session *session)
{
	struct bytes in = receive_place(session);
	ssize_t got =
	    transport_receive(&session->transport, in.data, in.length);

	if (LIKELY(got > 0)) {
		session->flags |= SESSION_HEARD;
		in.length = (size_t)got;
		feed(session, in);
	} else if (got == 0) {
		session_stage(session)->ended(session);
	} else if (errno != EAGAIN && errno != EWOULDBLOCK) {
		lose(session);
	}
}

void
driver_event(int fd, short what, void *owner)
{
	struct session *session = owner;
	unsigned ready = transport_ready(what);

	(void)fd;
	MAGIC_CHECK(session, SESSION_MAGIC);
	if (ready & TRANSPORT_WRITE) {
		output_flush(session);
		session_mark(session);
	}
	/* a session that was paused in this turn is still in the event */
	if (ready & TRANSPORT_READ && session->state != SESSION_CLOSED &&
	    session->backlog == NULL && !(session->flags & SESSION_PAUSED)) {
		if (UNLIKELY(session->flags & SESSION_SECURED))
			receive_secured(session);
		else
			receive(session);
	}
}

void
driver_expired(struct session *session)
{
	MAGIC_CHECK(session, SESSION_MAGIC);
	session_stage(session)->expired(session);
	session_mark(session);
}

void
driver_timer(struct session *session, uint64_t token)
{
	MAGIC_CHECK(session, SESSION_MAGIC);
	session_hold(session);
	session->endpoint->api->on_timer(
	    (struct framed_session *)session, token);
	session_release_hold(session);
	session_mark(session);
}

void
driver_drain(struct session *session, uint32_t ms)
{
	const struct framed_module *api = session->endpoint->api;

	MAGIC_CHECK(session, SESSION_MAGIC);
	if (api->on_drain == NULL)
		return;
	session_hold(session);
	api->on_drain((struct framed_session *)session, ms);
	session_release_hold(session);
	session_mark(session);
}

/* Asks the loop for what the session can make use of. */
static void
update_events(struct session *session)
{
	const uint32_t deaf = SESSION_PAUSED | SESSION_INPUT_ENDED;
	unsigned wanted = 0;

	/* the end of the input could be read again and again */
	if (!(session->flags & deaf) && session->backlog == NULL)
		wanted |= TRANSPORT_READ;
	if (session->flags & SESSION_BLOCKED)
		wanted |= TRANSPORT_WRITE;
	if (transport_wait_for(&session->transport, wanted) == -1)
		session_cut(session, CLOSE_NO_MEMORY);
}

/* Goes on with bytes that were left, if there are any and nothing forbids it. */
static void
resume_backlog(struct session *session)
{
	struct backlog *backlog = session->backlog;

	session->flags &= ~(uint32_t)SESSION_READY;
	if (backlog == NULL || session->flags & SESSION_PAUSED ||
	    session->state == SESSION_CLOSED)
		return;
	feed(session,
	    (struct bytes){backlog->data + backlog->offset, backlog->length});
}

/*
 * Stays marked throughout: what is marked meanwhile is this very work, and a
 * session that is over is never marked again.
 */
void
driver_settle(struct session *session)
{
	MAGIC_CHECK(session, SESSION_MAGIC);
	if (session->flags & SESSION_READY)
		resume_backlog(session);
	if (session->flags & SESSION_DIRTY)
		output_flush(session);
	if (session->flags & SESSION_BROKEN)
		lose(session);
	if (session->flags & (SESSION_NEWS | SESSION_FLUSHING))
		receipts_settle(session);
	if (session_stage(session)->settle != NULL)
		session_stage(session)->settle(session);
	if (session->state != SESSION_CLOSED)
		update_events(session);
	/* not sooner: a callback may have been looking at it */
	if (session->state >= SESSION_OPEN)
		request_free(&session->request);
	if (session->state == SESSION_CLOSED) {
		session_tell_closed(session);
		worker_bury(session->worker, session);
		return;
	}
	session_account(session);
	session->flags &= ~(uint32_t)SESSION_MARKED;
	if (session->flags &
	    (SESSION_READY | SESSION_DIRTY | SESSION_BROKEN | SESSION_NEWS))
		session_mark(session);
}
