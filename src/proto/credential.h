/*
 * Where requests carry a token: the places that browsers and others have for it.
 */
#ifndef FRAMED_PROTO_CREDENTIAL_H
#define FRAMED_PROTO_CREDENTIAL_H

#include <stdbool.h>

#include "base/guard.h"
#include "base/span.h"
#include "proto/http.h"

/* What a subprotocol that carries a token begins with: browsers can send no
 * other header. Such a one is never chosen. */
#define CREDENTIAL_PREFIX "bearer."

enum { CREDENTIAL_MAX = 8192 };

/*
 * Whether text names a place: "bearer" (Authorization, RFC 6750 §2.1),
 * "cookie:NAME" (RFC 6265 §4.2), "query:NAME" (a parameter of the target), or
 * "subprotocol".
 */
bool credential_is_place(struct span text);

/* Whether a subprotocol carries a token. */
bool credential_is_carried(struct span subprotocol);

/*
 * Finds the token in the first of the places, a list with LF behind each, where
 * there is any. One that is too long is none. Returns its length, 0 where there
 * is none; it is copied to out, without NUL, and without the escapes of a query.
 */
MUST_CHECK size_t credential_find(const struct http_head *request,
    struct span places, char out[CREDENTIAL_MAX]);

#endif
