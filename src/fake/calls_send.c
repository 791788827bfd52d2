/* Calls that send something, or end a session. */
#include "fake/parts.h"

enum framed_result
framed_fake_judge_message(const struct framed_fake_note *note, const char *call)
{
	if ((note->type != FRAMED_TEXT && note->type != FRAMED_BINARY) ||
	    (note->data == NULL && note->length > 0))
		return FRAMED_INVALID;
	if (note->type == FRAMED_TEXT &&
	    !framed_fake_is_utf8(note->data, note->length))
		framed_fake_blame(
		    framed_fake_current, call, "text is not UTF-8");
	if (note->session != NULL && note->session->state != FRAMED_FAKE_OPEN)
		return FRAMED_CLOSED;
	return FRAMED_QUEUED;
}

void
framed_fake_deliver(
    struct framed_session *session, const struct framed_fake_note *message)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_DELIVERY,
	    .session = session,
	    .type = message->type,
	    .key = message->key,
	    .data = message->data,
	    .length = message->length,
	};

	framed_fake_keep(fake_of(session), &note);
}

/* Ends the session where module.h says that want of memory does. */
static enum framed_result
conclude(struct framed_fake_note *note, enum framed_result result)
{
	note->result = result;
	result = framed_fake_conclude(fake_of(note->session), note);
	if (result == FRAMED_NO_MEMORY)
		framed_fake_begin_end(note->session, FRAMED_BY_LIMIT,
		    FRAMED_CLOSE_INTERNAL, NULL);
	return result;
}

static enum framed_result
send_note(struct framed_fake_note *note, const char *call)
{
	enum framed_result result;

	if (framed_fake_enter(note->session, call) == NULL)
		return FRAMED_CLOSED;
	result = conclude(note, framed_fake_judge_message(note, call));
	if (fake_is_taken(result))
		framed_fake_deliver(note->session, note);
	return result;
}

static enum framed_result
call_send(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_SEND,
	    .session = session,
	    .type = type,
	    .data = data,
	    .length = length,
	};

	return send_note(&note, "framed_send");
}

static enum framed_result
call_send_keyed(struct framed_session *session, uint64_t key,
    enum framed_type type, const void *data, size_t length)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_SEND_KEYED,
	    .session = session,
	    .key = key,
	    .type = type,
	    .data = data,
	    .length = length,
	};

	return send_note(&note, "framed_send_keyed");
}

/* RFC 6455 section 5.2: opcodes that are defined, section 5.5: control frames. */
static int
is_frame(const struct framed_fake_note *note)
{
	unsigned opcode = note->first & 0xf;

	if ((note->first & ~(unsigned)FRAMED_FIN) != opcode ||
	    (note->data == NULL && note->length > 0))
		return 0;
	if (opcode <= FRAMED_OP_BINARY)
		return 1;
	return opcode >= FRAMED_OP_CLOSE && opcode <= FRAMED_OP_PONG &&
	    note->first & FRAMED_FIN && note->length <= FAKE_CONTROL_MAX;
}

/* The Close frame of a module on a raw endpoint is the last thing it sends. */
static void
end_raw(struct framed_session *session, const uint8_t *data, size_t length)
{
	char text[FAKE_CONTROL_MAX + 1] = "";
	uint16_t code = FRAMED_CLOSE_NONE;

	if (length >= 2) {
		code = (uint16_t)(data[0] << 8 | data[1]);
		memcpy(text, data + 2, length - 2);
	}
	framed_fake_begin_end(session,
	    session->has_peer_closed ? FRAMED_BY_PEER : FRAMED_BY_LOCAL, code,
	    text);
}

static enum framed_result
call_send_frame(struct framed_session *session, unsigned first,
    const void *data, size_t length)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_SEND_FRAME,
	    .session = session,
	    .first = first,
	    .data = data,
	    .length = length,
	};
	enum framed_result result = FRAMED_QUEUED;

	if (framed_fake_enter(session, "framed_send_frame") == NULL)
		return FRAMED_CLOSED;
	if (!session->worker->endpoint->conf.is_raw || !is_frame(&note))
		result = FRAMED_INVALID;
	else if (session->state != FRAMED_FAKE_OPEN)
		result = FRAMED_CLOSED;
	result = conclude(&note, result);
	if (fake_is_taken(result) && (first & 0xf) == FRAMED_OP_CLOSE)
		end_raw(session, data, length);
	return result;
}

static enum framed_result
call_ping(struct framed_session *session, const void *data, size_t length)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_PING,
	    .session = session,
	    .data = data,
	    .length = length,
	    .result = FRAMED_QUEUED,
	};

	if (framed_fake_enter(session, "framed_ping") == NULL)
		return FRAMED_CLOSED;
	if (length > FAKE_CONTROL_MAX || (data == NULL && length > 0))
		note.result = FRAMED_INVALID;
	else if (session->state != FRAMED_FAKE_OPEN)
		note.result = FRAMED_CLOSED;
	return framed_fake_conclude(fake_of(session), &note);
}

/* Codes that may stand in a Close frame: RFC 6455 section 7.4. */
static int
is_code(uint16_t code)
{
	return (code >= 1000 && code <= 1003) ||
	    (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static enum framed_result
call_close(struct framed_session *session, uint16_t code, const char *text)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_CLOSE,
	    .session = session,
	    .code = code,
	    .text = text,
	    .result = FRAMED_QUEUED,
	};
	enum framed_result result;

	if (framed_fake_enter(session, "framed_close") == NULL)
		return FRAMED_CLOSED;
	if (text != NULL && !framed_fake_is_utf8(text, strlen(text)))
		framed_fake_blame(
		    fake_of(session), "framed_close", "text is not UTF-8");
	if (!is_code(code))
		note.result = FRAMED_INVALID;
	else if (session->state != FRAMED_FAKE_OPEN)
		note.result = FRAMED_CLOSED;
	result = framed_fake_conclude(fake_of(session), &note);
	if (fake_is_taken(result))
		framed_fake_begin_end(session, FRAMED_BY_LOCAL, code, text);
	return result;
}

static void
call_terminate(struct framed_session *session)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_TERMINATE, .session = session};

	if (framed_fake_enter(session, "framed_terminate") == NULL)
		return;
	framed_fake_keep(fake_of(session), &note);
	framed_fake_begin_end(
	    session, FRAMED_BY_LOCAL, FRAMED_CLOSE_ABNORMAL, NULL);
}

static void
call_fail(struct framed_session *session, const char *why)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_FAIL, .session = session, .text = why};

	if (framed_fake_enter(session, "framed_fail") == NULL)
		return;
	framed_fake_keep(fake_of(session), &note);
	if (session->state == FRAMED_FAKE_UPGRADE)
		session->status = 500;
	framed_fake_begin_end(
	    session, FRAMED_BY_MODULE, FRAMED_CLOSE_INTERNAL, NULL);
}

static enum framed_result
call_send_to(
    uint64_t id, enum framed_type type, const void *data, size_t length)
{
	struct framed_session *session = framed_fake_find(id);
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_SEND_TO,
	    .id = id,
	    .type = type,
	    .data = data,
	    .length = length,
	};
	enum framed_result result;

	if (framed_fake_current == NULL)
		return FRAMED_GONE;
	note.result = framed_fake_judge_message(&note, "framed_send_to");
	if (length > FRAMED_PUBLISH_MAX)
		note.result = FRAMED_INVALID;
	else if (note.result == FRAMED_QUEUED && session == NULL)
		note.result = FRAMED_GONE;
	note.session = session;
	result = framed_fake_conclude(framed_fake_current, &note);
	if (fake_is_taken(result) && session != NULL &&
	    session->state == FRAMED_FAKE_OPEN)
		framed_fake_deliver(session, &note);
	return result;
}

void
framed_fake_add_sends(struct framed_host *host)
{
	host->send = call_send;
	host->send_keyed = call_send_keyed;
	host->send_frame = call_send_frame;
	host->ping = call_ping;
	host->close = call_close;
	host->terminate = call_terminate;
	host->fail_session = call_fail;
	host->send_to = call_send_to;
}
