/*
 * Request heads: the first byte of the input says into which pieces the rest
 * is cut. Any cut must give the answer that the whole gives; a head that is
 * taken then goes through everything that looks at requests.
 */
#undef NDEBUG
#include <assert.h>

#include "proto/handshake.h"
#include "proto/http.h"
#include "proto/http_host.h"
#include "tests/unit/proto/head_reading.h"

enum { MAX_BYTES = 2048, MAX_HEADERS = HEAD_READING_HEADERS_MAX };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	const struct handshake_answer answer = {
	    .subprotocol = SPAN_LITERAL("chat")};
	struct http_response response = {.extra_headers = ""};
	struct proto_error error;
	char buffer[512];

	if (handshake_check(request, &error) == 0) {
		assert(handshake_write_accept(
		           request, &answer, buffer, sizeof(buffer)) > 0);
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
	const struct http_limits limits = {MAX_BYTES, MAX_HEADERS};
	struct head_reading whole, pieces;
	struct span head;

	if (size == 0)
		return 0;
	head = span_from(data + 1, size - 1);
	head_reading_begin(&whole, HTTP_REQUEST, &limits);
	head_reading_show(&whole, head);
	head_reading_begin(&pieces, HTTP_REQUEST, &limits);
	head_reading_show_pieces(&pieces, head, data[0] + 1u);
	assert(head_reading_is_same(&whole, &pieces));
	if (whole.answer == PARSE_DONE)
		use_request(&(struct http_head){&whole.parser, head});
	return 0;
}
