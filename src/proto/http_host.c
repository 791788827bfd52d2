/*
 * One machine has many spellings: "Example.org", "example.org." and, for
 * addresses, "[::1]" and "[0:0::1]".
 */
#include "proto/http_host.h"

#include <arpa/inet.h>

/* The one form of "[…]"; text is NUL-terminated. Returns its length, or 0. */
static size_t
normalize_address(char *text, size_t length)
{
	struct in6_addr address;

	if (text[length - 1] != ']')
		return 0;
	text[length - 1] = '\0';
	if (inet_pton(AF_INET6, text + 1, &address) != 1 ||
	    inet_ntop(AF_INET6, &address, text + 1, INET6_ADDRSTRLEN) == NULL)
		return 0;
	length = strlen(text);
	text[length++] = ']';
	return length;
}

size_t
http_host_normalize(struct span host, char out[HTTP_HOST_MAX + 1])
{
	size_t length = host.length;
	bool is_address = length > 0 && host.data[0] == '[';

	out[0] = '\0';
	if (length > 0 && host.data[length - 1] == '.' && !is_address)
		length--;
	if (length == 0 || length > HTTP_HOST_MAX)
		return 0;
	for (size_t i = 0; i < length; i++) {
		bool is_capital = host.data[i] >= 'A' && host.data[i] <= 'Z';

		out[i] = (char)(host.data[i] | (is_capital ? 0x20 : 0));
	}
	out[length] = '\0';
	if (is_address)
		length = normalize_address(out, length);
	out[length] = '\0';
	return length;
}

struct span
http_host_name(struct span authority)
{
	struct span host = authority;

	if (host.length > 0 && host.data[0] == '[') {
		host = span_cut(&host, 1);
		host.length = span_find(host, ']');
	} else {
		host.length = span_find(host, ':');
	}
	return host;
}
