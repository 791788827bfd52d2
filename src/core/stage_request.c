/* ACCEPTED and REQUEST: reads the head of the request. */
#include "core/request.h"
#include "core/server.h"
#include "core/stages.h"
#include "core/worker.h"

/* Answers an error. The method is not known yet, or does not matter. */
static void
refuse(struct session *session, enum close_reason reason,
    const struct proto_error *error)
{
	session_refuse(session, reason,
	    (struct http_response){.status = error->code, .text = error->text});
}

void
stage_request_begin(struct session *session)
{
	session_set_state(session,
	    session->listener->tls.certificates != NULL ? SESSION_TLS
	                                                : SESSION_REQUEST);
}

enum step
stage_accepted_readable(struct session *session, struct bytes *in)
{
	(void)in;
	session->request = request_new(&session_conf(session)->limits);
	if (session->request == NULL) {
		session_close(session, CLOSE_NO_MEMORY);
		return STEP_DEAD;
	}
	if (session->listener->has_proxy_protocol)
		session_set_state(session, SESSION_PROXY);
	else
		stage_request_begin(session);
	return stage_next(session);
}

/* A record of a handshake begins with a byte that no method does (RFC 8446
 * §5.1). */
static bool
begins_with_tls(const struct request *request)
{
	return request->length > 0 && request->bytes[0] == 22;
}

enum step
stage_request_readable(struct session *session, struct bytes *in)
{
	struct request *request = session->request;
	size_t before = request->length;
	struct proto_error error;

	if (request_append(request, *in) == -1) {
		session_close(session, CLOSE_NO_MEMORY);
		return STEP_DEAD;
	}
	switch (http_parse(&request->parser,
	    span_from(request->bytes, request->length), &error)) {
	case PARSE_DONE:
		bytes_advance(in, request->parser.length - before);
		session_set_state(session, SESSION_UPGRADE);
		return STEP_NEXT;
	case PARSE_MORE:
		bytes_advance(in, in->length);
		return STEP_MORE;
	case PARSE_BAD:
		break;
	}
	if (begins_with_tls(request))
		error.text = "TLS was sent to a port of plain HTTP";
	refuse(session, CLOSE_REFUSED, &error);
	return STEP_NEXT;
}

void
stage_request_ended(struct session *session)
{
	session_close(session, CLOSE_HANDSHAKE_LOST);
}

void
stage_request_expired(struct session *session)
{
	const struct close_reason_info *info =
	    close_reason_info(CLOSE_HANDSHAKE_TIMEOUT);
	const struct proto_error error = {info->code, info->sentence};

	/* who never said a word of HTTP gets none */
	if (session->state != SESSION_REQUEST)
		session_close(session, CLOSE_HANDSHAKE_TIMEOUT);
	else
		refuse(session, CLOSE_HANDSHAKE_TIMEOUT, &error);
}
