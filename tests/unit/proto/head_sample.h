/* A head read from a literal, for tests of what comes after. */
#ifndef TESTS_UNIT_PROTO_HEAD_SAMPLE_H
#define TESTS_UNIT_PROTO_HEAD_SAMPLE_H

#include <check.h>

#include "proto/http.h"

enum { SAMPLE_HEADERS_MAX = 100 };

struct head_sample {
	struct http_header headers[SAMPLE_HEADERS_MAX];
	struct http_parser parser;
	struct http_head head;
};

static const struct http_limits head_sample_limits = {
    16384, SAMPLE_HEADERS_MAX};

static inline const struct http_head *
head_sample_read(struct head_sample *sample, const char *text)
{
	struct span bytes = span_from_string(text);
	struct proto_error error;

	ck_assert_msg(http_parse(&sample->parser, bytes, &error) == PARSE_DONE,
	    "%s", text);
	sample->head = (struct http_head){&sample->parser, bytes};
	return &sample->head;
}

/* text outlives the sample. Fails the test when it is not a whole head. */
static inline const struct http_head *
head_sample_request(struct head_sample *sample, const char *text)
{
	http_parser_init(&sample->parser, &head_sample_limits, sample->headers);
	return head_sample_read(sample, text);
}

/* The same for a response. */
static inline const struct http_head *
head_sample_response(struct head_sample *sample, const char *text)
{
	http_parser_init_response(
	    &sample->parser, &head_sample_limits, sample->headers);
	return head_sample_read(sample, text);
}

static inline void
assert_span(struct span got, const char *wanted)
{
	ck_assert_msg(span_is_equal(got, span_from_string(wanted)),
	    "'%.*s' is not '%s'", (int)got.length,
	    got.length > 0 ? (const char *)got.data : "", wanted);
}

#endif
