/* What becomes of a request. */
#include "core/judge.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "core/admission.h"
#include "core/drain.h"
#include "core/extra.h"
#include "core/request.h"
#include "core/server.h"
#include "core/tenure.h"
#include "core/worker.h"
#include "proto/handshake.h"
#include "proto/origin.h"

enum { ORIGIN_TEXT_MAX = 256 /* of what the log says */ };

/* Whether the page that asks, if it is one, may. Says in the log what to do if
 * it should. */
static bool
origin_is_good(struct session *session, const struct endpoint *endpoint,
    const struct http_head *request)
{
	const struct forwarded *forwarded = &session->request->forwarded;
	const char *list = endpoint->conf->origins;
	struct span origin, host = forwarded->host;
	char text[ORIGIN_TEXT_MAX], wanted[ORIGIN_TEXT_MAX];

	if (!http_head_header(request, "Origin", &origin))
		return true;
	if (host.length == 0)
		http_head_header(request, "Host", &host);
	if (list == NULL ? origin_is_same(origin, forwarded->scheme, host)
	                 : origin_is_listed(origin, span_from_string(list)))
		return true;
	escape(text, sizeof(text), origin);
	escape(wanted, sizeof(wanted), host);
	log_line(LOG_REQUEST, LOG_LEVEL_INFO,
	    "sid=%016llx origin is not allowed origin=\"%s\" host=\"%s\" "
	    "path=\"%s\": if it is to be, add it to the endpoint's origins",
	    (unsigned long long)session_id(session), text, wanted,
	    endpoint->conf->path);
	return false;
}

/*
 * Believes a trusted proxy whom it speaks for: that is the peer from now on, in
 * the log, for limits and for modules. The scheme is known without it where TLS
 * ends here.
 */
static void
believe(struct session *session, const struct http_head *request)
{
	const struct conf_listener *listener = session->listener;
	struct forwarded *forwarded = &session->request->forwarded;

	*forwarded = (struct forwarded){.scheme = ORIGIN_ANY};
	if (session_trusts_peer(session))
		forwarded_read(request, listener->forwarded,
		    span_from_string(listener->trusted_proxies), forwarded);
	if (forwarded->scheme == ORIGIN_ANY && session->flags & SESSION_SECURED)
		forwarded->scheme = ORIGIN_HTTPS;
	if (!forwarded->has_client)
		return;
	session->peer = (struct addr){
	    .family = forwarded->is_ipv6 ? ADDR_IPV6 : ADDR_IPV4,
	    .port = forwarded->port,
	};
	memcpy(session->peer.ip, forwarded->ip, sizeof(session->peer.ip));
}

/* What a refusal says of the token (RFC 6750 §3). */
static const char *
challenge(enum auth_verdict verdict)
{
	return verdict == AUTH_MISSING
	    ? "WWW-Authenticate: Bearer\r\n"
	    : "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n";
}

/* Keeps whose token it is; without memory nobody knows. */
static void
keep_user(struct session *session, const char *user)
{
	struct session_extra *extra;

	if (user[0] == '\0')
		return;
	extra = session_need_extra(session);
	if (extra != NULL)
		extra->user = strdup(user);
}

/* Whether whoever asks shows a token, if the endpoint wants one. Says in the log
 * why not, and never the token. */
static enum auth_verdict
authorize(struct session *session, const struct endpoint *endpoint,
    const struct http_head *request)
{
	const struct registry *registry = endpoint->registry;
	size_t place = (size_t)(endpoint->conf - registry->conf->endpoints);
	char user[AUTH_USER_SIZE], peer[ADDR_TEXT_MAX];
	const char *why = "";
	enum auth_verdict verdict =
	    auth_check(&session_tenure(session)->generation->auth, place,
	        request, clock_wall_s(), user, &why);

	if (verdict == AUTH_GOOD) {
		keep_user(session, user);
		return AUTH_GOOD;
	}
	log_line(LOG_REQUEST, LOG_LEVEL_INFO,
	    "sid=%016llx peer=%s not authorized path=\"%s\" why=\"%s\"",
	    (unsigned long long)session_id(session),
	    addr_format(&session->peer, peer), endpoint->conf->path, why);
	return verdict;
}

/* Whether somebody asks if we are there, such as a load balancer. */
static bool
is_health_check(const struct http_head *request)
{
	struct span method =
	    http_slice_get(request->bytes, request->parser->method);

	return span_is_equal(
	           http_slice_get(request->bytes, request->parser->path),
	           SPAN_LITERAL("/healthz")) &&
	    (span_is_equal(method, SPAN_LITERAL("GET")) ||
	        span_is_equal(method, SPAN_LITERAL("HEAD")));
}

/* A refusal. Returns false, as what it ends does. */
static bool
refuse(struct judgement *judgement, enum close_reason reason, uint16_t status,
    const char *text)
{
	judgement->reason = reason;
	judgement->response =
	    (struct http_response){.status = status, .text = text};
	return false;
}

/* Whether it is a request for a session, and of which endpoint. */
static bool
is_understood(const struct session *session, const struct http_head *request,
    struct judgement *judgement)
{
	const struct worker *worker = session->worker;
	enum route route =
	    registry_find(session_tenure(session)->generation->registry,
	        request, &judgement->endpoint);
	struct proto_error error;

	if (route == ROUTE_NO_PATH && is_health_check(request) &&
	    atomic_load(&worker->server->is_stopping))
		return refuse(
		    judgement, CLOSE_ANSWERED, 503, drain_sentence(worker));
	if (route == ROUTE_NO_PATH && is_health_check(request))
		return refuse(judgement, CLOSE_ANSWERED, 200, "ok");
	if (route == ROUTE_NO_PATH)
		return refuse(
		    judgement, CLOSE_REFUSED, 404, "no endpoint has this path");
	if (handshake_check(request, &error) == -1)
		return refuse(judgement, CLOSE_REFUSED, error.code, error.text);
	if (route == ROUTE_NO_SUBPROTOCOL)
		return refuse(judgement, CLOSE_REFUSED, 400,
		    "none of the endpoint's subprotocols is offered");
	return true;
}

/* Whether whoever asks may have it. */
static bool
is_allowed(struct session *session, const struct http_head *request,
    struct judgement *judgement)
{
	const struct endpoint *endpoint = judgement->endpoint;
	enum auth_verdict verdict;
	enum close_reason reason;
	struct proto_error error;

	if (!origin_is_good(session, endpoint, request))
		return refuse(judgement, CLOSE_REFUSED_ORIGIN, 403,
		    "origin is not allowed");
	verdict = authorize(session, endpoint, request);
	if (verdict != AUTH_GOOD) {
		refuse(judgement, CLOSE_REFUSED_AUTH, 401, "not authorized");
		judgement->response.extra_headers = challenge(verdict);
		return false;
	}
	if (admission_enter(session, endpoint, &reason, &error) == -1)
		return refuse(judgement, reason, error.code, error.text);
	return true;
}

void
judge(struct session *session, const struct http_head *request,
    struct judgement *judgement_out)
{
	*judgement_out = (struct judgement){.endpoint = NULL};
	believe(session, request);
	if (!is_understood(session, request, judgement_out) ||
	    !is_allowed(session, request, judgement_out))
		judgement_out->endpoint = NULL;
}
