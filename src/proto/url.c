/* Takes WebSocket URIs apart. Errors are sentences, NULL is none. */
#include "proto/url.h"

#include "proto/http_chars.h"
#include "proto/http_target.h"

static const struct scheme {
	const char *start;
	enum url_kind kind;
	bool is_secure;
	uint16_t port;
} schemes[] = {
    {"ws://", URL_TCP, false, 80},
    {"wss://", URL_TCP, true, 443},
    {"ws+unix:", URL_UNIX, false, 0},
};

static const char *
judge_characters(struct span text)
{
	if (span_find(text, '#') < text.length)
		return "a URL to connect to has no fragment";
	if (!http_is_all(text, HTTP_TARGET))
		return "blanks and other than ASCII must be escaped";
	return NULL;
}

/* Cuts the scheme off the text. Returns NULL when it is none of ours. */
static const struct scheme *
take_scheme(struct span *text)
{
	for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++) {
		struct span wanted = span_from_string(schemes[i].start);
		struct span start = *text, rest;

		if (text->length < wanted.length)
			continue;
		rest = span_cut(&start, wanted.length);
		if (!span_is_equal_nocase(start, wanted))
			continue;
		*text = rest;
		return &schemes[i];
	}
	return NULL;
}

/* Cuts the query and its "?" off the end of the text. */
static struct span
take_query(struct span *text)
{
	struct span query = span_cut(text, span_find(*text, '?'));

	return query.length > 0 ? span_cut(&query, 1) : query;
}

/* *DIGIT, of a value that http_authority_is_valid() has seen to. */
static uint16_t
port_value(struct span digits)
{
	uint32_t port = 0;

	for (size_t i = 0; i < digits.length; i++)
		port = port * 10 + (digits.data[i] - '0');
	return (uint16_t)port;
}

/* Sets host, port and authority from a valid authority. */
static const char *
split_authority(struct span authority, struct url *url)
{
	uint16_t default_port = url->port;
	bool is_literal = authority.data[0] == '[';
	struct span host = authority;
	struct span port = span_cut(&host,
	    is_literal ? span_find(host, ']') + 1 : span_find(host, ':'));

	if (port.length > 1)
		url->port = port_value(span_cut(&port, 1));
	if (url->port == 0)
		return "port 0 cannot be connected to";
	url->authority = url->port == default_port ? host : authority;
	url->host =
	    is_literal ? span_from(host.data + 1, host.length - 2) : host;
	return NULL;
}

/* authority path-abempty */
static const char *
read_authority(struct span text, struct url *url)
{
	url->path = span_cut(&text, span_find(text, '/'));
	if (span_find(text, '@') < text.length)
		return "user information is not supported in URLs";
	if (!http_authority_is_valid(text))
		return "malformed host or port";
	return split_authority(text, url);
}

/* [ "//" ] path-absolute [ ":" path-abempty ]; the former without ":" */
static const char *
read_socket(struct span text, struct url *url)
{
	if (text.length >= 2 && text.data[0] == '/' && text.data[1] == '/')
		text = span_cut(&text, 2);
	if (text.length == 0 || text.data[0] != '/')
		return "the path of a socket must be absolute";
	url->path = span_cut(&text, span_find(text, ':'));
	if (url->path.length > 0)
		url->path = span_cut(&url->path, 1);
	if (url->path.length > 0 && url->path.data[0] != '/')
		return "behind the socket must stand a path";
	url->socket = text;
	url->authority = SPAN_LITERAL("localhost");
	return NULL;
}

static const char *
parse(struct span text, struct url *url)
{
	const char *error = judge_characters(text);
	const struct scheme *scheme;

	if (error != NULL)
		return error;
	scheme = take_scheme(&text);
	if (scheme == NULL)
		return "a URL begins with ws://, wss:// or ws+unix:";
	url->kind = scheme->kind;
	url->is_secure = scheme->is_secure;
	url->port = scheme->port;
	url->query = take_query(&text);
	error = url->kind == URL_TCP ? read_authority(text, url)
	                             : read_socket(text, url);
	if (url->path.length == 0)
		url->path = SPAN_LITERAL("/");
	return error;
}

int
url_parse(struct span text, struct url *url_out, const char **error_out)
{
	const char *error;

	*url_out = (struct url){0};
	error = parse(text, url_out);
	if (error != NULL)
		*error_out = error;
	return error == NULL ? 0 : -1;
}
