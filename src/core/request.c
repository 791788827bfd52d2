/* Heads of handshakes. */
#include "core/request.h"

#include <stdlib.h>

static struct request *
request_alloc(const struct conf_limits *limits)
{
	const struct http_limits http = {
	    .max_bytes = limits->max_header_bytes,
	    .max_headers = limits->max_headers,
	};
	struct request *request = malloc(
	    sizeof(*request) + http.max_headers * sizeof(struct http_header));

	if (request == NULL)
		return NULL;
	request->bytes = NULL;
	request->length = 0;
	request->capacity = 0;
	request->answer = NULL;
	request->proxy = (struct proxy_reader){0};
	request->parser.limits = http;
	return request;
}

struct request *
request_new(const struct conf_limits *limits)
{
	struct request *request = request_alloc(limits);

	if (request != NULL)
		http_parser_init(&request->parser, &request->parser.limits,
		    request->headers);
	return request;
}

struct request *
request_new_response(const struct conf_limits *limits)
{
	struct request *request = request_alloc(limits);

	if (request != NULL)
		request_restart_response(request);
	return request;
}

void
request_restart_response(struct request *request)
{
	const struct http_limits limits = request->parser.limits;

	http_parser_init_response(&request->parser, &limits, request->headers);
	request->length = 0;
}

void
request_free(struct request **request)
{
	if (*request == NULL)
		return;
	answer_free(&(*request)->answer);
	free((*request)->bytes);
	free(*request);
	*request = NULL;
}

int
request_append(struct request *request, struct bytes in)
{
	size_t room = request->parser.limits.max_bytes - request->length;
	size_t more = in.length < room ? in.length : room;
	size_t length = request->length + more;

	if (length > request->capacity) {
		/* grows with what came: a dripping peer must not cost much */
		size_t capacity = length + length / 2;
		uint8_t *bytes = realloc(request->bytes, capacity);

		if (bytes == NULL)
			return -1;
		request->bytes = bytes;
		request->capacity = capacity;
	}
	if (more > 0)
		memcpy(request->bytes + request->length, in.data, more);
	request->length = length;
	return 0;
}

struct http_head
request_head(const struct request *request)
{
	return (struct http_head){
	    &request->parser, span_from(request->bytes, request->length)};
}

size_t
request_held(const struct request *request)
{
	if (request == NULL)
		return 0;
	return sizeof(*request) + request->capacity +
	    request->parser.limits.max_headers * sizeof(struct http_header) +
	    answer_held(request->answer);
}
