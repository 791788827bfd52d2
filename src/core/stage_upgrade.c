/*
 * UPGRADE: finds the endpoint of a request that was read whole, judges the
 * handshake, asks the module and answers.
 */
#include <stdlib.h>

#include "base/escape.h"
#include "base/log.h"
#include "core/answer.h"
#include "core/extra.h"
#include "core/judge.h"
#include "core/output.h"
#include "core/pmce.h"
#include "core/request.h"
#include "core/server.h"
#include "core/stages.h"
#include "core/worker.h"
#include "proto/credential.h"
#include "proto/handshake.h"

enum {
	/* of a 101, beside what a module adds to it */
	OWN_RESPONSE_BYTES = HANDSHAKE_ACCEPT_SIZE +
	    HANDSHAKE_SUBPROTOCOL_LENGTH + PMCE_VALUE_SIZE
};

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

/* Finds the endpoint, and makes ready for its module. Returns 0; or -1 when the
 * session is refused, or ended for lack of memory. */
static int
admit(struct session *session)
{
	const struct http_head request = request_head(session->request);
	struct judgement judgement;

	judge(session, &request, &judgement);
	session->endpoint = judgement.endpoint;
	if (session->endpoint == NULL) {
		/* for the log; without memory the line lacks the path */
		keep_path(session, &request);
		refuse(session, judgement.reason, judgement.response);
		return -1;
	}
	if (keep_path(session, &request) == -1 ||
	    (session->endpoint->api->on_upgrade != NULL &&
	        session_make_storage(session) == -1)) {
		session_close(session, CLOSE_NO_MEMORY);
		return -1;
	}
	http_head_terminate(&session->request->parser, session->request->bytes);
	return 0;
}

/* Asks the module, if it wants to be asked, whether to answer now. */
static enum framed_upgrade
ask(struct session *session)
{
	const struct framed_module *api = session->endpoint->api;
	enum framed_upgrade verdict;

	if (api->on_upgrade == NULL)
		return FRAMED_PROCEED;
	session_hold(session);
	verdict = api->on_upgrade((struct framed_session *)session);
	session_release_hold(session);
	/* one that was ended in there waits for nothing */
	return session->state == SESSION_UPGRADE ? verdict : FRAMED_PROCEED;
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

	if (!log_is_on(LOG_REQUEST, LOG_LEVEL_INFO))
		return;
	http_list_init(&list, request, "sec-websocket-protocol");
	while (used < sizeof(offered) - 2 && http_list_next(&list, &name)) {
		if (used > 0)
			offered[used++] = ',';
		/* tokens are nobody's business */
		if (credential_is_carried(name))
			name = SPAN_LITERAL(CREDENTIAL_PREFIX);
		used += escape(offered + used, sizeof(offered) - used, name);
	}
	if (used > 0)
		log_line(LOG_REQUEST, LOG_LEVEL_INFO,
		    "sid=%016llx no subprotocol chosen path=\"%s\" "
		    "offered=\"%s\"",
		    (unsigned long long)session_id(session),
		    session->endpoint->conf->path, offered);
}

/* Keeps the subprotocol where it is not the endpoint's own. Returns 0 or -1. */
static int
keep_subprotocol(struct session *session, const char *chosen)
{
	const char *own = session->endpoint->conf->subprotocol;
	struct session_extra *extra;

	if (chosen == own || (own != NULL && strcmp(chosen, own) == 0))
		return 0;
	extra = session_need_extra(session);
	if (extra != NULL)
		extra->subprotocol = strdup(chosen);
	return extra != NULL && extra->subprotocol != NULL ? 0 : -1;
}

/* Answers 101. Returns 0, or -1 without memory. */
static int
write_accept(struct session *session, const struct answer *answer)
{
	const struct http_head request = request_head(session->request);
	const char *subprotocol = answer->subprotocol != NULL
	    ? answer->subprotocol
	    : session->endpoint->conf->subprotocol;
	UNINITIALIZED char response[FRAMED_ANSWER_MAX + OWN_RESPONSE_BYTES];
	char extensions[PMCE_VALUE_SIZE];
	struct handshake_answer parts = {
	    .subprotocol =
	        span_from_string(subprotocol != NULL ? subprotocol : ""),
	    .headers = span_from_string(answer->headers),
	};
	size_t length;

	/* who wants to see frames as they are sent wants none that are not */
	if (!session_is_raw(session))
		parts.extensions = span_from(extensions,
		    pmce_deflate.accept(session, &request, extensions));
	length = handshake_write_accept(
	    &request, &parts, response, sizeof(response));
	if (length == 0 || keep_subprotocol(session, subprotocol) == -1)
		return -1;
	if (subprotocol == NULL)
		log_subprotocols(session, &request);
	output_bytes(session, span_from(response, length));
	return 0;
}

/* Does what the module answered, or accepts when it said nothing. */
static void
carry_out(struct session *session)
{
	static const struct answer yes = {.status = 101, .headers = ""};
	const struct answer *answer = session->request->answer;

	if (answer == NULL)
		answer = &yes;
	if (answer->status != 101)
		refuse(session, CLOSE_REFUSED_BY_MODULE,
		    (struct http_response){.status = answer->status,
		        .extra_headers = answer->headers,
		        .text = answer->text});
	else if (write_accept(session, answer) == -1)
		session_close(session, CLOSE_NO_MEMORY);
	else if (session->state == SESSION_UPGRADE)
		session_set_state(session, SESSION_OPEN);
}

enum step
stage_upgrade_readable(struct session *session, struct bytes *in)
{
	if (admit(session) == -1)
		return stage_next(session);
	if (ask(session) == FRAMED_DEFER) {
		/* counted as a session, it leaves its room to others */
		session_leave_handshake(session);
		session_pause(session, SESSION_PAUSED_BY_GATE);
		return in->length > 0 ? STEP_WAIT : STEP_MORE;
	}
	if (session->state == SESSION_UPGRADE)
		carry_out(session);
	return stage_next(session);
}

/* The end of a turn: the module, which had deferred, may have answered. */
void
stage_upgrade_settle(struct session *session)
{
	if (session->request->answer == NULL)
		return;
	/* what came behind the head are frames, for the next turn */
	session->flags &= ~(uint32_t)SESSION_PAUSED_BY_GATE;
	session->flags |= SESSION_READY;
	output_cork(session);
	carry_out(session);
	output_uncork(session);
}

/* Only a request that the module deferred can wait so long. */
void
stage_upgrade_expired(struct session *session)
{
	const struct close_reason_info *info =
	    close_reason_info(CLOSE_ANSWER_TIMEOUT);

	/* one that came in this very turn is in time */
	if (session->request->answer == NULL)
		refuse(session, CLOSE_ANSWER_TIMEOUT,
		    (struct http_response){
		        .status = info->code, .text = info->sentence});
}
