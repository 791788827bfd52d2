/*
 * Sec-WebSocket-Extensions: the input stands behind that name in a request,
 * and may go on in further lines. What is agreed does not change when it is
 * offered again, and both sides understand it alike. The input is judged as a
 * response as well. The first byte chooses what is allowed.
 */
#undef NDEBUG
#include <assert.h>

#include "proto/deflate_offer.h"
#include "proto/extension.h"

enum { MAX_BYTES = 2048, MAX_HEADERS = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
	struct http_header headers[MAX_HEADERS];
	struct http_parser parser;
	struct http_head request;
	uint8_t head[MAX_BYTES];
	size_t length;
};

static void
sample_add(struct sample *sample, struct span text)
{
	memcpy(sample->head + sample->length, text.data, text.length);
	sample->length += text.length;
}

/* Returns false when this makes no request. */
static bool
sample_read(struct sample *sample, struct span value)
{
	const struct http_limits limits = {MAX_BYTES, MAX_HEADERS};
	struct proto_error error;

	if (value.length > MAX_BYTES / 2)
		return false;
	sample->length = 0;
	sample_add(sample, SPAN_LITERAL("GET / HTTP/1.1\r\nHost: h\r\n"));
	sample_add(sample, span_from_string(extension_header));
	sample_add(sample, SPAN_LITERAL(": "));
	sample_add(sample, value);
	sample_add(sample, SPAN_LITERAL("\r\n\r\n"));
	http_parser_init(&sample->parser, &limits, sample->headers);
	sample->request = (struct http_head){
	    &sample->parser, span_from(sample->head, sample->length)};
	return http_parse(&sample->parser, sample->request.bytes, &error) ==
	    PARSE_DONE;
}

static struct deflate_config
config_choose(uint8_t choice)
{
	return (struct deflate_config){
	    .is_enabled = true,
	    .server_takeover = (choice & 1) != 0,
	    .client_takeover = (choice & 2) != 0,
	    .server_window_bits = DEFLATE_WINDOW_MIN + (choice >> 2) % 7,
	    .client_window_bits = DEFLATE_WINDOW_MIN + (choice >> 5) % 7,
	};
}

static void
assert_same(const struct deflate_params *a, const struct deflate_params *b)
{
	assert(a->server.window_bits == b->server.window_bits);
	assert(a->client.window_bits == b->client.window_bits);
	assert(a->server.has_takeover == b->server.has_takeover);
	assert(a->client.has_takeover == b->client.has_takeover);
}

static void
assert_within(
    const struct deflate_config *config, const struct deflate_params *params)
{
	assert(params->server.window_bits >= DEFLATE_WINDOW_MIN);
	assert(params->server.window_bits <= config->server_window_bits);
	assert(params->client.window_bits >= 8);
	assert(params->client.window_bits <= config->client_window_bits ||
	    !params->client.has_takeover);
	assert(config->server_takeover || !params->server.has_takeover);
	assert(config->client_takeover || !params->client.has_takeover);
}

/* A client that allows anything but 8 bits, which zlib does not, reads it. */
static void
assert_understood(struct span response, const struct deflate_params *params)
{
	const struct deflate_config anything = {
	    .is_enabled = true,
	    .server_takeover = true,
	    .client_takeover = true,
	    .server_window_bits = DEFLATE_WINDOW_MAX,
	    .client_window_bits = DEFLATE_WINDOW_MAX,
	};
	struct deflate_params theirs;
	int rc = deflate_confirm(&anything, response, &theirs);

	assert((rc == -1) == (params->client.window_bits == 8));
	if (rc == 0)
		assert_same(params, &theirs);
}

static void
assert_stable(const struct deflate_config *config, struct span response,
    const struct deflate_params *params)
{
	struct deflate_params again;
	struct sample sample;

	assert(sample_read(&sample, response));
	assert(deflate_accept(config, &sample.request, &again));
	assert_same(params, &again);
}

static void
offer(const struct deflate_config *config, struct span value)
{
	struct deflate_params params;
	struct sample sample;
	char text[DEFLATE_VALUE_SIZE];
	struct span response;

	if (!sample_read(&sample, value) ||
	    !deflate_accept(config, &sample.request, &params))
		return;
	assert(extension_list_is_valid(&sample.request));
	assert_within(config, &params);
	response = span_from(text, deflate_write_response(&params, text));
	assert(response.length < sizeof(text));
	assert_understood(response, &params);
	assert_stable(config, response, &params);
}

static void
respond(const struct deflate_config *config, struct span value)
{
	struct deflate_params params;

	if (deflate_confirm(config, value, &params) == -1)
		return;
	assert(params.client.window_bits >= DEFLATE_WINDOW_MIN);
	assert(params.client.window_bits <= config->client_window_bits);
	assert(params.server.window_bits <= config->server_window_bits);
	assert(config->server_takeover || !params.server.has_takeover);
	assert(config->client_takeover || !params.client.has_takeover);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct deflate_config config;
	struct span value;

	if (size == 0)
		return 0;
	config = config_choose(data[0]);
	value = span_from(data + 1, size - 1);
	offer(&config, value);
	respond(&config, value);
	return 0;
}
