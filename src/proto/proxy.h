/*
 * The PROXY protocol, versions 1 and 2: a header that a proxy sends ahead of all
 * else, and that says on whose behalf it connects
 * (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt).
 */
#ifndef FRAMED_PROTO_PROXY_H
#define FRAMED_PROTO_PROXY_H

#include "base/guard.h"
#include "base/span.h"
#include "proto/parse.h"

enum {
	PROXY_LINE_MAX = 107, /* bytes of version 1, CRLF included (§2.1) */
	PROXY_BINARY_LENGTH = 16, /* of version 2 up to the addresses (§2.2) */
	PROXY_BINARY_MAX = 2048   /* of all of it, what is skipped included */
};

/* Whose connection it is. */
enum proxy_family {
	PROXY_NONE, /* the proxy's own (LOCAL), or it does not say (UNKNOWN) */
	PROXY_IPV4,
	PROXY_IPV6,
	PROXY_UNIX /* the address is not read: it names nobody */
};

struct proxy_source {
	uint8_t family; /* enum proxy_family */
	uint16_t port;  /* of IPv4 and IPv6 */
	uint8_t ip[16]; /* network order; IPv4: the first four */
};

/* Keeps an unfinished header. All zero is the initial state. */
struct proxy_reader {
	uint8_t have;  /* bytes kept */
	uint16_t skip; /* of version 2: bytes still to be skipped */
	bool is_skipping;
	uint8_t bytes[PROXY_LINE_MAX];
};

/*
 * Reads on, and moves *in behind what was taken: on PARSE_DONE not one byte
 * beyond the header. Further values of version 2 (TLVs, §2.2) are skipped. The
 * same answer for every cut of the input. On PARSE_BAD error_out holds a
 * sentence, and its code is 0: nobody is to be told.
 */
MUST_CHECK enum parse proxy_read(struct proxy_reader *reader, struct span *in,
    struct proxy_source *source_out, struct proto_error *error_out);

#endif
