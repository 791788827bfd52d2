/*
 * TLS: the handshake beneath all others, in either role. What the peer sends is
 * plain from then on, as far as the stages after it can see.
 */
#include "core/call.h"
#include "core/extra.h"
#include "core/request.h"
#include "core/secure.h"
#include "core/stages.h"
#include "core/worker.h"
#include "net/tls_stream.h"
#include "proto/http_host.h"

void
stage_tls_enter(struct session *session)
{
	struct span nothing = SPAN_LITERAL("");

	if (!(session->flags & SESSION_CLIENT)) {
		secure_begin(session);
		return;
	}
	secure_begin_client(
	    session, http_host_name(session->extra->call->wish->client.host));
	if (session->state != SESSION_TLS)
		return;
	/* the client speaks first */
	tls_stream_handshake(session->extra->tls, &nothing);
	secure_settle(session);
}

/* Whoever speaks HTTP here is told so in HTTP. */
static enum step
refuse_plain(struct session *session)
{
	secure_abandon(session);
	session_refuse(session, CLOSE_REFUSED,
	    (struct http_response){.status = 400,
	        .text = "a plain HTTP request was sent to a port of HTTPS"});
	return stage_next(session);
}

/* A record begins with a byte that no method of HTTP does. */
static bool
is_http(const struct bytes *in)
{
	return in->length > 0 && in->data[0] >= 'A' && in->data[0] <= 'Z';
}

enum step
stage_tls_readable(struct session *session, struct bytes *in)
{
	struct tls_stream *stream = session->extra->tls;
	struct span rest = span_from(in->data, in->length);

	if (session->bytes_in == 0 && is_http(in))
		return refuse_plain(session);
	session->bytes_in += in->length;
	tls_stream_handshake(stream, &rest);
	bytes_advance(in, in->length - rest.length);
	if (tls_stream_state(stream) != TLS_DONE)
		return STEP_MORE;
	session->bytes_in = 0;
	secure_decrypt(session, in);
	if (session->flags & SESSION_CLIENT)
		stage_connect_ask(session);
	else
		session_set_state(session, SESSION_REQUEST);
	return stage_next(session);
}

void
stage_tls_ended(struct session *session)
{
	if (session->flags & SESSION_CLIENT)
		stage_connect_ended(session);
	else
		stage_request_ended(session);
}

void
stage_tls_expired(struct session *session)
{
	if (session->flags & SESSION_CLIENT)
		stage_connect_expired(session);
	else
		stage_request_expired(session);
}
