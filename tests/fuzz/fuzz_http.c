/*
 * Request heads: the first byte of the input says into which pieces the rest
 * is cut. Any cut must give the answer that the whole gives; a head that is
 * taken then goes through everything that looks at requests.
 */
#undef NDEBUG
#include <assert.h>
#include <stdlib.h>

#include "proto/handshake.h"
#include "proto/http.h"
#include "proto/http_host.h"

enum { MAX_BYTES = 2048, MAX_HEADERS = 16 };

struct reading {
	struct http_header headers[MAX_HEADERS];
	struct http_parser parser;
	struct proto_error error;
	enum parse answer;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
reading_begin(struct reading *reading)
{
	const struct http_limits limits = {MAX_BYTES, MAX_HEADERS};

	memset(reading, 0, sizeof(*reading));
	reading->answer = PARSE_MORE;
	http_parser_init(&reading->parser, &limits, reading->headers);
}

/* The bytes move between steps, as they do in a buffer that grows. */
static void
reading_show(struct reading *reading, struct span head)
{
	uint8_t *moved = malloc(head.length > 0 ? head.length : 1);

	assert(moved != NULL);
	if (head.length > 0)
		memcpy(moved, head.data, head.length);
	reading->answer = http_parse(
	    &reading->parser, span_from(moved, head.length), &reading->error);
	free(moved);
}

static bool
is_same_slice(struct http_slice a, struct http_slice b)
{
	return a.offset == b.offset && a.length == b.length;
}

static void
assert_same_head(const struct http_parser *a, const struct http_parser *b)
{
	assert(a->length == b->length);
	assert(a->version_minor == b->version_minor);
	assert(a->content_length == b->content_length);
	assert(is_same_slice(a->method, b->method));
	assert(is_same_slice(a->target, b->target));
	assert(is_same_slice(a->authority, b->authority));
	assert(is_same_slice(a->path, b->path));
	assert(is_same_slice(a->query, b->query));
	assert(a->header_count == b->header_count);
	for (uint32_t i = 0; i < a->header_count; i++) {
		assert(is_same_slice(a->headers[i].name, b->headers[i].name));
		assert(is_same_slice(a->headers[i].value, b->headers[i].value));
	}
}

static void
assert_same(const struct reading *a, const struct reading *b)
{
	assert(a->answer == b->answer);
	assert(a->error.code == b->error.code);
	assert(a->error.text == b->error.text);
	if (a->answer == PARSE_DONE)
		assert_same_head(&a->parser, &b->parser);
}

static void
walk_list(const struct http_head *request, const char *name)
{
	struct http_list list;
	struct span element;
	size_t total = 0;

	http_list_init(&list, request, name);
	while (http_list_next(&list, &element)) {
		assert(element.length > 0);
		assert(element.data >= request->bytes.data);
		total += element.length;
		assert(total < request->parser->length);
	}
}

static void
walk_offer(const struct http_head *request)
{
	struct span offered[HANDSHAKE_SUBPROTOCOLS_MAX];
	size_t count = handshake_offer(request, offered);

	assert(count <= HANDSHAKE_SUBPROTOCOLS_MAX + 1);
	for (size_t i = 0; i < count && i < HANDSHAKE_SUBPROTOCOLS_MAX; i++)
		assert(offered[i].length > 0);
}

/* The one form of a host is its own one form. */
static void
normalize_host(struct span host)
{
	char once[HTTP_HOST_MAX + 1], twice[HTTP_HOST_MAX + 1];
	size_t length = http_host_normalize(host, once);

	assert(length == strlen(once));
	if (length == 0 || once[length - 1] == '.')
		return;
	assert(http_host_normalize(span_from(once, length), twice) == length);
	assert(strcmp(once, twice) == 0);
}

/* Answers the request, either way. */
static void
judge(const struct http_head *request)
{
	struct http_response response = {.extra_headers = ""};
	struct proto_error error;
	char buffer[512];

	if (handshake_check(request, &error) == 0) {
		assert(handshake_write_accept(request, SPAN_LITERAL("chat"),
		           buffer, sizeof(buffer)) > 0);
		return;
	}
	response.status = error.code;
	response.extra_headers = handshake_refusal_headers(error.code);
	response.text = error.text;
	response.method =
	    http_slice_get(request->bytes, request->parser->method);
	assert(http_response_write(&response, buffer, sizeof(buffer)) > 0);
}

static void
use_request(const struct http_head *request)
{
	const struct http_parser *parser = request->parser;

	assert(parser->length <= request->bytes.length);
	assert(parser->length <= MAX_BYTES);
	assert(http_slice_get(request->bytes, parser->path).data[0] == '/');
	assert(http_request_host(request).length > 0 ||
	    parser->version_minor == 0);
	walk_list(request, "Connection");
	walk_list(request, "Sec-WebSocket-Extensions");
	walk_offer(request);
	normalize_host(http_request_host(request));
	judge(request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading whole, pieces;
	struct span head;
	size_t piece;

	if (size == 0)
		return 0;
	piece = data[0] + 1u;
	head = span_from(data + 1, size - 1);
	reading_begin(&whole);
	reading_show(&whole, head);

	reading_begin(&pieces);
	for (size_t end = 0; pieces.answer == PARSE_MORE; end += piece) {
		size_t length = end < head.length ? end : head.length;

		reading_show(&pieces, span_from(head.data, length));
		if (length == head.length)
			break;
	}
	assert_same(&whole, &pieces);
	if (whole.answer == PARSE_DONE)
		use_request(&(struct http_head){&whole.parser, head});
	return 0;
}
