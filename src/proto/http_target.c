/* Takes request targets apart, and judges the host they name. */
#include "proto/http_target.h"

#include <arpa/inet.h>

#include "proto/http_chars.h"

/* reg-name of RFC 3986 §3.2.2; IPv4 addresses are a case of it. */
static bool
is_reg_name(struct span text)
{
	size_t i = 0;

	while (i < text.length) {
		if (http_char_is(text.data[i], HTTP_REG_NAME)) {
			i++;
			continue;
		}
		if (text.data[i] != '%' || text.length - i < 3 ||
		    !http_char_is(text.data[i + 1], HTTP_HEX) ||
		    !http_char_is(text.data[i + 2], HTTP_HEX))
			return false;
		i += 3;
	}
	return text.length > 0;
}

/*
 * IPv6address, as it stands between brackets. IPvFuture, the other thing that
 * RFC 3986 has there, is refused: no version of it was ever defined.
 */
static bool
is_ipv6(struct span text)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr ignored;

	if (text.length >= sizeof(address))
		return false;
	memcpy(address, text.data, text.length);
	address[text.length] = '\0';
	/* A NUL inside would end the address early. */
	return strlen(address) == text.length &&
	    inet_pton(AF_INET6, address, &ignored) == 1;
}

/* [ ":" port ], port = *DIGIT */
static bool
is_port(struct span text)
{
	uint32_t port = 0;

	if (text.length > 0 && text.data[0] != ':')
		return false;
	for (size_t i = 1; i < text.length; i++) {
		if (!http_char_is(text.data[i], HTTP_DIGIT))
			return false;
		port = port * 10 + (text.data[i] - '0');
		if (port > UINT16_MAX)
			return false;
	}
	return true;
}

/* "[" IPv6address "]" [ ":" port ] */
static bool
is_literal_authority(struct span text)
{
	size_t bracket = span_find(text, ']');
	struct span port;

	if (bracket == text.length)
		return false;
	port = span_cut(&text, bracket + 1);
	return is_ipv6(span_from(text.data + 1, bracket - 1)) && is_port(port);
}

bool
http_authority_is_valid(struct span text)
{
	struct span port;

	if (text.length == 0)
		return false;
	if (text.data[0] == '[')
		return is_literal_authority(text);
	port = span_cut(&text, span_find(text, ':'));
	return is_reg_name(text) && is_port(port);
}

/* The length of the "scheme://" that text begins with, or 0. */
static size_t
scheme_length(struct span text)
{
	static const char *const schemes[] = {
	    "ws://", "wss://", "http://", "https://"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		struct span scheme = span_from_string(schemes[i]);
		struct span start = text;

		if (text.length < scheme.length)
			continue;
		span_cut(&start, scheme.length);
		if (span_is_equal_nocase(start, scheme))
			return scheme.length;
	}
	return 0;
}

/* absolute-form: scheme "://" authority path-abempty [ "?" query ] */
static int
split_authority(struct span *rest, struct http_target *target_out)
{
	size_t scheme = scheme_length(*rest), end;

	if (scheme == 0)
		return -1;
	target_out->authority = span_cut(rest, scheme);
	end = span_find(target_out->authority, '/');
	*rest = span_cut(&target_out->authority, end);
	return http_authority_is_valid(target_out->authority) ? 0 : -1;
}

int
http_target_split(struct span target, struct http_target *target_out)
{
	struct span rest = target;

	*target_out = (struct http_target){0};
	if (target.length == 0)
		return -1;
	target_out->query = span_cut(&rest, span_find(rest, '?'));
	if (target_out->query.length > 0)
		target_out->query = span_cut(&target_out->query, 1);
	if (target.data[0] != '/' && split_authority(&rest, target_out) == -1)
		return -1;
	target_out->path = rest;
	/* No path means "/" (RFC 9110 §4.2.3): lend it one of "://". */
	if (rest.length == 0)
		target_out->path = span_from(target_out->authority.data - 1, 1);
	return 0;
}
