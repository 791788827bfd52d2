/* Asks for a session, and judges the answer. */
#include "bench/upgrade.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "bench/connection.h"
#include "proto/handshake_client.h"

enum { HEAD_MAX = 8192, HEADERS_MAX = 64, REQUEST_MAX = 8192 };

struct handshake {
	struct handshake_client client;
	struct http_parser parser;
	struct http_header headers[HEADERS_MAX];
	size_t length;
	uint8_t head[HEAD_MAX];
};

void
upgrade_begin(struct load *load, struct connection *c)
{
	const struct http_limits limits = {HEAD_MAX, HEADERS_MAX};
	uint8_t nonce[HANDSHAKE_NONCE_LENGTH];
	char offer[DEFLATE_VALUE_SIZE], request[REQUEST_MAX];
	struct handshake *handshake = calloc(1, sizeof(*handshake));
	size_t length;

	if (handshake == NULL)
		load_fail(EX_OSERR, "out of memory");
	c->handshake = handshake;
	handshake->client.host = load->host;
	handshake->client.path = load->url.path;
	handshake->client.query = load->url.query;
	entropy_take(&load->entropy, nonce, sizeof(nonce));
	handshake_client_key(nonce, handshake->client.key);
	if (load->deflate.is_enabled)
		handshake->client.extensions = span_from(
		    offer, deflate_write_offer(&load->deflate, offer));
	length = handshake_client_write(
	    &handshake->client, request, sizeof(request));
	if (length == 0)
		load_fail(EX_USAGE, "the URL is too long");
	http_parser_init_response(
	    &handshake->parser, &limits, handshake->headers);
	connection_send_all(c, span_from(request, length));
}

/* Whether it is what was asked for, and not just allowed. */
static bool
suits(const struct load *load, const struct deflate_params *params)
{
	bool takes_over = load->arguments->deflate == DEFLATE_TAKEOVER;

	return params->server.has_takeover == takes_over &&
	    params->client.has_takeover == takes_over;
}

/* All connections have to agree to the same. */
static void
judge_extension(struct load *load, const struct http_head *response)
{
	struct deflate_params params;
	struct span value = SPAN_LITERAL("");

	http_head_header(response, "Sec-WebSocket-Extensions", &value);
	if (!load->deflate.is_enabled)
		return;
	if (value.length == 0 ||
	    deflate_confirm(&load->deflate, value, &params) == -1 ||
	    !suits(load, &params))
		load_fail(1,
		    "the server does not agree to that use of "
		    "permessage-deflate, but to \"%.*s\"",
		    (int)value.length, (const char *)value.data);
	if (load->extension[0] == '\0') {
		load->params = params;
		snprintf(load->extension, sizeof(load->extension), "%.*s",
		    (int)value.length, (const char *)value.data);
	} else if (deflate_params_pack(&params) !=
	    deflate_params_pack(&load->params)) {
		load_fail(1,
		    "the server agrees to different uses of "
		    "permessage-deflate");
	}
}

static void
judge(struct load *load, const struct handshake *handshake)
{
	const struct http_head response = {&handshake->parser,
	    span_from(handshake->head, handshake->parser.length)};
	const char *error = "";

	switch (handshake_client_judge(&handshake->client, &response, &error)) {
	case HANDSHAKE_ACCEPTED:
		judge_extension(load, &response);
		return;
	case HANDSHAKE_INTERIM:
	case HANDSHAKE_REFUSED:
	case HANDSHAKE_WRONG:
		break;
	}
	load_fail(1, "the server refuses a session: status %u, %s",
	    handshake->parser.status, error);
}

bool
upgrade_read(struct load *load, struct connection *c, struct span *in)
{
	struct handshake *handshake = c->handshake;
	struct proto_error error;
	size_t count = in->length;

	if (count > HEAD_MAX - handshake->length)
		count = HEAD_MAX - handshake->length;
	memcpy(handshake->head + handshake->length, in->data, count);
	handshake->length += count;
	switch (http_parse(&handshake->parser,
	    span_from(handshake->head, handshake->length), &error)) {
	case PARSE_DONE:
		judge(load, handshake);
		/* what is behind the head is at the end of this input */
		count = handshake->length - handshake->parser.length +
		    in->length - count;
		*in = span_from(in->data + in->length - count, count);
		return true;
	case PARSE_MORE:
		return false;
	case PARSE_BAD:
		break;
	}
	load_fail(1, "malformed response: %s", error.text);
}

void
upgrade_end(struct connection *c)
{
	free(c->handshake);
	c->handshake = NULL;
}
