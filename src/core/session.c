/* The life of a session: its states, its end, and what all states share. */
#include "core/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "core/admission.h"
#include "core/connect.h"
#include "core/drain.h"
#include "core/driver.h"
#include "core/extra.h"
#include "core/output.h"
#include "core/receipts.h"
#include "core/request.h"
#include "core/server.h"
#include "core/session_log.h"
#include "core/stages.h"
#include "core/tenure.h"
#include "core/timers.h"
#include "core/topics.h"
#include "core/worker.h"
#include "proto/handshake.h"
#include "proto/network.h"
#include "proto/utf8.h"

enum {
	/* of a refusal, beside what a module adds to it */
	OWN_RESPONSE_BYTES = 512
};

#define TO(state) (1u << SESSION_##state)

static const struct stage stages[SESSION_STATE_COUNT] = {
    [SESSION_ACCEPTED] =
        {
            .name = "accepted",
            .successors = TO(PROXY) | TO(TLS) | TO(REQUEST) | TO(CLOSED),
            .readable = stage_accepted_readable,
            .ended = stage_request_ended,
            .expired = stage_request_expired,
        },
    [SESSION_PROXY] =
        {
            .name = "proxy",
            .successors = TO(TLS) | TO(REQUEST) | TO(CLOSED),
            .readable = stage_proxy_readable,
            .ended = stage_request_ended,
            .expired = stage_request_expired,
        },
    [SESSION_TLS] =
        {
            .name = "tls",
            .successors = TO(REQUEST) | TO(RESPONSE) | TO(CLOSING) | TO(CLOSED),
            .enter = stage_tls_enter,
            .readable = stage_tls_readable,
            .ended = stage_tls_ended,
            .expired = stage_tls_expired,
        },
    [SESSION_REQUEST] =
        {
            .name = "request",
            .successors = TO(UPGRADE) | TO(CLOSING) | TO(CLOSED),
            .readable = stage_request_readable,
            .ended = stage_request_ended,
            .expired = stage_request_expired,
        },
    [SESSION_UPGRADE] =
        {
            .name = "upgrade",
            .successors = TO(OPEN) | TO(CLOSING) | TO(CLOSED),
            .readable = stage_upgrade_readable,
            .ended = stage_request_ended,
            .expired = stage_upgrade_expired,
            .settle = stage_upgrade_settle,
        },
    [SESSION_CONNECT] =
        {
            .name = "connect",
            .successors = TO(TLS) | TO(RESPONSE) | TO(CLOSED),
            .ended = stage_connect_ended,
            .expired = stage_connect_expired,
            .settle = stage_connect_settle,
        },
    [SESSION_RESPONSE] =
        {
            .name = "response",
            .successors = TO(OPEN) | TO(CLOSED),
            .readable = stage_response_readable,
            .ended = stage_connect_ended,
            .expired = stage_connect_expired,
        },
    [SESSION_OPEN] =
        {
            .name = "open",
            .successors = TO(CLOSING) | TO(CLOSED),
            .enter = stage_open_enter,
            .readable = stage_open_readable,
            .ended = stage_open_ended,
            .expired = stage_open_expired,
            .settle = stage_open_settle,
        },
    [SESSION_CLOSING] =
        {
            .name = "closing",
            .successors = TO(CLOSED),
            .enter = stage_closing_enter,
            .readable = stage_closing_readable,
            .ended = stage_closing_ended,
            .expired = stage_closing_expired,
            .settle = stage_closing_settle,
        },
    [SESSION_CLOSED] =
        {
            .name = "closed",
        },
};

const struct stage *
session_stage(const struct session *session)
{
	return &stages[session->state];
}

const char *
session_state_name(enum session_state state)
{
	return stages[state].name;
}

uint64_t
session_id(const struct session *session)
{
	return (uint64_t)session->worker->index << 56 |
	    (uint64_t)session->slot << 32 | session->generation;
}

const char *
session_path(const struct session *session)
{
	if (session->extra != NULL && session->extra->path != NULL)
		return session->extra->path;
	return session->endpoint != NULL ? session->endpoint->conf->path : "";
}

/*
 * Makes room for one more handshake. When all places are taken, one that is not
 * getting on has to go: silent clients must not keep out those who speak. Where
 * all are other workers', one beyond the limit is borne here, for the next to
 * take its place.
 */
static void
make_room(struct worker *worker)
{
	struct session *victim;

	if (server_admit_handshake(worker->server))
		return;
	worker_warn_overload(worker);
	victim = worker_next_handshake(worker);
	if (victim == NULL) {
		server_bear_handshake(worker->server);
		return;
	}
	/* its place in the count goes to the newcomer */
	victim->flags &= ~(uint32_t)SESSION_IN_HANDSHAKE;
	session_cut(victim, CLOSE_OVERLOAD);
}

const struct conf *
session_conf(const struct session *session)
{
	return session->endpoint != NULL ? session->endpoint->registry->conf
	                                 : session->listener->conf;
}

bool
session_trusts_peer(const struct session *session)
{
	const struct addr *peer = &session->peer;
	struct span list;

	if (session->listener->trusted_proxies == NULL)
		return false;
	list = span_from_string(session->listener->trusted_proxies);
	switch ((enum addr_family)peer->family) {
	case ADDR_NONE:
		return false;
	case ADDR_IPV4:
	case ADDR_IPV6:
		break;
	case ADDR_UNIX:
		return network_list_has_unix(list);
	}
	return network_list_holds(list, peer->family == ADDR_IPV6, peer->ip);
}

void
session_accept(struct worker *worker, const struct conf_listener *listener,
    int fd, const struct addr *peer)
{
	struct server *server = worker->server;
	bool is_greeted = admission_greet(worker);
	struct session *session;

	worker->stats.accepted++;
	/* a handshake of TLS would cost more than the limit is to save */
	if (!is_greeted && listener->tls.certificates != NULL) {
		worker_warn_overload(worker);
		worker->stats.ended[CLOSE_OVERLOAD]++;
		close(fd);
		return;
	}
	make_room(worker);
	session = worker_take_session(
	    worker, SESSION_ACCEPTED, tenures_find(worker, listener->conf));
	if (session == NULL) {
		log_warnx("no memory for a connection");
		server_leave_handshake(server);
		close(fd);
		return;
	}
	session->listener = listener;
	if (!is_greeted)
		session->phase = OPENING_TOO_MANY;
	session->peer = *peer;
	session->flags |= SESSION_IN_HANDSHAKE;
	session->opened_ms = clock_now_ms();
	if (transport_open(&session->transport, worker->base, fd, driver_event,
	        session) == -1) {
		session_close(session, CLOSE_NO_MEMORY);
		return;
	}
	if (listener->has_proxy_protocol && !session_trusts_peer(session)) {
		session_close(session, CLOSE_PROXY_UNTRUSTED);
		return;
	}
	session_set_deadline(
	    session, listener->conf->limits.handshake_timeout_ms);
	if (worker->phase == WORKER_DRAINING)
		drain_add(session);
}

void
session_set_state(struct session *session, enum session_state state)
{
	assert(session_stage(session)->successors & 1u << state);
	if (log_is_on(LOG_SESSION, LOG_LEVEL_DEBUG))
		log_debug(LOG_SESSION, "sid=%016llx %s -> %s",
		    (unsigned long long)session_id(session),
		    session_state_name(session->state),
		    session_state_name(state));
	if (session->state == SESSION_OPEN)
		topics_leave(session);
	if (state > SESSION_OPEN)
		timers_end(&session->worker->timers, session);
	if (state == SESSION_OPEN)
		session_leave_handshake(session);
	session->state = (uint8_t)state;
	if (state == SESSION_CLOSED) {
		directory_clear(&session->worker->directory, session->slot);
		session_clear_deadline(session);
		worker_clear_slot(&session->worker->throttles, session->slot);
		worker_clear_slot(&session->worker->ends, session->slot);
		transport_close(&session->transport);
		output_drop(session);
		session->flags &= ~(uint32_t)(SESSION_BROKEN | SESSION_READY);
		session_mark(session);
	}
	if (stages[state].enter != NULL)
		stages[state].enter(session);
}

/* Keeps the text of the end; without memory the session ends without one. */
static void
keep_close_text(struct session *session, struct span text)
{
	size_t length = utf8_cut(text, CLOSE_TEXT_MAX);
	struct session_extra *extra;

	if (length == 0)
		return;
	extra = session_need_extra(session);
	if (extra != NULL)
		extra->close_text = strndup((const char *)text.data, length);
}

/* Notes why the session ends, once. Returns whether this is the first time. */
static bool
decide(struct session *session, enum close_reason reason, uint16_t code)
{
	if (session->reason != CLOSE_REASON_NONE)
		return false;
	session->reason = (uint8_t)reason;
	session->close_code = code;
	session->ended_in = session->state;
	session->worker->stats.ended[reason]++;
	return true;
}

/* Whether the peer of a raw session has closed it, and our Close is due. */
static bool
is_answer_due(const struct session *session)
{
	return session->state == SESSION_OPEN &&
	    session->reason == CLOSE_PEER_CLOSED &&
	    !(session->flags & SESSION_CLOSE_SENT);
}

/* Sends a Close frame where that can be, and goes on to CLOSING or CLOSED. */
static void
say_goodbye(struct session *session, const struct close_body *body)
{
	uint8_t payload[FRAME_CONTROL_MAX];

	if (session_can_send(session) &&
	    (closecode_is_valid(body->code) || body->code == CLOSECODE_NONE))
		output_close(session,
		    span_from(payload, close_body_write(body, payload)));
	session_set_state(session,
	    session->flags & SESSION_CLOSE_SENT ? SESSION_CLOSING
	                                        : SESSION_CLOSED);
}

void
session_close_with(struct session *session, enum close_reason reason,
    uint16_t code, struct span text)
{
	const struct close_body body = {code, text};
	bool is_first = decide(session, reason, code);

	if (!is_first && !is_answer_due(session))
		return;
	say_goodbye(session, &body);
	if (is_first)
		keep_close_text(session, text);
}

void
session_close(struct session *session, enum close_reason reason)
{
	const struct close_reason_info *info = close_reason_info(reason);

	session_close_with(
	    session, reason, info->code, span_from_string(info->sentence));
}

/* What a Close says, as far as it says anything. */
static struct close_body
close_body_of(struct span payload)
{
	struct proto_error error;
	struct close_body body;

	if (close_body_read(payload, &body, &error) == -1)
		return (struct close_body){.code = CLOSECODE_NONE};
	return body;
}

void
session_peer_closes(struct session *session, struct span payload)
{
	struct close_body body = close_body_of(payload);

	session->flags |= SESSION_CLOSE_RECEIVED;
	session_set_deadline(
	    session, session->endpoint->conf->limits.close_timeout_ms);
	decide(session, CLOSE_PEER_CLOSED, body.code);
	keep_close_text(session, body.text);
}

void
session_send_close(struct session *session, struct span payload)
{
	struct close_body body = close_body_of(payload);
	bool is_first = decide(session, CLOSE_LOCAL_CLOSED, body.code);

	output_close(session, payload);
	session_set_state(session, SESSION_CLOSING);
	if (is_first)
		keep_close_text(session, body.text);
}

void
session_cut(struct session *session, enum close_reason reason)
{
	decide(session, reason, close_reason_info(reason)->code);
	if (session->state != SESSION_CLOSED)
		session_set_state(session, SESSION_CLOSED);
}

void
session_end_output(struct session *session)
{
	const struct close_body body = {CLOSECODE_NORMAL, {NULL, 0}};
	uint8_t payload[FRAME_CONTROL_MAX];

	if (!session_can_send(session))
		return;
	session->flags &= ~(uint32_t)SESSION_HEARD;
	session_set_deadline(session, session_keepalive(session)->timeout_ms);
	/* last: without memory it ends the session, and the deadline with it */
	output_close(
	    session, span_from(payload, close_body_write(&body, payload)));
}

void
session_refuse(struct session *session, enum close_reason reason,
    struct http_response response)
{
	UNINITIALIZED char text[FRAMED_ANSWER_MAX + OWN_RESPONSE_BYTES];
	size_t length;

	if (!decide(session, reason, response.status))
		return;
	/* refused, it needs but one of its places */
	if (session->flags & SESSION_IN_HANDSHAKE)
		admission_leave(session);
	if (response.extra_headers == NULL)
		response.extra_headers =
		    handshake_refusal_headers(response.status);
	response.now = clock_wall_s();
	length = http_response_write(&response, text, sizeof(text));
	output_bytes(session, span_from(text, length));
	session_set_state(session, SESSION_CLOSING);
	keep_close_text(session, span_from_string(response.text));
}

void
session_fail(struct session *session, const char *why)
{
	char path[256], text[512];

	if (session->state > SESSION_OPEN)
		return;
	escape(path, sizeof(path), span_from_string(session_path(session)));
	escape(text, sizeof(text), span_from_string(why));
	log_errorx("sid=%016llx module failed path=\"%s\" why=\"%s\"",
	    (unsigned long long)session_id(session), path, text);
	if (session->state == SESSION_UPGRADE)
		session_refuse(session, CLOSE_MODULE_FAILED,
		    (struct http_response){
		        .status = 500, .text = http_status_name(500)});
	else
		session_close(session, CLOSE_MODULE_FAILED);
}

bool
session_close_info(
    const struct session *session, struct framed_close_info *info_out)
{
	if (session->reason == CLOSE_REASON_NONE)
		return false;
	info_out->code = session->close_code;
	info_out->by = (uint16_t)close_reason_info(session->reason)->by;
	info_out->text = "";
	if (session->extra != NULL && session->extra->close_text != NULL)
		info_out->text = session->extra->close_text;
	return true;
}

void
session_mark(struct session *session)
{
	if (session->flags & SESSION_MARKED)
		return;
	session->flags |= SESSION_MARKED;
	worker_mark(session->worker, session);
}

void
session_set_deadline(struct session *session, uint32_t delay_ms)
{
	worker_set_deadline(session->worker, session->slot, delay_ms);
}

void
session_clear_deadline(struct session *session)
{
	worker_clear_deadline(session->worker, session->slot);
}

void
session_pause(struct session *session, enum session_flags why)
{
	session->flags |= why;
	session_mark(session);
}

void
session_resume(struct session *session, enum session_flags why)
{
	session->flags &= ~(uint32_t)why;
	session_mark(session);
}

void
session_account(struct session *session)
{
	size_t held = message_reader_held(&session->reader) +
	    backlog_held(session->backlog) + topics_held(session) +
	    session_extra_held(session) + request_held(session->request);

	if (session->queue != NULL)
		held += queue_held(session->queue);
	if (session->storage != NULL)
		held += session->endpoint->api->session_size;
	/* what no limit allows is not worth a wider field in each session */
	if (held > UINT32_MAX)
		held = UINT32_MAX;
	session->worker->stats.charged_bytes += held;
	session->worker->stats.charged_bytes -= session->charged;
	session->charged = (uint32_t)held;
}

int
session_make_storage(struct session *session)
{
	uint32_t size = session->endpoint->api->session_size;

	if (size > 0 && session->storage == NULL)
		session->storage = calloc(1, size);
	return size == 0 || session->storage != NULL ? 0 : -1;
}

void
session_leave_handshake(struct session *session)
{
	if (!(session->flags & SESSION_IN_HANDSHAKE))
		return;
	session->flags &= ~(uint32_t)SESSION_IN_HANDSHAKE;
	server_leave_handshake(session->worker->server);
}

void
session_tell_closed(struct session *session)
{
	const struct framed_module *api;
	struct framed_close_info info = {.text = ""};

	if (session->flags & SESSION_WAS_TOLD)
		return;
	session->flags |= SESSION_WAS_TOLD;
	if (!(session->flags & SESSION_WAS_OPENED)) {
		if (session->flags & SESSION_CLIENT)
			connect_tell_failed(session);
		return;
	}
	receipts_close(session);
	api = session->endpoint->api;
	if (api->on_close == NULL)
		return;
	session_close_info(session, &info);
	session_hold(session);
	api->on_close((struct framed_session *)session, &info);
	session_release_hold(session);
}

void
session_release(struct session *session)
{
	assert(session->state == SESSION_CLOSED && session->holds == 0);
	admission_leave(session);
	session_leave_handshake(session);
	/* whoever reads this line finds the room free */
	session_log_end(session);
	free(session->storage);
	session_extra_free(session);
	message_reader_release(&session->reader);
	backlog_free(&session->backlog);
	queue_free(&session->queue, &session->worker->queue_shelf);
	session->storage = NULL;
	session_account(session);
}
