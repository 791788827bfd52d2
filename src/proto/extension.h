/*
 * Sec-WebSocket-Extensions (RFC 6455 §9.1): a list of extensions, each a name
 * with parameters. Read strictly, with blanks allowed between words as the
 * "implied *LWS rule" of that section has it.
 */
#ifndef FRAMED_PROTO_EXTENSION_H
#define FRAMED_PROTO_EXTENSION_H

#include "base/guard.h"
#include "base/span.h"
#include "proto/http.h"

/* The name of the header, for http_list_init() and http_head_header(). */
extern const char extension_header[];

/* One extension while its parameters are read. Borrows the text. */
struct extension {
	struct span name; /* a token; names are case-sensitive */
	struct span rest; /* internal: parameters not read yet */
};

/* One parameter of it. Borrows the text. */
struct extension_param {
	struct span name;
	bool has_value;
	struct span value; /* as written, without quotes, yet with escapes */
};

enum extension_step {
	EXTENSION_PARAM, /* one more parameter */
	EXTENSION_END,   /* there are no more */
	EXTENSION_BAD    /* the text is not of this grammar */
};

/*
 * Begins with one element of the list, as http_list_next() gives it.
 * Returns 0, or -1 when it does not start with a name.
 */
MUST_CHECK int extension_init(struct extension *extension, struct span element);

/* Reads the next parameter into param_out, which is set on EXTENSION_PARAM. */
MUST_CHECK enum extension_step extension_next(
    struct extension *extension, struct extension_param *param_out);

/*
 * Copies the value without its escapes, as much as size allows. Returns its
 * whole length, which is above size when it was cut.
 */
size_t extension_param_value(
    const struct extension_param *param, uint8_t *buffer, size_t size);

/* Whether all extensions in a request are of this grammar; none are, too. */
bool extension_list_is_valid(const struct http_head *request);

#endif
