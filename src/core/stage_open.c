/* OPEN: messages come and go, pings keep watch. */
#include <stdlib.h>

#include "base/log.h"
#include "base/entropy.h"
#include "core/output.h"
#include "core/pmce.h"
#include "core/stages.h"
#include "core/worker.h"
#include "proto/utf8.h"

enum {
	/* frames of one session in a turn, lest a loud one starve the others */
	FRAMES_PER_TURN = 1024
};

static const struct conf_keepalive *
keepalive(const struct session *session)
{
	return &session->endpoint->conf->keepalive;
}

/* Waits for the time of the next ping, if there is to be one. */
static void
await_ping_time(struct session *session)
{
	session->flags &= ~(uint32_t)SESSION_PING_SENT;
	if (keepalive(session)->ping_interval_ms > 0)
		session_set_deadline(
		    session, keepalive(session)->ping_interval_ms);
	else
		session_clear_deadline(session);
}

void
stage_open_enter(struct session *session)
{
	const struct framed_module *api = session->endpoint->api;

	await_ping_time(session);
	if (api->session_size > 0) {
		session->storage = calloc(1, api->session_size);
		if (session->storage == NULL) {
			session_close(session, CLOSE_NO_MEMORY);
			return;
		}
	}
	session->flags |= SESSION_WAS_OPENED;
	session->worker->stats.opened++;
	if (api->on_open == NULL)
		return;
	session_hold(session);
	api->on_open((struct framed_session *)session);
	session_release_hold(session);
}

/* A text or binary message, joined. */
static inline void
on_data(struct session *session, const struct message *message)
{
	const struct framed_module *api = session->endpoint->api;
	struct stats *stats = &session->worker->stats;

	session->messages_in++;
	session->bytes_in += message->payload.length;
	stats->messages_in++;
	stats->bytes_in += message->payload.length;
	if (api->on_message == NULL)
		return;
	/* on_message may close or terminate the session */
	session_hold(session);
	api->on_message((struct framed_session *)session,
	    (enum framed_type)message->opcode, message->payload.data,
	    message->payload.length);
	session_release_hold(session);
}

/* The pong must carry the payload of the ping that waits; others mean nothing
 * (RFC 6455 §5.5.3). */
static void
on_pong(struct session *session, struct span payload)
{
	if (session->flags & SESSION_PING_SENT &&
	    span_is_equal(payload,
	        span_from(
	            &session->ping_payload, sizeof(session->ping_payload))))
		await_ping_time(session);
}

/* The peer closes: its own code goes back, behind what is queued. */
static void
on_close_frame(struct session *session, struct span payload)
{
	struct proto_error error;
	struct close_body body;

	session->flags |= SESSION_CLOSE_RECEIVED;
	if (close_body_read(payload, &body, &error) == -1)
		session_close_with(session, CLOSE_PROTOCOL_ERROR, error.code,
		    span_from_string(error.text));
	else
		session_close_with(
		    session, CLOSE_PEER_CLOSED, body.code, body.text);
}

static void
on_control(struct session *session, const struct message *message)
{
	struct span payload =
	    span_from(message->payload.data, message->payload.length);

	if (message->opcode == FRAME_PING)
		output_control(session, FRAME_PONG, payload);
	else if (message->opcode == FRAME_PONG)
		on_pong(session, payload);
	else
		on_close_frame(session, payload);
}

/* The peer broke a rule: it reads why in the Close frame. */
static void
on_bad(struct session *session, const struct proto_error *error)
{
	enum close_reason reason = error->code == CLOSECODE_TOO_BIG
	    ? CLOSE_TOO_BIG
	    : CLOSE_PROTOCOL_ERROR;

	session->flags |= SESSION_UNREADABLE;
	session_close_with(
	    session, reason, error->code, span_from_string(error->text));
}

/*
 * Has the extension decode a message, and judges what came out. Returns false
 * when that ended the session.
 */
static bool
decode(struct session *session, struct message *message)
{
	struct span encoded =
	    span_from(message->payload.data, message->payload.length);
	struct proto_error error = {CLOSECODE_INVALID_PAYLOAD, ""};

	switch (session_pmce(session)->decode(
	    session, encoded, &message->payload)) {
	case PMCE_DONE:
		if (message->opcode != FRAME_TEXT ||
		    utf8_is_valid(span_from(
		        message->payload.data, message->payload.length)))
			return true;
		error.text = "text is not utf-8";
		break;
	case PMCE_PLAIN:
	case PMCE_BAD:
		error.text = "message cannot be inflated";
		break;
	case PMCE_TOO_BIG:
		error = (struct proto_error){
		    CLOSECODE_TOO_BIG, "message is too big"};
		break;
	case PMCE_NO_MEMORY:
		session->flags |= SESSION_UNREADABLE;
		session_close(session, CLOSE_NO_MEMORY);
		return false;
	}
	on_bad(session, &error);
	return false;
}

/* One message, or what else the reader said. */
static void
on_event(
    struct session *session, enum message_event event, struct message *message)
{
	switch (event) {
	case MESSAGE_MORE:
		break;
	case MESSAGE_READY:
		if (UNLIKELY(frame_opcode_is_control(message->opcode)))
			on_control(session, message);
		else if (LIKELY(message->rsv == 0) || decode(session, message))
			on_data(session, message);
		break;
	case MESSAGE_BAD:
		on_bad(session, &message->error);
		break;
	case MESSAGE_NO_MEMORY:
		session->flags |= SESSION_UNREADABLE;
		session_close(session, CLOSE_NO_MEMORY);
		break;
	}
}

/* Asks the reader until it wants more: only then has it let go of the payload
 * it gave last. */
enum step
stage_open_readable(struct session *session, struct bytes *in)
{
	const struct frame_rules *rules = session_frame_rules(session);
	struct message message;
	enum message_event event;
	unsigned frames = 0;

	do {
		if (session->flags & SESSION_PAUSED ||
		    frames++ == FRAMES_PER_TURN)
			return in->length > 0 ? STEP_WAIT : STEP_MORE;
		event = message_read(&session->reader, rules, in, &message);
		on_event(session, event, &message);
		if (UNLIKELY(session->state != SESSION_OPEN))
			return stage_next(session);
	} while (event != MESSAGE_MORE);
	return STEP_MORE;
}

void
stage_open_ended(struct session *session)
{
	session_close(session, CLOSE_LOST);
}

static void
send_ping(struct session *session)
{
	/* a peer must not be able to answer before it has read the ping */
	entropy_fill(&session->ping_payload, sizeof(session->ping_payload));
	session->flags |= SESSION_PING_SENT;
	session->flags &= ~(uint32_t)(SESSION_HEARD | SESSION_PROGRESS);
	session_set_deadline(session, keepalive(session)->timeout_ms);
	/* last: without memory it ends the session, and the deadline with it */
	output_control(session, FRAME_PING,
	    span_from(&session->ping_payload, sizeof(session->ping_payload)));
}

/*
 * No pong came in time. One that lies unread because we do not read is not late:
 * another ping goes out, and fails if the connection is dead. While reading
 * waits for the peer to take its queue, the peer must at least take some of it.
 */
static void
miss_pong(struct session *session)
{
	if (keepalive(session)->any_traffic && session->flags & SESSION_HEARD) {
		await_ping_time(session);
	} else if (session->flags &
	    (SESSION_PAUSED_BY_MODULE | SESSION_PAUSED_BY_MAILBOX)) {
		send_ping(session);
	} else if (session->flags & SESSION_PAUSED_BY_QUEUE &&
	    session->flags & SESSION_PROGRESS) {
		session->flags &= ~(uint32_t)SESSION_PROGRESS;
		session_set_deadline(session, keepalive(session)->timeout_ms);
	} else {
		session_close(session, CLOSE_PING_TIMEOUT);
	}
}

/*
 * Without pings, a session that the kernel takes no bytes for is given
 * timeout_ms to make some progress, again and again.
 */
static void
watch_stall(struct session *session)
{
	if (!(session->flags & SESSION_BLOCKED)) {
		session->flags &= ~(uint32_t)SESSION_STALLED;
	} else if (session->flags & SESSION_STALLED &&
	    !(session->flags & SESSION_PROGRESS)) {
		/* what the kernel still holds for it goes, too */
		transport_reset(&session->transport);
		session_cut(session, CLOSE_WRITE_TIMEOUT);
	} else {
		session->flags |= SESSION_STALLED;
		session->flags &= ~(uint32_t)SESSION_PROGRESS;
		session_set_deadline(session, keepalive(session)->timeout_ms);
	}
}

void
stage_open_expired(struct session *session)
{
	if (keepalive(session)->ping_interval_ms == 0)
		watch_stall(session);
	else if (session->flags & SESSION_PING_SENT)
		miss_pong(session);
	else
		send_ping(session);
}

/* The queue, once above the high mark, is below the low one. */
static void
on_low(struct session *session)
{
	const struct framed_module *api = session->endpoint->api;

	session->flags &= ~(uint32_t)SESSION_ABOVE_HIGH;
	session_resume(session, SESSION_PAUSED_BY_QUEUE);
	if (api->on_writable == NULL)
		return;
	session_hold(session);
	api->on_writable((struct framed_session *)session);
	session_release_hold(session);
}

void
stage_open_settle(struct session *session)
{
	if (keepalive(session)->ping_interval_ms == 0 &&
	    session->flags & SESSION_BLOCKED &&
	    !(session->flags & SESSION_STALLED))
		watch_stall(session);
	if (session->flags & SESSION_ABOVE_HIGH && output_is_below_low(session))
		on_low(session);
	if (session->backlog != NULL && !(session->flags & SESSION_PAUSED)) {
		session->flags |= SESSION_READY;
		session_mark(session);
	}
}
