/*
 * CONNECT and RESPONSE: the opening handshake of sessions that we begin. Awaits
 * the connection, sends the request, reads the response and judges it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/call.h"
#include "core/connect.h"
#include "core/extra.h"
#include "core/output.h"
#include "core/request.h"
#include "core/server.h"
#include "core/stages.h"
#include "core/worker.h"
#include "net/dial.h"
#include "proto/extension.h"
#include "proto/utf8.h"

/* Sends the request and makes room for the response. Returns 0, or -1 without
 * memory. */
static int
ask(struct session *session)
{
	size_t length;
	char *request = call_write_request(session->extra->call, &length);

	session->request = request_new_response(&session_conf(session)->limits);
	if (request != NULL && session->request != NULL)
		output_bytes(session, span_from(request, length));
	free(request);
	return request != NULL && session->request != NULL ? 0 : -1;
}

void
stage_connect_ask(struct session *session)
{
	enum session_state before = session->state;

	if (ask(session) == -1)
		session_close(session, CLOSE_NO_MEMORY);
	if (session->state == before)
		session_set_state(session, SESSION_RESPONSE);
}

void
stage_connect_settle(struct session *session)
{
	int error;

	/* the kernel has not said anything yet */
	if (session->flags & SESSION_BLOCKED)
		return;
	error = dial_result(transport_fd(&session->transport));
	if (error != 0) {
		connect_fail(session, error);
		return;
	}
	session_resume(session, SESSION_PAUSED_BY_GATE);
	if (session->extra->call->wish->is_secure) {
		session_set_state(session, SESSION_TLS);
		return;
	}
	output_cork(session);
	stage_connect_ask(session);
	output_uncork(session);
}

/* It is not the response of a WebSocket server that understood us. */
static void
fail(struct session *session, const char *why)
{
	const struct close_reason_info *info =
	    close_reason_info(CLOSE_HANDSHAKE_WRONG);

	session_close_with(
	    session, CLOSE_HANDSHAKE_WRONG, info->code, span_from_string(why));
}

/* The server says no. Its own words, as far as they can be shown. */
static void
take_refusal(struct session *session, const struct http_head *response)
{
	struct span phrase =
	    http_slice_get(response->bytes, response->parser->reason);
	uint16_t status = response->parser->status;
	char text[CLOSE_TEXT_MAX + 1];

	if (!utf8_is_valid(phrase))
		phrase.length = 0;
	snprintf(text, sizeof(text), "the server answered %u%s%.*s", status,
	    phrase.length > 0 ? " " : "", (int)phrase.length,
	    (const char *)phrase.data);
	session_close_with(
	    session, CLOSE_HANDSHAKE_REFUSED, status, span_from_string(text));
}

/* Keeps the subprotocol that the server chose, if it did. Returns 0 or -1. */
static int
keep_subprotocol(struct session *session, const struct http_head *response)
{
	struct session_extra *extra = session->extra;
	struct span chosen;

	if (http_head_header(response, "Sec-WebSocket-Protocol", &chosen) == 0)
		return 0;
	extra->subprotocol = strndup((const char *)chosen.data, chosen.length);
	return extra->subprotocol != NULL ? 0 : -1;
}

/* The endpoint's rules are for frames of clients: this session has its own. To
 * be called when an extension, if any, was agreed on. Returns 0 or -1. */
static int
turn_rules(struct session *session)
{
	struct session_extra *extra = session_tune(session);

	if (extra == NULL)
		return -1;
	extra->rules.role = FRAME_CLIENT;
	return 0;
}

/* Opens the session; its module may look at the response. */
static void
admit_to_module(struct session *session)
{
	http_head_terminate(&session->request->parser, session->request->bytes);
	session_set_state(session, SESSION_OPEN);
}

/* Makes the session what the response says. */
static void
open_session(struct session *session, const struct http_head *response)
{
	struct span extensions;

	if (http_head_header(response, extension_header, &extensions) > 0 &&
	    pmce_deflate.confirm(session, extensions) == -1)
		fail(session, "the extension is not as it was asked for");
	else if (keep_subprotocol(session, response) == -1 ||
	    turn_rules(session) == -1)
		session_close(session, CLOSE_NO_MEMORY);
	else
		admit_to_module(session);
}

/* A head was read whole. */
static enum step
judge(struct session *session)
{
	struct call *call = session->extra->call;
	const struct http_head response = request_head(session->request);
	const char *error;
	enum handshake_verdict verdict =
	    handshake_client_judge(&call->wish->client, &response, &error);

	if (verdict != HANDSHAKE_INTERIM)
		call->status = response.parser->status;
	switch (verdict) {
	case HANDSHAKE_INTERIM:
		request_restart_response(session->request);
		break;
	case HANDSHAKE_REFUSED:
		take_refusal(session, &response);
		break;
	case HANDSHAKE_WRONG:
		fail(session, error);
		break;
	case HANDSHAKE_ACCEPTED:
		open_session(session, &response);
		break;
	}
	return stage_next(session);
}

enum step
stage_response_readable(struct session *session, struct bytes *in)
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
		return judge(session);
	case PARSE_MORE:
		bytes_advance(in, in->length);
		return STEP_MORE;
	case PARSE_BAD:
		break;
	}
	fail(session, error.text);
	return STEP_DEAD;
}

void
stage_connect_ended(struct session *session)
{
	session_close(session, CLOSE_CONNECT_FAILED);
}

void
stage_connect_expired(struct session *session)
{
	const char *text = session->state == SESSION_CONNECT
	    ? "not connected in time"
	    : "no response in time";

	session_close_with(session, CLOSE_HANDSHAKE_TIMEOUT,
	    FRAMED_CLOSE_ABNORMAL, span_from_string(text));
}
