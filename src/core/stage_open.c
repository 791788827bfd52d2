/* OPEN: messages come and go. */
#include <stdlib.h>

#include "core/age.h"
#include "core/call.h"
#include "core/extra.h"
#include "core/keepalive.h"
#include "core/meter.h"
#include "core/output.h"
#include "core/pmce.h"
#include "core/request.h"
#include "core/stages.h"
#include "core/worker.h"
#include "proto/utf8.h"

enum {
	/* frames of one session in a turn, lest a loud one starve the others */
	FRAMES_PER_TURN = 1024
};

void
stage_open_enter(struct session *session)
{
	const struct framed_module *api = session->endpoint->api;

	keepalive_begin(session);
	if (session_make_storage(session) == -1) {
		session_close(session, CLOSE_NO_MEMORY);
		return;
	}
	age_begin(session);
	if (session->state != SESSION_OPEN)
		return;
	session->flags |= SESSION_WAS_OPENED;
	session->worker->stats.opened++;
	if (api->on_open != NULL) {
		session_hold(session);
		api->on_open((struct framed_session *)session);
		session_release_hold(session);
	}
	request_free(&session->request);
	if (session->flags & SESSION_CLIENT)
		call_forget_wish(session->extra->call);
	session_account(session);
}

/* A message counts with its last frame, its bytes with each. */
static inline void
count_in(struct session *session, const struct message *message)
{
	struct stats *stats = &session->worker->stats;

	session->messages_in += message->is_final;
	session->bytes_in += message->payload.length;
	stats->messages_in += message->is_final;
	stats->bytes_in += message->payload.length;
}

/* A text or binary message, joined. */
static inline void
on_data(struct session *session, const struct message *message)
{
	const struct framed_module *api = session->endpoint->api;

	count_in(session, message);
	if (api->on_message == NULL)
		return;
	/* on_message may close or terminate the session */
	session_hold(session);
	api->on_message((struct framed_session *)session,
	    (enum framed_type)message->opcode, message->payload.data,
	    message->payload.length);
	session_release_hold(session);
}

/* What does not answer our ping may answer one of the module's. */
static void
on_pong(struct session *session, struct span payload)
{
	const struct framed_module *api = session->endpoint->api;

	if (keepalive_take_pong(session, payload) || api->on_pong == NULL)
		return;
	session_hold(session);
	api->on_pong(
	    (struct framed_session *)session, payload.data, payload.length);
	session_release_hold(session);
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
		output_control(session, PACKET_PONG, payload);
	else if (message->opcode == FRAME_PONG)
		on_pong(session, payload);
	else
		on_close_frame(session, payload);
}

/* Any frame of a raw session. Its module is known to have on_frame. */
static void
on_frame(struct session *session, const struct message *message)
{
	const struct framed_frame frame = {
	    .opcode = (uint8_t)message->opcode,
	    .fin = message->is_final,
	    .data = message->payload.data,
	    .length = message->payload.length,
	};

	if (message->opcode == FRAME_CLOSE)
		session_peer_closes(
		    session, span_from(frame.data, frame.length));
	if (!frame_opcode_is_control(frame.opcode))
		count_in(session, message);
	session_hold(session);
	session->endpoint->api->on_frame(
	    (struct framed_session *)session, &frame);
	session_release_hold(session);
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
		if (UNLIKELY(session->endpoint->is_metered) &&
		    message->opcode != FRAME_CLOSE &&
		    !meter_take(session, message->payload.length))
			break;
		if (UNLIKELY(session_is_raw(session)))
			on_frame(session, message);
		else if (UNLIKELY(frame_opcode_is_control(message->opcode)))
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

/* Goes no further, for now; behind the peer's Close, never. */
static enum step
stop_reading(struct session *session, struct bytes *in)
{
	if (in->length == 0)
		return STEP_MORE;
	if (!(session->flags & SESSION_CLOSE_RECEIVED))
		return STEP_WAIT;
	session->flags |= SESSION_TRAILED;
	bytes_advance(in, in->length);
	return STEP_MORE;
}

/* Whether the reader has something to do: with bytes, or with letting go of the
 * payload that it gave last. */
static inline bool
has_more(const struct session *session, const struct bytes *in)
{
	return in->length > 0 || session->reader.partial != NULL;
}

enum step
stage_open_readable(struct session *session, struct bytes *in)
{
	struct message message;
	enum message_event event;
	unsigned frames = 0;

	do {
		if (session->flags &
		        (SESSION_PAUSED | SESSION_CLOSE_RECEIVED) ||
		    frames++ == FRAMES_PER_TURN)
			return stop_reading(session, in);
		event = message_read(&session->reader,
		    session_frame_rules(session), in, &message);
		on_event(session, event, &message);
		if (UNLIKELY(session->state != SESSION_OPEN))
			return stage_next(session);
	} while (event != MESSAGE_MORE && has_more(session, in));
	return STEP_MORE;
}

void
stage_open_ended(struct session *session)
{
	if (!(session->flags & SESSION_CLOSE_RECEIVED)) {
		session_close(session, CLOSE_LOST);
		return;
	}
	/* the module has not answered its Close, and still may */
	session->flags |= SESSION_INPUT_ENDED;
	session_mark(session);
}

/* We have closed, and the peer may still have something to say. */
static void
await_answer(struct session *session)
{
	if (session->flags & SESSION_HEARD) {
		session->flags &= ~(uint32_t)SESSION_HEARD;
		session_set_deadline(
		    session, session_keepalive(session)->timeout_ms);
	} else {
		session_close_with(session, CLOSE_LOCAL_CLOSED,
		    CLOSECODE_NORMAL, span_from(NULL, 0));
	}
}

void
stage_open_expired(struct session *session)
{
	if (session->flags & SESSION_CLOSE_SENT)
		await_answer(session);
	/* what is late is the module's answer to the peer's Close */
	else if (session->flags & SESSION_CLOSE_RECEIVED)
		session_cut(session, CLOSE_PEER_CLOSED);
	else
		keepalive_expired(session);
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
	keepalive_settle(session);
	if (session->flags & SESSION_ABOVE_HIGH && output_is_below_low(session))
		on_low(session);
	if (session->backlog != NULL && !(session->flags & SESSION_PAUSED)) {
		session->flags |= SESSION_READY;
		session_mark(session);
	}
}
