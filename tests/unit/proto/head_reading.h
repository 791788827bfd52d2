/* A head as it is read, and how two readings compare. Links no test library. */
#ifndef TESTS_UNIT_PROTO_HEAD_READING_H
#define TESTS_UNIT_PROTO_HEAD_READING_H

#include "proto/http.h"

enum { HEAD_READING_HEADERS_MAX = 16 };

/* An answer with all that belongs to it. */
struct head_reading {
	enum parse answer;
	struct proto_error error;
	struct http_parser parser;
	struct http_header headers[HEAD_READING_HEADERS_MAX];
};

/* limits allow no more than HEAD_READING_HEADERS_MAX headers. */
void head_reading_begin(struct head_reading *reading, enum http_kind kind,
    const struct http_limits *limits);

/*
 * Shows the parser all bytes so far, in a block of their own: the sanitizer
 * sees each look beyond, and every step sees the bytes moved. Does nothing
 * when there is an answer already.
 */
void head_reading_show(struct head_reading *reading, struct span bytes);

/* Shows them in pieces of that many bytes. */
void head_reading_show_pieces(
    struct head_reading *reading, struct span bytes, size_t piece);

/* Whether the answers are the same, with their facts or their error. */
bool head_reading_is_same(
    const struct head_reading *a, const struct head_reading *b);

/* Whether bytes are answered the same whole, in any two pieces, and byte by
 * byte. */
bool head_reading_ignores_cuts(
    enum http_kind kind, const struct http_limits *limits, struct span bytes);

#endif
