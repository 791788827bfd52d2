/* UPGRADE: finds the endpoint of a request that was read whole, judges the
 * handshake and answers it. */
#include <stdlib.h>

#include "base/escape.h"
#include "base/log.h"
#include "core/extra.h"
#include "core/output.h"
#include "core/request.h"
#include "core/server.h"
#include "core/stages.h"
#include "core/worker.h"
#include "proto/handshake.h"

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

/* Refuses the request. The method matters: HEAD gets no body. */
static void
refuse(struct session *session, enum close_reason reason,
    struct http_response response)
{
	struct http_head request = request_head(session->request);

	response.method = http_slice_get(request.bytes, request.parser->method);
	session_refuse(session, reason, response);
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

/* Answers 101. Returns 0 or -1. */
static int
accept_upgrade(struct session *session, const struct http_head *request)
{
	const char *subprotocol = session->endpoint->conf->subprotocol;
	const struct handshake_answer answer = {
	    .subprotocol =
	        span_from_string(subprotocol != NULL ? subprotocol : ""),
	    .extra_headers = "",
	};
	char response[512];
	size_t length = handshake_write_accept(
	    request, &answer, response, sizeof(response));

	if (length == 0 || keep_path(session, request) == -1)
		return -1;
	if (subprotocol == NULL)
		log_subprotocols(session, request);
	output_bytes(session, span_from(response, length));
	return 0;
}

enum step
stage_upgrade_readable(struct session *session, struct bytes *in)
{
	const struct http_head request = request_head(session->request);
	enum close_reason reason;
	struct proto_error error;

	(void)in;
	session->endpoint = judge(session, &request, &reason, &error);
	if (session->endpoint == NULL) {
		/* for the log; without memory the line lacks the path */
		keep_path(session, &request);
		refuse(session, reason,
		    (struct http_response){
		        .status = error.code, .text = error.text});
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
