/*
 * Which pages may open sessions (RFC 6455 §10.2): browsers say in Origin where a
 * page comes from (RFC 6454), and send the user's cookies all the same, so that
 * nobody else can keep a foreign page from acting in a user's name.
 */
#ifndef FRAMED_PROTO_ORIGIN_H
#define FRAMED_PROTO_ORIGIN_H

#include <stdbool.h>

#include "base/span.h"

/* By which scheme a server is reached. */
enum origin_scheme {
	ORIGIN_ANY, /* not known, as it is behind a proxy that does not tell */
	ORIGIN_HTTP,
	ORIGIN_HTTPS
};

/*
 * Whether an origin is of that scheme, and of the host that the request asks
 * for, as Host has it: name or address, and the port unless it is the usual one
 * of the scheme.
 */
bool origin_is_same(
    struct span origin, enum origin_scheme scheme, struct span host);

/* Whether it stands in a list, with LF behind each, or "*" does. */
bool origin_is_listed(struct span origin, struct span list);

#endif
