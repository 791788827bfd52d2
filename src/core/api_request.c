/* What modules call: the request to upgrade, and the answer to it. */
#include "core/answer.h"
#include "core/api.h"
#include "core/call.h"
#include "core/extra.h"
#include "core/request.h"
#include "core/server.h"

/* The head that a module may look at now. Returns false when there is none. */
static bool
get_head(const struct framed_session *opaque, struct http_head *head_out)
{
	const struct session *session = session_from_const(opaque);

	if (session->request == NULL)
		return false;
	*head_out = request_head(session->request);
	return true;
}

/* What a client session asks for, as long as that can be looked at; NULL for
 * other sessions. */
static const struct wish *
get_wish(const struct framed_session *opaque)
{
	const struct session *session = session_from_const(opaque);

	return session->flags & SESSION_CLIENT ? session->extra->call->wish
	                                       : NULL;
}

/* A piece of the head as a string: http_head_terminate() made it one. */
static const char *
string_of(const struct http_head *head, struct http_slice slice)
{
	if (slice.length == 0)
		return "";
	return (const char *)head->bytes.data + slice.offset;
}

const char *
api_method(const struct framed_session *session)
{
	struct http_head head;

	if (!get_head(session, &head))
		return NULL;
	if (get_wish(session) != NULL)
		return "GET";
	return string_of(&head, head.parser->method);
}

const char *
api_target(const struct framed_session *session)
{
	struct http_head head;

	if (!get_head(session, &head))
		return NULL;
	if (get_wish(session) != NULL)
		return get_wish(session)->target;
	return string_of(&head, head.parser->target);
}

const char *
api_query(const struct framed_session *session)
{
	struct http_head head;

	if (!get_head(session, &head))
		return NULL;
	if (get_wish(session) != NULL)
		return wish_query(get_wish(session));
	return string_of(&head, head.parser->query);
}

const char *
api_header(const struct framed_session *session, const char *name, size_t index)
{
	struct http_head head;

	if (!get_head(session, &head))
		return NULL;
	for (uint32_t i = 0; i < head.parser->header_count; i++) {
		const struct http_header *header = &head.parser->headers[i];

		if (span_is_equal_nocase(
		        http_slice_get(head.bytes, header->name),
		        span_from_string(name)) &&
		    index-- == 0)
			return string_of(&head, header->value);
	}
	return NULL;
}

const char *
api_header_at(
    const struct framed_session *session, size_t index, const char **name_out)
{
	const struct http_header *header;
	struct http_head head;

	if (!get_head(session, &head) || index >= head.parser->header_count)
		return NULL;
	header = &head.parser->headers[index];
	if (name_out != NULL)
		*name_out = string_of(&head, header->name);
	return string_of(&head, header->value);
}

const char *
api_subprotocol(const struct framed_session *opaque)
{
	const struct session *session = session_from_const(opaque);

	if (session->state < SESSION_OPEN)
		return NULL;
	if (session->extra != NULL && session->extra->subprotocol != NULL)
		return session->extra->subprotocol;
	/* a client takes what the server chose, and nothing else */
	if (session->flags & SESSION_CLIENT)
		return NULL;
	return session->endpoint->conf->subprotocol;
}

enum framed_result
api_answer(struct framed_session *session, const struct framed_answer *from)
{
	struct answer *answer = NULL;
	enum framed_result result = answer_new(from, &answer);

	if (result == FRAMED_OK)
		result = answer_give(session_from(session), &answer);
	answer_free(&answer);
	return result;
}

enum framed_result
api_answer_to(uint64_t id, const struct framed_answer *from)
{
	struct server *server = api_server();
	struct worker *worker = server == NULL ? NULL : server_find(server, id);
	struct answer *answer = NULL;
	enum framed_result result;

	if (worker == NULL)
		return FRAMED_GONE;
	result = answer_new(from, &answer);
	if (result == FRAMED_OK)
		result = answer_post(worker, id, &answer);
	answer_free(&answer);
	return result;
}
