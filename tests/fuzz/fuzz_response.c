/*
 * Response heads: the first byte of the input says into which pieces the rest
 * is cut, and whether the client had offered anything. Any cut must give the
 * answer that the whole gives; a head that is taken is judged as the answer to
 * the key of RFC 6455 §1.3.
 */
#undef NDEBUG
#include <assert.h>

#include "proto/extension.h"
#include "proto/handshake_client.h"
#include "tests/unit/proto/head_reading.h"

enum { MAX_BYTES = 2048, MAX_HEADERS = HEAD_READING_HEADERS_MAX };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct span subprotocols[] = {
    SPAN_LITERAL("chat"), SPAN_LITERAL("superchat")};

static struct handshake_client
client_choose(uint8_t choice)
{
	struct handshake_client client = {.path = SPAN_LITERAL("/")};

	memcpy(client.key, "dGhlIHNhbXBsZSBub25jZQ==", sizeof(client.key));
	if (choice & 1) {
		client.subprotocols = subprotocols;
		client.subprotocol_count = ARRAY_LENGTH(subprotocols);
	}
	if (choice & 2)
		client.extensions = SPAN_LITERAL("permessage-deflate");
	return client;
}

static void
walk_list(const struct http_head *response, const char *name)
{
	struct http_list list;
	struct span element;
	size_t total = 0;

	http_list_init(&list, response, name);
	while (http_list_next(&list, &element)) {
		assert(element.length > 0);
		total += element.length;
		assert(total < response->parser->length);
	}
}

/* What must be there, looked for another way than by the checks. */
static void
assert_opens(
    const struct handshake_client *client, const struct http_head *response)
{
	struct span value;

	assert(response->parser->status == 101);
	assert(http_head_header(response, "Sec-WebSocket-Accept", &value) == 1);
	assert(
	    span_is_equal(value, SPAN_LITERAL("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
	if (http_head_header(response, "Sec-WebSocket-Protocol", &value) > 0)
		assert(client->subprotocol_count > 0 &&
		    (span_is_equal(value, subprotocols[0]) ||
		        span_is_equal(value, subprotocols[1])));
	if (http_head_header(response, extension_header, &value) > 0)
		assert(client->extensions.length > 0);
}

static void
judge(const struct handshake_client *client, const struct http_head *response)
{
	unsigned status = response->parser->status;
	const char *error = NULL;

	switch (handshake_client_judge(client, response, &error)) {
	case HANDSHAKE_ACCEPTED:
		assert_opens(client, response);
		break;
	case HANDSHAKE_INTERIM:
		assert(status < 200 && status != 101);
		break;
	case HANDSHAKE_REFUSED:
		assert(status >= 200 && error != NULL);
		break;
	case HANDSHAKE_WRONG:
		assert(status == 101 && error != NULL);
		break;
	}
}

static void
use_response(
    const struct handshake_client *client, const struct http_head *response)
{
	const struct http_parser *parser = response->parser;

	assert(parser->length <= response->bytes.length);
	assert(parser->length <= MAX_BYTES);
	assert(parser->status >= 100 && parser->status <= 599);
	assert(parser->reason.offset + parser->reason.length < parser->length);
	walk_list(response, "Connection");
	walk_list(response, extension_header);
	judge(client, response);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct http_limits limits = {MAX_BYTES, MAX_HEADERS};
	struct handshake_client client;
	struct head_reading whole, pieces;
	struct span head;

	if (size == 0)
		return 0;
	client = client_choose(data[0]);
	head = span_from(data + 1, size - 1);
	head_reading_begin(&whole, HTTP_RESPONSE, &limits);
	head_reading_show(&whole, head);
	head_reading_begin(&pieces, HTTP_RESPONSE, &limits);
	head_reading_show_pieces(&pieces, head, data[0] + 1u);
	assert(head_reading_is_same(&whole, &pieces));
	if (whole.answer == PARSE_DONE)
		use_response(&client, &(struct http_head){&whole.parser, head});
	return 0;
}
