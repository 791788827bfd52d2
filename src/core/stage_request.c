/*
 * ACCEPTED, REQUEST and UPGRADE: reads the request head, finds its endpoint,
 * judges the handshake and answers it.
 */
#include <stdlib.h>

#include "base/escape.h"
#include "base/log.h"
#include "core/extra.h"
#include "core/output.h"
#include "core/pmce.h"
#include "core/server.h"
#include "core/stages.h"
#include "core/worker.h"
#include "proto/handshake.h"
#include "proto/http.h"

/* A handshake that is not over. Freed when the session leaves UPGRADE. */
struct request {
	struct http_parser parser;
	uint8_t *bytes; /* from the first of the head on */
	size_t length;
	size_t capacity;
	struct http_header headers[];
};

void
request_free(struct request **request)
{
	if (*request != NULL)
		free((*request)->bytes);
	free(*request);
	*request = NULL;
}

size_t
request_held(const struct request *request)
{
	if (request == NULL)
		return 0;
	return sizeof(*request) + request->capacity +
	    request->parser.limits.max_headers * sizeof(struct http_header);
}

static struct request *
request_new(const struct conf_limits *limits)
{
	const struct http_limits http = {
	    .max_bytes = limits->max_header_bytes,
	    .max_headers = limits->max_headers,
	};
	struct request *request = malloc(
	    sizeof(*request) + http.max_headers * sizeof(struct http_header));

	if (request == NULL)
		return NULL;
	request->bytes = NULL;
	request->length = 0;
	request->capacity = 0;
	http_parser_init(&request->parser, &http, request->headers);
	return request;
}

/* Appends to the head as much as a legal one can have. Returns 0 or -1. */
static int
request_append(struct request *request, struct bytes in)
{
	size_t room = request->parser.limits.max_bytes - request->length;
	size_t more = in.length < room ? in.length : room;
	size_t length = request->length + more;

	if (length > request->capacity) {
		/* grows with what came: a dripping peer must not cost much */
		size_t capacity = length + length / 2;
		uint8_t *bytes = realloc(request->bytes, capacity);

		if (bytes == NULL)
			return -1;
		request->bytes = bytes;
		request->capacity = capacity;
	}
	memcpy(request->bytes + request->length, in.data, more);
	request->length = length;
	return 0;
}

/* Answers an error. The method matters: HEAD gets no body. */
static void
refuse(struct session *session, enum close_reason reason,
    const struct proto_error *error)
{
	const struct request *request = session->request;
	struct http_response response = {
	    .status = error->code, .text = error->text};

	if (session->state == SESSION_UPGRADE)
		response.method =
		    http_slice_get(span_from(request->bytes, request->length),
		        request->parser.method);
	session_refuse(session, reason, response);
}

enum step
stage_accepted_readable(struct session *session, struct bytes *in)
{
	const struct conf *conf = session->worker->server->conf;

	(void)in;
	session->request = request_new(&conf->limits);
	if (session->request == NULL) {
		session_close(session, CLOSE_NO_MEMORY);
		return STEP_DEAD;
	}
	session_set_state(session, SESSION_REQUEST);
	return STEP_NEXT;
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
	refuse(session, CLOSE_REFUSED, &error);
	return STEP_NEXT;
}

/* A client that hopes for a subprotocol and gets none may hang up, and its
 * owner should find out why. */
static void
log_subprotocols(const struct session *session, const struct http_head *request)
{
	char offered[512];
	struct http_list list;
	struct span name;
	size_t used = 0;

	if (!log_is_on(LOG_LEVEL_INFO))
		return;
	http_list_init(&list, request, "sec-websocket-protocol");
	while (used < sizeof(offered) - 2 && http_list_next(&list, &name)) {
		if (used > 0)
			offered[used++] = ',';
		used += escape(offered + used, sizeof(offered) - used, name);
	}
	if (used > 0)
		log_info("sid=%016llx no subprotocol chosen path=\"%s\" "
		         "offered=\"%s\"",
		    (unsigned long long)session_id(session),
		    session->endpoint->conf->path, offered);
}

/* Keeps the path where it is not the endpoint's own. Returns 0 or -1. */
static int
keep_path(struct session *session, const struct http_head *request)
{
	struct span path =
	    http_slice_get(request->bytes, request->parser->path);
	struct session_extra *extra;

	if (session->endpoint != NULL && !session->endpoint->conf->is_prefix)
		return 0;
	extra = session_need_extra(session);
	if (extra != NULL)
		extra->path = strndup((const char *)path.data, path.length);
	return extra != NULL && extra->path != NULL ? 0 : -1;
}

/* Answers 101. Returns 0 or -1. */
static int
accept_upgrade(struct session *session, const struct http_head *request)
{
	const char *subprotocol = session->endpoint->conf->subprotocol;
	char response[HANDSHAKE_ACCEPT_SIZE + HANDSHAKE_SUBPROTOCOL_LENGTH +
	    PMCE_VALUE_SIZE];
	struct handshake_answer answer = {.headers = {NULL, 0}};
	char extensions[PMCE_VALUE_SIZE];
	size_t length;

	if (subprotocol != NULL)
		answer.subprotocol = span_from_string(subprotocol);
	answer.extensions = span_from(
	    extensions, pmce_deflate.accept(session, request, extensions));
	length = handshake_write_accept(
	    request, &answer, response, sizeof(response));
	if (length == 0 || keep_path(session, request) == -1)
		return -1;
	if (subprotocol == NULL)
		log_subprotocols(session, request);
	output_bytes(session, span_from(response, length));
	return 0;
}

/*
 * Judges the request, in this order: route, handshake, number of sessions.
 * Returns the endpoint, which then counts the session; or NULL with the reason
 * and the error set.
 */
static const struct endpoint *
judge(struct session *session, const struct http_head *request,
    enum close_reason *reason_out, struct proto_error *error_out)
{
	struct server *server = session->worker->server;
	const struct endpoint *endpoint = NULL;
	enum route route = registry_find(server->registry, request, &endpoint);

	*reason_out = CLOSE_REFUSED;
	*error_out = (struct proto_error){404, "no endpoint has this path"};
	if (route == ROUTE_NO_PATH)
		return NULL;
	if (handshake_check(request, error_out) == -1)
		return NULL;
	*error_out = (struct proto_error){
	    400, "none of the endpoint's subprotocols is offered"};
	if (route == ROUTE_NO_SUBPROTOCOL)
		return NULL;
	if (server_admit(server, endpoint))
		return endpoint;
	worker_warn_overload(session->worker);
	*reason_out = CLOSE_OVERLOAD;
	*error_out = (struct proto_error){503, "too many sessions"};
	return NULL;
}

enum step
stage_upgrade_readable(struct session *session, struct bytes *in)
{
	const struct request *own = session->request;
	const struct http_head request = {
	    &own->parser, span_from(own->bytes, own->length)};
	enum close_reason reason;
	struct proto_error error;

	(void)in;
	session->endpoint = judge(session, &request, &reason, &error);
	if (session->endpoint == NULL) {
		/* for the log; without memory the line lacks the path */
		keep_path(session, &request);
		refuse(session, reason, &error);
		return STEP_NEXT;
	}
	session->flags |= SESSION_COUNTED;
	if (accept_upgrade(session, &request) == -1) {
		session_close(session, CLOSE_NO_MEMORY);
		return STEP_DEAD;
	}
	if (session->state == SESSION_UPGRADE)
		session_set_state(session, SESSION_OPEN);
	return stage_next(session);
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

	/* who never said a word gets none */
	if (session->state == SESSION_ACCEPTED)
		session_close(session, CLOSE_HANDSHAKE_TIMEOUT);
	else
		refuse(session, CLOSE_HANDSHAKE_TIMEOUT, &error);
}
