/* Asks for opening handshakes, and judges the answers. */
#include "proto/handshake_client.h"

#include "proto/base64.h"
#include "proto/extension.h"
#include "proto/http_chars.h"
#include "proto/http_lines.h"
#include "proto/http_target.h"

static const char accept_name[] = "Sec-WebSocket-Accept";
static const char subprotocol_name[] = "Sec-WebSocket-Protocol";

void
handshake_client_key(const uint8_t nonce[HANDSHAKE_NONCE_LENGTH],
    char key_out[HANDSHAKE_KEY_LENGTH])
{
	base64_encode(span_from(nonce, HANDSHAKE_NONCE_LENGTH), key_out);
}

static bool
is_path(struct span text)
{
	return text.length > 0 && text.data[0] == '/' &&
	    http_is_all(text, HTTP_TARGET) &&
	    span_find(text, '?') == text.length;
}

int
handshake_client_check(
    const struct handshake_client *client, const char **error_out)
{
	*error_out = "malformed host";
	if (!http_authority_is_valid(client->host))
		return -1;
	*error_out = "malformed path or query";
	if (!is_path(client->path) || !http_is_all(client->query, HTTP_TARGET))
		return -1;
	*error_out = "malformed origin";
	if (!http_is_all(client->origin, HTTP_TARGET))
		return -1;
	*error_out = "malformed or repeated subprotocol, or too many";
	if (!handshake_offer_is_valid(
	        client->subprotocols, client->subprotocol_count))
		return -1;
	return http_lines_check(client->extra_lines, error_out);
}

/* Text that is written. What does not fit is only counted. */
struct text {
	char *buffer;
	size_t size;
	size_t length;
};

static void
text_add(struct text *text, struct span more)
{
	if (more.length > 0 && text->length + more.length <= text->size)
		memcpy(text->buffer + text->length, more.data, more.length);
	text->length += more.length;
}

/* A header line, unless its value is empty. */
static void
text_add_line(struct text *text, const char *name, struct span value)
{
	if (value.length == 0)
		return;
	text_add(text, span_from_string(name));
	text_add(text, SPAN_LITERAL(": "));
	text_add(text, value);
	text_add(text, SPAN_LITERAL("\r\n"));
}

static void
text_add_start(struct text *text, const struct handshake_client *client)
{
	text_add(text, SPAN_LITERAL("GET "));
	text_add(text, client->path);
	if (client->query.length > 0)
		text_add(text, SPAN_LITERAL("?"));
	text_add(text, client->query);
	text_add(text, SPAN_LITERAL(" HTTP/1.1\r\n"));
}

static void
text_add_subprotocols(struct text *text, const struct handshake_client *client)
{
	if (client->subprotocol_count == 0)
		return;
	text_add(text, span_from_string(subprotocol_name));
	for (size_t i = 0; i < client->subprotocol_count; i++) {
		text_add(
		    text, i == 0 ? SPAN_LITERAL(": ") : SPAN_LITERAL(", "));
		text_add(text, client->subprotocols[i]);
	}
	text_add(text, SPAN_LITERAL("\r\n"));
}

size_t
handshake_client_write(
    const struct handshake_client *client, char *buffer, size_t size)
{
	struct text text = {buffer, size, 0};

	text_add_start(&text, client);
	text_add_line(&text, "Host", client->host);
	text_add_line(&text, "Upgrade", SPAN_LITERAL("websocket"));
	text_add_line(&text, "Connection", SPAN_LITERAL("Upgrade"));
	text_add_line(&text, "Sec-WebSocket-Key",
	    span_from(client->key, sizeof(client->key)));
	text_add_line(&text, "Sec-WebSocket-Version", SPAN_LITERAL("13"));
	text_add_line(&text, "Origin", client->origin);
	text_add_subprotocols(&text, client);
	text_add_line(&text, extension_header, client->extensions);
	text_add(&text, client->extra_lines);
	text_add(&text, SPAN_LITERAL("\r\n"));
	return text.length <= size ? text.length : 0;
}

/* HTTP/1.0 knows no 101 (RFC 9110 §15.2). */
static int
check_version(
    const struct handshake_client *client, const struct http_head *response)
{
	(void)client;
	return response->parser->version_minor > 0 ? 0 : -1;
}

/* 2. of RFC 6455 §4.1: this value, not one among others. */
static int
check_upgrade(
    const struct handshake_client *client, const struct http_head *response)
{
	struct span value;

	(void)client;
	if (http_head_header(response, "Upgrade", &value) != 1)
		return -1;
	return span_is_equal_nocase(value, SPAN_LITERAL("websocket")) ? 0 : -1;
}

/* 3. */
static int
check_connection(
    const struct handshake_client *client, const struct http_head *response)
{
	(void)client;
	return http_head_has_element(
	           response, "Connection", SPAN_LITERAL("upgrade"))
	    ? 0
	    : -1;
}

/* 4. */
static int
check_accept(
    const struct handshake_client *client, const struct http_head *response)
{
	char wanted[HANDSHAKE_ACCEPT_LENGTH];
	struct span key = span_from(client->key, sizeof(client->key));
	struct span value;

	if (http_head_header(response, accept_name, &value) == 0 ||
	    handshake_accept(key, wanted) == -1)
		return -1;
	return span_is_equal(value, span_from(wanted, sizeof(wanted))) ? 0 : -1;
}

/* 5., as far as it can be told here. */
static int
check_extensions(
    const struct handshake_client *client, const struct http_head *response)
{
	struct span ignored;

	if (http_head_header(response, extension_header, &ignored) > 0 &&
	    client->extensions.length == 0)
		return -1;
	return 0;
}

/* 6. */
static int
check_subprotocol(
    const struct handshake_client *client, const struct http_head *response)
{
	struct span value;

	if (http_head_header(response, subprotocol_name, &value) == 0)
		return 0;
	return span_is_among(
	           value, client->subprotocols, client->subprotocol_count)
	    ? 0
	    : -1;
}

/* In the order of judgement. */
static const struct {
	int (*check)(const struct handshake_client *client,
	    const struct http_head *response);
	const char *error;
} checks[] = {
    {check_version, "an upgrade takes HTTP/1.1"},
    {check_upgrade, "Upgrade is not websocket"},
    {check_connection, "Connection lacks upgrade"},
    {check_accept, "missing or wrong Sec-WebSocket-Accept"},
    {check_extensions, "no extension was asked for"},
    {check_subprotocol, "this subprotocol was not offered"},
};

enum handshake_verdict
handshake_client_judge(const struct handshake_client *client,
    const struct http_head *response, const char **error_out)
{
	uint16_t status = response->parser->status;

	if (status < 200 && status != 101)
		return HANDSHAKE_INTERIM;
	*error_out = "the server does not upgrade";
	if (status != 101)
		return HANDSHAKE_REFUSED;
	for (size_t i = 0; i < ARRAY_LENGTH(checks); i++) {
		*error_out = checks[i].error;
		if (checks[i].check(client, response) == -1)
			return HANDSHAKE_WRONG;
	}
	return HANDSHAKE_ACCEPTED;
}
