/*
 * The head of the peer's part of an opening handshake, as it comes in: of a
 * request, with what the module answered, or for a client session of the
 * response. Made when the first of it is awaited, and freed when on_open has
 * returned, or at the end of the turn in which the session was refused.
 */
#ifndef FRAMED_CORE_REQUEST_H
#define FRAMED_CORE_REQUEST_H

#include "base/guard.h"
#include "base/span.h"
#include "conf/conf.h"
#include "core/answer.h"
#include "proto/forwarded.h"
#include "proto/http.h"
#include "proto/proxy.h"

struct request {
	struct http_parser parser;
	struct proxy_reader proxy; /* of what stands before the head */
	uint8_t *bytes;            /* from the first of the head on */
	size_t length;
	size_t capacity;
	/* what a trusted proxy says of it; and the scheme in any case */
	struct forwarded forwarded;
	struct answer *answer; /* to be carried out; NULL: there is none yet */
	struct http_header headers[];
};

/* Returns NULL without memory. */
MUST_CHECK struct request *request_new(const struct conf_limits *limits);
/* The same for a response. */
MUST_CHECK struct request *request_new_response(
    const struct conf_limits *limits);
/* Clears *request; NULL is fine. */
void request_free(struct request **request);

/* Appends to the head as much of in as a legal one can have. Returns 0, or -1
 * without memory. */
MUST_CHECK int request_append(struct request *request, struct bytes in);

/* Forgets the head of a response that another one follows. */
void request_restart_response(struct request *request);

/* The head, once it is read whole. */
struct http_head request_head(const struct request *request);

/* Bytes of memory in it, for accounting; NULL has none. */
size_t request_held(const struct request *request);

#endif
