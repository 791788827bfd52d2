/* Answers of modules. */
#include "core/answer.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/span.h"
#include "core/request.h"
#include "core/session.h"
#include "core/worker.h"
#include "proto/credential.h"
#include "proto/handshake.h"
#include "proto/http_lines.h"
#include "proto/utf8.h"

/* What the strings of an answer are to be. */
struct strings {
	struct span needed; /* headers that the status needs */
	struct span headers;
	struct span text;
	struct span subprotocol;
};

/* A string of the module's, at most as much as shows that it is too long. */
static struct span
borrow(const char *string)
{
	return span_from(string,
	    string == NULL ? 0 : strnlen(string, FRAMED_ANSWER_MAX + 1));
}

/* The headers that a refusal needs, unless the module gives them itself. */
static struct span
needed_headers(uint16_t status, struct span given)
{
	struct span needed =
	    span_from_string(handshake_refusal_headers(status));
	struct span name = needed;

	span_cut(&name, span_find(name, ':'));
	if (http_lines_have(given, name))
		needed.length = 0;
	return needed;
}

/* One line that can be shown. */
static bool
is_line(struct span text)
{
	struct utf8 utf8 = {0};

	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < ' ' || text.data[i] == 0x7f)
			return false;
	return utf8_check(&utf8, text) && utf8_is_complete(&utf8);
}

static bool
is_sendable(const struct framed_answer *from, const struct strings *strings)
{
	bool is_status =
	    from->status == 101 || (from->status >= 300 && from->status <= 599);
	const char *error;

	return is_status && is_line(strings->text) &&
	    strings->headers.length + strings->text.length +
	        strings->subprotocol.length <=
	    FRAMED_ANSWER_MAX &&
	    http_lines_check(strings->headers, &error) == 0;
}

/* Takes the fields that count for this status. */
static struct strings
strings_from(const struct framed_answer *from)
{
	struct strings strings = {.headers = borrow(from->headers)};

	if (from->status == 101) {
		strings.subprotocol = borrow(from->subprotocol);
		return strings;
	}
	strings.text = borrow(
	    from->text != NULL ? from->text : http_status_name(from->status));
	strings.needed = needed_headers(from->status, strings.headers);
	return strings;
}

/* Appends a span at *end, and moves that behind it. */
static void
append(char **end, struct span span)
{
	if (span.length > 0)
		memcpy(*end, span.data, span.length);
	*end += span.length;
	**end = '\0';
}

enum framed_result
answer_new(const struct framed_answer *from, struct answer **answer_out)
{
	struct strings strings;
	struct answer *answer;
	size_t size;
	char *end;

	if (from == NULL || from->size < sizeof(*from))
		return FRAMED_INVALID;
	strings = strings_from(from);
	if (!is_sendable(from, &strings))
		return FRAMED_INVALID;
	size = strings.needed.length + strings.headers.length +
	    strings.text.length + strings.subprotocol.length + 3;
	answer = malloc(sizeof(*answer) + size);
	if (answer == NULL)
		return FRAMED_NO_MEMORY;
	answer->status = from->status;
	answer->strings_bytes = (uint32_t)size;
	end = answer->strings;
	answer->headers = end;
	append(&end, strings.needed);
	append(&end, strings.headers);
	answer->text = ++end;
	append(&end, strings.text);
	answer->subprotocol = strings.subprotocol.data != NULL ? ++end : NULL;
	if (answer->subprotocol != NULL)
		append(&end, strings.subprotocol);
	*answer_out = answer;
	return FRAMED_OK;
}

void
answer_free(struct answer **answer)
{
	free(*answer);
	*answer = NULL;
}

/* RFC 6455 §4.2.2: a server chooses among what the client offers. */
static bool
is_offered(const struct http_head *request, const char *subprotocol)
{
	struct span name;
	struct http_list list;

	http_list_init(&list, request, "Sec-WebSocket-Protocol");
	while (http_list_next(&list, &name))
		if (span_is_equal(name, span_from_string(subprotocol)))
			return true;
	return false;
}

/* Where tokens are asked for, what carries one would tell it to whoever sees the
 * response. */
static bool
is_choosable(const struct session *session, const struct http_head *request,
    const char *subprotocol)
{
	if (session->endpoint->conf->auth.type != AUTH_OFF &&
	    credential_is_carried(span_from_string(subprotocol)))
		return false;
	return is_offered(request, subprotocol);
}

enum framed_result
answer_give(struct session *session, struct answer **answer)
{
	struct request *request = session->request;
	struct http_head head;

	if (session->state != SESSION_UPGRADE || request->answer != NULL)
		return FRAMED_CLOSED;
	head = request_head(request);
	if ((*answer)->subprotocol != NULL &&
	    !is_choosable(session, &head, (*answer)->subprotocol))
		return FRAMED_INVALID;
	request->answer = *answer;
	*answer = NULL;
	session_mark(session);
	return FRAMED_OK;
}

/* An answer on its way to the session's worker. */
struct answer_post {
	struct post post;
	uint64_t id;
	struct answer *answer;
};

static void
answer_deliver(struct worker *worker, struct post *post)
{
	struct answer_post *own = (struct answer_post *)post;
	struct session *session = worker_find_session(worker, own->id);
	enum framed_result result;

	if (session == NULL)
		return;
	result = answer_give(session, &own->answer);
	if (result == FRAMED_INVALID)
		session_fail(
		    session, "it chose a subprotocol that is not offered");
	else if (result != FRAMED_OK)
		log_info("sid=%016llx answer dropped: there was one already",
		    (unsigned long long)own->id);
}

static void
answer_post_free(struct post *post)
{
	answer_free(&((struct answer_post *)post)->answer);
	free(post);
}

static const struct post_type answer_post_type = {
    .deliver = answer_deliver, .free = answer_post_free};

enum framed_result
answer_post(struct worker *worker, uint64_t id, struct answer **answer)
{
	struct answer_post *own = malloc(sizeof(*own));

	if (own == NULL)
		return FRAMED_NO_MEMORY;
	*own = (struct answer_post){
	    .post.type = &answer_post_type, .id = id, .answer = *answer};
	*answer = NULL;
	mailbox_post_control(&worker->mailbox, &own->post);
	return FRAMED_OK;
}

size_t
answer_held(const struct answer *answer)
{
	return answer == NULL ? 0 : sizeof(*answer) + answer->strings_bytes;
}
