/* A request head read from a literal, for tests of what comes after. */
#ifndef TESTS_UNIT_PROTO_REQUEST_H
#define TESTS_UNIT_PROTO_REQUEST_H

#include <check.h>

#include "proto/http.h"

enum { REQUEST_HEADERS_MAX = 100 };

struct request_sample {
	struct http_header headers[REQUEST_HEADERS_MAX];
	struct http_parser parser;
	struct http_request request;
};

/* text outlives the sample. Fails the test when it is not a whole head. */
static inline const struct http_request *
request_sample_read(struct request_sample *sample, const char *text)
{
	const struct http_limits limits = {16384, REQUEST_HEADERS_MAX};
	struct span head = span_from_string(text);
	struct proto_error error;

	http_parser_init(&sample->parser, &limits, sample->headers);
	ck_assert_msg(http_parse(&sample->parser, head, &error) == PARSE_DONE,
	    "%s", text);
	sample->request = (struct http_request){&sample->parser, head};
	return &sample->request;
}

static inline void
assert_span(struct span got, const char *wanted)
{
	ck_assert_msg(span_is_equal(got, span_from_string(wanted)),
	    "'%.*s' is not '%s'", (int)got.length,
	    got.length > 0 ? (const char *)got.data : "", wanted);
}

#endif
