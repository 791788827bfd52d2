/* Reads heads in pieces. */
#include "tests/unit/proto/head_reading.h"

#include <stdlib.h>

void
head_reading_begin(struct head_reading *reading, enum http_kind kind,
    const struct http_limits *limits)
{
	*reading = (struct head_reading){.answer = PARSE_MORE};
	if (kind == HTTP_REQUEST)
		http_parser_init(&reading->parser, limits, reading->headers);
	else
		http_parser_init_response(
		    &reading->parser, limits, reading->headers);
}

void
head_reading_show(struct head_reading *reading, struct span bytes)
{
	uint8_t *copy = malloc(bytes.length > 0 ? bytes.length : 1);

	if (copy == NULL)
		abort();
	if (bytes.length > 0)
		memcpy(copy, bytes.data, bytes.length);
	if (reading->answer == PARSE_MORE)
		reading->answer = http_parse(&reading->parser,
		    span_from(copy, bytes.length), &reading->error);
	free(copy);
}

void
head_reading_show_pieces(
    struct head_reading *reading, struct span bytes, size_t piece)
{
	for (size_t at = 0; at < bytes.length; at += piece)
		head_reading_show(reading, span_from(bytes.data, at));
	head_reading_show(reading, bytes);
}

static bool
is_same_slice(struct http_slice a, struct http_slice b)
{
	return a.offset == b.offset && a.length == b.length;
}

static bool
is_same_headers(const struct http_parser *a, const struct http_parser *b)
{
	for (uint32_t i = 0; i < a->header_count; i++)
		if (!is_same_slice(a->headers[i].name, b->headers[i].name) ||
		    !is_same_slice(a->headers[i].value, b->headers[i].value))
			return false;
	return true;
}

static bool
is_same_head(const struct http_parser *a, const struct http_parser *b)
{
	return a->header_count == b->header_count && a->length == b->length &&
	    a->version_minor == b->version_minor &&
	    a->content_length == b->content_length && a->status == b->status &&
	    is_same_slice(a->reason, b->reason) &&
	    is_same_slice(a->method, b->method) &&
	    is_same_slice(a->target, b->target) &&
	    is_same_slice(a->authority, b->authority) &&
	    is_same_slice(a->path, b->path) &&
	    is_same_slice(a->query, b->query) && is_same_headers(a, b);
}

bool
head_reading_is_same(const struct head_reading *a, const struct head_reading *b)
{
	if (a->answer != b->answer)
		return false;
	if (a->answer == PARSE_BAD)
		return a->error.code == b->error.code &&
		    a->error.text == b->error.text;
	return a->answer == PARSE_MORE || is_same_head(&a->parser, &b->parser);
}

bool
head_reading_ignores_cuts(
    enum http_kind kind, const struct http_limits *limits, struct span bytes)
{
	struct head_reading whole, cut, single;

	head_reading_begin(&whole, kind, limits);
	head_reading_show(&whole, bytes);
	head_reading_begin(&single, kind, limits);
	for (size_t at = 0; at <= bytes.length; at++) {
		head_reading_begin(&cut, kind, limits);
		head_reading_show(&cut, span_from(bytes.data, at));
		head_reading_show(&cut, bytes);
		if (!head_reading_is_same(&whole, &cut))
			return false;
		head_reading_show(&single, span_from(bytes.data, at));
	}
	return head_reading_is_same(&whole, &single);
}
