/* Calls about the request, and the answer to it. */
#include "fake/parts.h"

#include <strings.h>

/* The head, while it may be read, or NULL. */
static const struct fake_head *
head_of(const struct framed_session *session, const char *call)
{
	if (framed_fake_enter(session, call) == NULL || !session->is_head_there)
		return NULL;
	return &session->head;
}

static const char *
call_method(const struct framed_session *session)
{
	return head_of(session, "framed_method") == NULL ? NULL : "GET";
}

static const char *
call_target(const struct framed_session *session)
{
	const struct fake_head *head = head_of(session, "framed_target");

	return head == NULL ? NULL : head->target;
}

static const char *
call_query(const struct framed_session *session)
{
	const struct fake_head *head = head_of(session, "framed_query");

	return head == NULL ? NULL : head->query;
}

static const char *
call_header(
    const struct framed_session *session, const char *name, size_t index)
{
	const struct fake_head *head = head_of(session, "framed_header");

	for (size_t i = 0; head != NULL && i < head->count; i++)
		if (strcasecmp(head->names[2 * i], name) == 0 && index-- == 0)
			return head->names[2 * i + 1];
	return NULL;
}

static const char *
call_header_at(
    const struct framed_session *session, size_t index, const char **name_out)
{
	const struct fake_head *head = head_of(session, "framed_header_at");

	if (head == NULL || index >= head->count)
		return NULL;
	if (name_out != NULL)
		*name_out = head->names[2 * index];
	return head->names[2 * index + 1];
}

/* Whether it has not been answered. */
static int
is_asking(const struct framed_session *session)
{
	return session->state == FRAMED_FAKE_UPGRADE && !session->is_client &&
	    session->status == 0;
}

static size_t
length_of(const char *text)
{
	return text == NULL ? 0 : strlen(text);
}

/* Whether it is a line of UTF-8, without control characters. */
static int
is_line(const char *text)
{
	size_t length = length_of(text);

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return 0;
	return framed_fake_is_utf8(text, length);
}

/* Whether the strings that count for this status can be sent. */
static int
is_sendable(const struct framed_answer *answer)
{
	int accepts = answer->status == 101;
	const char *last = accepts ? answer->subprotocol : answer->text;

	return length_of(answer->headers) + length_of(last) <=
	    FRAMED_ANSWER_MAX &&
	    framed_fake_may_add(answer->headers) && (accepts || is_line(last));
}

static int
is_answer(const struct framed_answer *answer)
{
	if (answer->size < sizeof(*answer))
		return 0;
	if (answer->status != 101 &&
	    (answer->status < 300 || answer->status > 599))
		return 0;
	return is_sendable(answer);
}

static int
is_offered(
    const struct framed_session *session, const struct framed_answer *answer)
{
	return answer->status != 101 || answer->subprotocol == NULL ||
	    framed_fake_is_listed(session->offered, answer->subprotocol);
}

static struct framed_fake_note
answer_note(struct framed_session *session, const struct framed_answer *answer)
{
	return (struct framed_fake_note){
	    .kind = FRAMED_FAKE_ANSWER,
	    .session = session,
	    .id = session == NULL ? 0 : session->id,
	    .status = answer->status,
	    .subprotocol = answer->subprotocol,
	    .headers = answer->headers,
	    .text = answer->text,
	};
}

/* Takes the answer; one that was put off is due then. Returns 0, or -1 for want
 * of memory. */
static int
take_answer(
    struct framed_session *session, uint16_t status, const char *subprotocol)
{
	if (status == 101 && subprotocol != NULL) {
		session->subprotocol = framed_fake_copy(subprotocol);
		if (session->subprotocol == NULL)
			return -1;
	}
	if (session->is_deferred &&
	    framed_fake_add_due(session, FAKE_DUE_ANSWER, NULL, 0) == NULL)
		return -1;
	session->status = status;
	return 0;
}

static enum framed_result
call_answer(struct framed_session *session, const struct framed_answer *answer)
{
	struct framed_fake_note note = answer_note(session, answer);
	enum framed_result result = FRAMED_OK;

	if (framed_fake_enter(session, "framed_answer") == NULL)
		return FRAMED_CLOSED;
	if (!is_asking(session))
		result = FRAMED_CLOSED;
	else if (!is_answer(answer) || !is_offered(session, answer))
		result = FRAMED_INVALID;
	note.result = result;
	result = framed_fake_conclude(fake_of(session), &note);
	if (result == FRAMED_OK &&
	    take_answer(session, answer->status, answer->subprotocol) == -1)
		result = FRAMED_NO_MEMORY;
	return result;
}

/* From another thread it would be too late to say that the subprotocol is wrong,
 * or the answer the second. */
static enum framed_result
call_answer_to(uint64_t id, const struct framed_answer *answer)
{
	struct framed_session *session = framed_fake_find(id);
	struct framed_fake_note note = answer_note(session, answer);
	uint16_t status = answer->status;
	enum framed_result result;

	if (framed_fake_current == NULL)
		return FRAMED_GONE;
	note.id = id;
	note.result = FRAMED_OK;
	if (!is_answer(answer))
		note.result = FRAMED_INVALID;
	else if (session == NULL)
		note.result = FRAMED_GONE;
	result = framed_fake_conclude(framed_fake_current, &note);
	if (result != FRAMED_OK || session == NULL || !is_asking(session))
		return result;
	if (!is_offered(session, answer))
		status = 500;
	if (take_answer(session, status, answer->subprotocol) == -1)
		return FRAMED_NO_MEMORY;
	return FRAMED_OK;
}

void
framed_fake_add_requests(struct framed_host *host)
{
	host->method = call_method;
	host->target = call_target;
	host->query = call_query;
	host->header = call_header;
	host->header_at = call_header_at;
	host->answer = call_answer;
	host->answer_to = call_answer_to;
}
