/* Judges and answers opening handshakes. */
#include "proto/handshake.h"

#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdio.h>

#include "proto/base64.h"
#include "proto/http_chars.h"

enum { SHA1_LENGTH = 20 };

/* What RFC 6455 §1.3 hangs on to every key. */
static const char accept_suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static const char offer_name[] = "Sec-WebSocket-Protocol";

static int
check_method(const struct http_head *request)
{
	struct span method =
	    http_slice_get(request->bytes, request->parser->method);

	return span_is_equal(method, SPAN_LITERAL("GET")) ? 0 : -1;
}

/* RFC 6455 §4.2.1. An Upgrade in HTTP/1.0 is ignored: RFC 9110 §7.8. */
static int
check_upgrade(const struct http_head *request)
{
	if (request->parser->version_minor == 0 ||
	    !http_head_has_element(
	        request, "Upgrade", SPAN_LITERAL("websocket")) ||
	    !http_head_has_element(
	        request, "Connection", SPAN_LITERAL("upgrade")))
		return -1;
	return 0;
}

static int
check_version(const struct http_head *request)
{
	struct span version = {NULL, 0};

	http_head_header(request, "Sec-WebSocket-Version", &version);
	return span_is_equal(version, SPAN_LITERAL("13")) ? 0 : -1;
}

static int
check_key(const struct http_head *request)
{
	uint8_t nonce[HANDSHAKE_NONCE_LENGTH];
	struct span key = {NULL, 0};
	size_t length;

	http_head_header(request, "Sec-WebSocket-Key", &key);
	if (base64_decode(key, nonce, sizeof(nonce), &length) == -1)
		return -1;
	return length == sizeof(nonce) ? 0 : -1;
}

/*
 * What follows an upgrade are frames. Were a body allowed, a proxy in front
 * could take for a body what we take for frames.
 */
static int
check_body(const struct http_head *request)
{
	struct span ignored;

	if (request->parser->content_length > 0 ||
	    http_head_header(request, "Transfer-Encoding", &ignored) > 0)
		return -1;
	return 0;
}

bool
handshake_offer_is_valid(const struct span *offered, size_t count)
{
	if (count > HANDSHAKE_SUBPROTOCOLS_MAX)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!http_is_token(offered[i]) ||
		    span_is_among(offered[i], offered, i))
			return false;
	return true;
}

/* 1#token (RFC 6455 §4.1). */
static int
check_subprotocols(const struct http_head *request)
{
	struct span offered[HANDSHAKE_SUBPROTOCOLS_MAX], ignored;
	size_t count = handshake_offer(request, offered);

	if (!handshake_offer_is_valid(offered, count))
		return -1;
	if (count == 0 && http_head_header(request, offer_name, &ignored) > 0)
		return -1;
	return 0;
}

/* In the order of judgement. */
static const struct {
	int (*check)(const struct http_head *request);
	struct proto_error error;
} checks[] = {
    {check_method, {405, "the method must be GET"}},
    {check_upgrade, {426, "this is a WebSocket endpoint"}},
    {check_version, {426, "the WebSocket version must be 13"}},
    {check_key, {400, "malformed Sec-WebSocket-Key"}},
    {check_body, {400, "an upgrade request has no body"}},
    {check_subprotocols, {400, "malformed Sec-WebSocket-Protocol"}},
};

int
handshake_check(const struct http_head *request, struct proto_error *error_out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(checks); i++) {
		if (checks[i].check(request) == -1) {
			*error_out = checks[i].error;
			return -1;
		}
	}
	return 0;
}

const char *
handshake_refusal_headers(uint16_t status)
{
	switch (status) {
	case 405:
		return "Allow: GET\r\n";
	case 426:
		return "Upgrade: websocket\r\n"
		       "Connection: Upgrade, close\r\n"
		       "Sec-WebSocket-Version: 13\r\n";
	case 429:
	case 503:
		return "Retry-After: 5\r\n";
	default:
		return "";
	}
}

size_t
handshake_offer(const struct http_head *request,
    struct span offered_out[HANDSHAKE_SUBPROTOCOLS_MAX])
{
	struct http_list list;
	struct span element;
	size_t count = 0;

	http_list_init(&list, request, offer_name);
	while (count <= HANDSHAKE_SUBPROTOCOLS_MAX &&
	    http_list_next(&list, &element)) {
		if (count < HANDSHAKE_SUBPROTOCOLS_MAX)
			offered_out[count] = element;
		count++;
	}
	return count;
}

/* SHA-1, fetched once: OpenSSL looks an algorithm up for each digest otherwise,
 * which takes longer than the digest. NULL when there is none. Any thread. */
static const EVP_MD *
sha1(void)
{
	static _Atomic(EVP_MD *) fetched;
	EVP_MD *md = atomic_load_explicit(&fetched, memory_order_acquire);
	EVP_MD *first = NULL;

	if (md != NULL)
		return md;
	md = EVP_MD_fetch(NULL, "SHA1", NULL);
	if (md == NULL || atomic_compare_exchange_strong(&fetched, &first, md))
		return md;
	EVP_MD_free(md);
	return first;
}

int
handshake_accept(struct span key, char accept_out[HANDSHAKE_ACCEPT_LENGTH])
{
	enum { SUFFIX_LENGTH = sizeof(accept_suffix) - 1 };
	uint8_t text[HANDSHAKE_KEY_LENGTH + SUFFIX_LENGTH];
	uint8_t digest[SHA1_LENGTH];
	const EVP_MD *md = sha1();

	if (key.length != HANDSHAKE_KEY_LENGTH)
		return -1;
	memcpy(text, key.data, key.length);
	memcpy(text + key.length, accept_suffix, SUFFIX_LENGTH);
	if (md == NULL ||
	    EVP_Digest(text, sizeof(text), digest, NULL, md, NULL) != 1)
		return -1;
	base64_encode(span_from(digest, sizeof(digest)), accept_out);
	return 0;
}

/* Writes a header line unless there is no value. Returns its length. */
static size_t
write_line(char *buffer, const char *name, struct span value)
{
	if (value.length == 0)
		return 0;
	return (size_t)sprintf(buffer, "%s: %.*s\r\n", name, (int)value.length,
	    (const char *)value.data);
}

size_t
handshake_write_accept(const struct http_head *request,
    const struct handshake_answer *answer, char *buffer, size_t size)
{
	char accept[HANDSHAKE_ACCEPT_LENGTH];
	struct span key = {NULL, 0};
	size_t length;

	http_head_header(request, "Sec-WebSocket-Key", &key);
	if (handshake_accept(key, accept) == -1 ||
	    size < HANDSHAKE_ACCEPT_SIZE + answer->subprotocol.length +
	            answer->extensions.length + answer->headers.length)
		return 0;
	length = (size_t)sprintf(buffer,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: %.*s\r\n",
	    (int)sizeof(accept), accept);
	length += write_line(
	    buffer + length, "Sec-WebSocket-Protocol", answer->subprotocol);
	length += write_line(
	    buffer + length, "Sec-WebSocket-Extensions", answer->extensions);
	if (answer->headers.length > 0)
		memcpy(buffer + length, answer->headers.data,
		    answer->headers.length);
	length += answer->headers.length;
	memcpy(buffer + length, "\r\n", 2);
	return length + 2;
}
