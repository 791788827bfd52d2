/* TLS under sessions. */
#include "core/secure.h"

#include "core/emit.h"
#include "core/extra.h"
#include "core/tenure.h"
#include "core/worker.h"
#include "net/tls_stream.h"

static struct tls_stream *
stream_of(const struct session *session)
{
	return session->extra->tls;
}

static int
fd_of(const struct session *session)
{
	return transport_fd(&session->transport);
}

/* Gives the session its stream, NULL without memory. */
static void
take_stream(struct session *session, struct tls_stream *stream)
{
	struct session_extra *extra =
	    stream != NULL ? session_need_extra(session) : NULL;

	if (extra == NULL) {
		tls_stream_free(&stream);
		session_close(session, CLOSE_NO_MEMORY);
		return;
	}
	extra->tls = stream;
	session->flags |= SESSION_SECURED;
}

void
secure_begin(struct session *session)
{
	const struct conf_listener *listener = session->listener;
	size_t place = (size_t)(listener - listener->conf->listeners);
	const struct tls_contexts *contexts =
	    &session_tenure(session)->generation->tls;

	take_stream(session,
	    tls_stream_new(
	        contexts->listeners[place], &session->worker->tls_port));
}

void
secure_begin_client(struct session *session, struct span host)
{
	struct worker *worker = session->worker;
	char error[TLS_ERROR_MAX];
	const struct tls_context *context =
	    tls_contexts_client(&session_tenure(session)->generation->tls,
	        session_conf(session), error);

	if (context == NULL)
		session_close_with(session, CLOSE_CONNECT_FAILED,
		    close_reason_info(CLOSE_CONNECT_FAILED)->code,
		    span_from_string(error));
	else
		take_stream(session,
		    tls_stream_new_client(context, &worker->tls_port, host));
}

void
secure_abandon(struct session *session)
{
	session->worker->tls_port.out_length = 0;
	tls_stream_free(&session->extra->tls);
	session->flags &= ~(uint32_t)SESSION_SECURED;
}

struct bytes
secure_receive_place(struct session *session)
{
	return (struct bytes){session->worker->receive_buffer + TLS_HEADROOM,
	    RECEIVE_BYTES - TLS_HEADROOM};
}

void
secure_decrypt(struct session *session, struct bytes *in)
{
	tls_stream_decrypt(
	    stream_of(session), session->worker->receive_buffer, in);
}

bool
secure_has_rest(const struct session *session)
{
	return tls_stream_rest(stream_of(session)) > 0;
}

/* After something was sent, or tried to be. */
static void
note_rest(struct session *session)
{
	if (!secure_has_rest(session))
		return;
	session->flags |= SESSION_BLOCKED;
	session_mark(session);
}

ssize_t
secure_send(struct session *session, struct iovec *parts, int count)
{
	ssize_t sent =
	    tls_stream_send(stream_of(session), fd_of(session), parts, count);

	note_rest(session);
	return sent;
}

void
secure_flush(struct session *session)
{
	struct tls_stream *stream = stream_of(session);
	size_t before = tls_stream_rest(stream);

	if (tls_stream_flush(stream, fd_of(session)) == -1)
		emit_fail(session);
	/* the queue may wait for that alone */
	if (tls_stream_rest(stream) < before)
		session->flags |= SESSION_PROGRESS;
	note_rest(session);
}

void
secure_end(struct session *session)
{
	if (session->flags & SESSION_SECURED)
		tls_stream_end(stream_of(session), fd_of(session));
}

/* The last word is the alert, which was sent: it takes the place of a Close, and
 * must not be eaten by a reset either. */
static void
fail_handshake(struct session *session, struct span why)
{
	session->flags |= SESSION_CLOSE_SENT | SESSION_UNREADABLE;
	session_close_with(session, CLOSE_TLS_FAILED,
	    close_reason_info(CLOSE_TLS_FAILED)->code, why);
}

/* Ends the session for what TLS complained of. One that is lingering for that has
 * nothing more to lose. */
static void
fail(struct session *session)
{
	struct span why =
	    span_from_string(tls_stream_error(stream_of(session)));

	if (session->state == SESSION_TLS && session->flags & SESSION_CLIENT)
		session_close_with(session, CLOSE_CONNECT_FAILED,
		    close_reason_info(CLOSE_CONNECT_FAILED)->code, why);
	else if (session->state == SESSION_TLS)
		fail_handshake(session, why);
	else if (session->state < SESSION_CLOSING)
		session_close_with(session, CLOSE_LOST,
		    close_reason_info(CLOSE_LOST)->code, why);
	else if (session->reason != CLOSE_TLS_FAILED)
		session_cut(session, CLOSE_LOST);
}

void
secure_settle(struct session *session)
{
	if (session->state == SESSION_CLOSED) {
		session->worker->tls_port.out_length = 0;
		return;
	}
	if (session->worker->tls_port.out_length > 0)
		secure_flush(session);
	/* what came before the end comes first */
	if (session->backlog != NULL)
		return;
	switch (tls_stream_state(stream_of(session))) {
	case TLS_MORE:
	case TLS_DONE:
		break;
	case TLS_ENDED:
		if (!(session->flags & SESSION_INPUT_ENDED))
			session_stage(session)->ended(session);
		break;
	case TLS_FAILED:
		fail(session);
		break;
	}
}

/* Without close_notify it may be that somebody else cut it (RFC 8446 §6.1). */
void
secure_ended(struct session *session)
{
	if (session->state == SESSION_OPEN &&
	    tls_stream_state(stream_of(session)) != TLS_ENDED &&
	    !(session->flags & SESSION_CLOSE_RECEIVED))
		session_close_with(session, CLOSE_LOST,
		    close_reason_info(CLOSE_LOST)->code,
		    span_from_string("ended without close_notify"));
	else
		session_stage(session)->ended(session);
}
