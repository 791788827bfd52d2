/*
 * Whom a proxy speaks for: X-Forwarded-For, -Proto and -Host, or Forwarded (RFC
 * 7239). Anybody may send these headers; a proxy appends what it knows to what
 * it was sent. So they are read from the right, and only as far as those who
 * wrote them are trusted.
 */
#ifndef FRAMED_PROTO_FORWARDED_H
#define FRAMED_PROTO_FORWARDED_H

#include <stdbool.h>

#include "base/span.h"
#include "proto/http.h"
#include "proto/origin.h"

/* Which headers are believed. A proxy that writes the ones passes the others on
 * as the client sent them. */
enum forwarded_family {
	FORWARDED_OFF,
	FORWARDED_X, /* X-Forwarded-… */
	FORWARDED_RFC7239
};

/* "off", "x-forwarded", "forwarded" */
const char *forwarded_family_name(enum forwarded_family family);

/* What was found. Spans borrow from the request. */
struct forwarded {
	bool has_client;
	bool is_ipv6;
	uint8_t ip[16]; /* of the client: network order; IPv4: the first four */
	uint16_t port;  /* 0: not told */
	enum origin_scheme scheme; /* by which the client came to the proxy */
	struct span host;          /* that it asked for; empty: not told */
};

/*
 * Reads what a trusted peer has sent. The client is the right-most address that
 * is none of the trusted ones, a list as of network_list_holds(); or the
 * left-most, where all are trusted. What is no address ("unknown", a name) ends
 * the search: nobody answers for what stands before it.
 *
 * Scheme and host are those of the element that names the client (RFC 7239
 * §4), or the last ones of X-Forwarded-Proto and -Host.
 */
void forwarded_read(const struct http_head *request,
    enum forwarded_family family, struct span trusted,
    struct forwarded *forwarded_out);

#endif
