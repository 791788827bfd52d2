/*
 * What proxies say: the first byte chooses the family, and the rest are header
 * lines of a request. An address that a trusted proxy appends is the client, or
 * is passed over for one before it, whatever stands there.
 */
#undef NDEBUG
#include <assert.h>
#include <string.h>

#include "proto/forwarded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_MAX = 4096, HEADERS_MAX = 32 };

static const char first[] = "GET / HTTP/1.1\r\nHost: h\r\n";
static const char *const last[] = {
    [FORWARDED_OFF] = "\r\n\r\n",
    [FORWARDED_X] = "\r\nX-Forwarded-For: 192.0.2.1, 10.1.1.1\r\n\r\n",
    [FORWARDED_RFC7239] = "\r\nForwarded: for=192.0.2.1, for=10.1.1.1\r\n\r\n",
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t client[4] = {192, 0, 2, 1};
	const struct http_limits limits = {HEAD_MAX, HEADERS_MAX};
	struct http_header headers[HEADERS_MAX];
	struct http_parser parser;
	struct proto_error error;
	struct forwarded found;
	struct http_head head;
	char text[HEAD_MAX];
	size_t length = sizeof(first) - 1;
	enum forwarded_family family;

	if (size == 0 || size > HEAD_MAX - 128)
		return 0;
	family = (enum forwarded_family)(data[0] % 3);
	memcpy(text, first, length);
	memcpy(text + length, data + 1, size - 1);
	length += size - 1;
	memcpy(text + length, last[family], strlen(last[family]));
	length += strlen(last[family]);
	http_parser_init(&parser, &limits, headers);
	if (http_parse(&parser, span_from(text, length), &error) !=
	        PARSE_DONE ||
	    parser.length != length)
		return 0;
	head = (struct http_head){&parser, span_from(text, length)};
	forwarded_read(&head, family, SPAN_LITERAL("10.0.0.0/8\n"), &found);
	assert(found.has_client == (family != FORWARDED_OFF));
	if (found.has_client)
		assert(!found.is_ipv6 && memcmp(found.ip, client, 4) == 0);
	forwarded_read(&head, family, SPAN_LITERAL("0.0.0.0/0\n"), &found);
	assert(found.has_client == (family != FORWARDED_OFF));
	return 0;
}
