/*
 * CLOSING: our last words go out, the peer's Close is awaited where that makes
 * sense, and a connection that failed is half-closed and read from for a moment,
 * lest a reset eat those words.
 */
#include "core/extra.h"
#include "core/output.h"
#include "core/secure.h"
#include "core/server.h"
#include "core/stages.h"
#include "core/worker.h"

enum closing_phase {
	CLOSING_DRAIN, /* the queue, our Close or refusal last, goes out */
	CLOSING_AWAIT, /* it is out; the peer's Close is not here */
	CLOSING_FIN,   /* client: both are through; the server hangs up first */
	CLOSING_LINGER, /* FIN is out; what comes is thrown away */
};

enum { LINGER_MS = 1000 };

/* Whether the end is that nothing comes from the peer. */
static bool
is_silent(const struct session *session)
{
	return session->reason == CLOSE_PING_TIMEOUT ||
	    session->reason == CLOSE_IDLE_TIMEOUT;
}

/* Whether there is no Close to be awaited. */
static bool
is_failing(const struct session *session)
{
	return session->flags & SESSION_UNREADABLE || is_silent(session) ||
	    session->ended_in < SESSION_OPEN;
}

void
stage_closing_enter(struct session *session)
{
	const struct conf_limits *limits = session->endpoint != NULL
	    ? &session->endpoint->conf->limits
	    : &session_conf(session)->limits;
	uint32_t deadline_ms = limits->close_timeout_ms;

	/* a peer that is silent will hardly take long words */
	if (is_silent(session) && deadline_ms > LINGER_MS)
		deadline_ms = LINGER_MS;
	/* on a raw session it runs since the peer's Close, if that was first */
	if (!(session->flags & SESSION_CLOSE_RECEIVED &&
	        session_is_raw(session)))
		session_set_deadline(session, deadline_ms);
	session->phase = CLOSING_DRAIN;
	session->flags &= ~(uint32_t)SESSION_PAUSED;
	session->flags |= SESSION_READY;
	session_mark(session);
}

/* Looks for the peer's Close; messages before it come too late. */
static void
skip_to_close(struct session *session, struct bytes *in)
{
	const uint32_t done = SESSION_CLOSE_RECEIVED | SESSION_UNREADABLE;
	struct message message;

	while (in->length > 0 && !(session->flags & done)) {
		switch (message_read(&session->reader,
		    session_frame_rules(session), in, &message)) {
		case MESSAGE_MORE:
			break;
		case MESSAGE_READY:
			if (message.opcode == FRAME_CLOSE)
				session->flags |= SESSION_CLOSE_RECEIVED;
			break;
		case MESSAGE_BAD:
		case MESSAGE_NO_MEMORY:
			session->flags |= SESSION_UNREADABLE;
			break;
		}
	}
}

enum step
stage_closing_readable(struct session *session, struct bytes *in)
{
	if (session->phase != CLOSING_LINGER && !is_failing(session)) {
		skip_to_close(session, in);
		if (in->length > 0)
			session->flags |= SESSION_TRAILED;
	}
	bytes_advance(in, in->length);
	session_mark(session);
	return STEP_MORE;
}

void
stage_closing_ended(struct session *session)
{
	/* the peer may still take what is queued */
	session->flags |= SESSION_INPUT_ENDED | SESSION_CLOSE_RECEIVED;
	session_mark(session);
}

/* Sends FIN and waits a moment for the peer's. The session is over. */
static void
linger(struct session *session)
{
	secure_end(session);
	transport_shutdown(&session->transport);
	session->phase = CLOSING_LINGER;
	session_set_deadline(session, LINGER_MS);
	session_tell_closed(session);
}

void
stage_closing_expired(struct session *session)
{
	if (session->phase == CLOSING_AWAIT) {
		linger(session);
		return;
	}
	if (session->phase != CLOSING_FIN)
		transport_reset(&session->transport);
	session_set_state(session, SESSION_CLOSED);
}

/* Our last words are out: whether more is to be done than to hang up. */
static void
leave_await(struct session *session)
{
	bool is_client = session->flags & SESSION_CLIENT;

	/* bytes left unread would make the kernel send a reset */
	if (is_failing(session) ||
	    (session->flags & SESSION_TRAILED && !is_client)) {
		linger(session);
	} else if (session->flags & SESSION_CLOSE_RECEIVED && is_client) {
		/* RFC 6455 §7.1.1 */
		session->phase = CLOSING_FIN;
		session_tell_closed(session);
	}
}

/* Whether the peer has done what the phase waits for. */
static bool
is_over(const struct session *session)
{
	uint32_t awaited = SESSION_INPUT_ENDED;

	if (session->phase == CLOSING_AWAIT)
		awaited = SESSION_CLOSE_RECEIVED;
	return session->phase != CLOSING_DRAIN && session->flags & awaited;
}

void
stage_closing_settle(struct session *session)
{
	if (session->phase == CLOSING_DRAIN && output_is_drained(session))
		session->phase = CLOSING_AWAIT;
	if (session->phase == CLOSING_AWAIT)
		leave_await(session);
	/* on_close, which that may call, may have cut the connection */
	if (session->state == SESSION_CLOSED || !is_over(session))
		return;
	if (session->phase != CLOSING_LINGER)
		secure_end(session);
	session_set_state(session, SESSION_CLOSED);
}
