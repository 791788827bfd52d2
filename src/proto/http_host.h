/* Host names in the one form in which they are compared. */
#ifndef FRAMED_PROTO_HTTP_HOST_H
#define FRAMED_PROTO_HTTP_HOST_H

#include "base/span.h"

enum {
	HTTP_HOST_MAX = 255 /* bytes; what DNS can name has 253 */
};

/*
 * Writes host, without a port, in its one form: small letters, no final dot,
 * an IPv6 address in brackets as inet_ntop() has it. What it wrote gives itself
 * again. Returns the length, the NUL not counted; 0 and "" when host is empty,
 * too long, or begins with "[" and is no address in brackets.
 */
size_t http_host_normalize(struct span host, char out[HTTP_HOST_MAX + 1]);

/* The host of an authority such as "h:81" or "[::1]:81": without port and
 * brackets. */
struct span http_host_name(struct span authority);

#endif
