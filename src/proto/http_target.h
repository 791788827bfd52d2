/* Request targets (RFC 9112 §3.2) and the host [":" port] within them. */
#ifndef FRAMED_PROTO_HTTP_TARGET_H
#define FRAMED_PROTO_HTTP_TARGET_H

#include "base/guard.h"
#include "base/span.h"

/* The parts of a target; they borrow from it. */
struct http_target {
	struct span authority; /* empty in origin-form */
	struct span path;      /* begins with "/" */
	struct span query;     /* behind the "?", or empty */
};

/*
 * Takes a target apart whose bytes are all HTTP_TARGET. Returns 0, or -1
 * unless it is in origin-form, or in absolute-form with a scheme of ours and
 * an authority that is valid.
 */
MUST_CHECK int http_target_split(
    struct span target, struct http_target *target_out);

/*
 * Whether text is uri-host [ ":" port ], as Host and the authority of a target
 * want it: a host that is not empty, no user information, a port up to 65535.
 */
bool http_authority_is_valid(struct span text);

#endif
