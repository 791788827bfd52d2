/*
 * URLs, and header lines to go with them: the input is a URL, then perhaps a
 * line feed and header lines. What is taken makes a request that our own
 * server reads, with the same parts, and lets in.
 */
#undef NDEBUG
#include <assert.h>

#include "proto/handshake_client.h"
#include "proto/http_lines.h"
#include "proto/url.h"

enum { MAX_INPUT = 1024, MAX_BYTES = MAX_INPUT + 256, MAX_HEADERS = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
assert_in_order(const struct url *url)
{
	assert(url->path.length > 0 && url->path.data[0] == '/');
	assert(url->authority.length > 0);
	if (url->kind == URL_UNIX) {
		assert(url->socket.length > 0 && url->socket.data[0] == '/');
		assert(url->port == 0 && url->host.length == 0);
		return;
	}
	assert(url->host.length > 0 && url->port > 0);
	assert(url->host.length <= url->authority.length);
	assert(url->host.data[0] != '[');
}

static void
assert_same_parts(const struct url *url, const struct http_head *request)
{
	const struct http_parser *parser = request->parser;

	assert(span_is_equal(http_request_host(request), url->authority));
	assert(span_is_equal(
	    http_slice_get(request->bytes, parser->path), url->path));
	assert(span_is_equal(
	    http_slice_get(request->bytes, parser->query), url->query));
}

static void
ask_server(const struct handshake_client *client, const struct url *url)
{
	static struct http_header headers[MAX_HEADERS];
	const struct http_limits limits = {MAX_BYTES, MAX_HEADERS};
	struct http_parser parser;
	struct proto_error error;
	char buffer[MAX_BYTES];
	struct span bytes;

	bytes = span_from(
	    buffer, handshake_client_write(client, buffer, sizeof(buffer)));
	assert(bytes.length > 0);
	http_parser_init(&parser, &limits, headers);
	assert(http_parse(&parser, bytes, &error) == PARSE_DONE);
	assert(parser.length == bytes.length);
	assert_same_parts(url, &(struct http_head){&parser, bytes});
	assert(
	    handshake_check(&(struct http_head){&parser, bytes}, &error) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct handshake_client client = {.subprotocol_count = 0};
	struct span text = span_from(data, size), lines;
	const char *error = NULL;
	struct url url;

	if (size == 0 || size > MAX_INPUT)
		return 0;
	lines = span_cut(&text, span_find(text, '\n'));
	if (lines.length > 0)
		lines = span_cut(&lines, 1);
	if (url_parse(text, &url, &error) == -1) {
		assert(error != NULL);
		return 0;
	}
	assert_in_order(&url);
	memcpy(client.key, "dGhlIHNhbXBsZSBub25jZQ==", sizeof(client.key));
	client.host = url.authority;
	client.path = url.path;
	client.query = url.query;
	if (http_lines_check(lines, &error) == 0)
		client.extra_lines = lines;
	assert(handshake_client_check(&client, &error) == 0);
	ask_server(&client, &url);
	return 0;
}
