/* Networks of the internet, "192.0.2.0/24" or "2001:db8::1", and who is in them
 * (RFC 4632 §3.1, RFC 4291 §2.3). */
#ifndef FRAMED_PROTO_NETWORK_H
#define FRAMED_PROTO_NETWORK_H

#include <stdbool.h>

#include "base/guard.h"
#include "base/span.h"

struct network {
	bool is_ipv6;
	uint8_t bits;   /* that count: 0 to 32, or to 128 */
	uint8_t ip[16]; /* network order; IPv4: the first four */
};

/* Reads an address, or a network: its address, "/" and how many bits count, the
 * others being zero. Returns 0, or -1 if it is none. */
MUST_CHECK int network_parse(struct span text, struct network *network_out);

/* Whether an address is in it: 4 bytes, or with is_ipv6 16. */
bool network_holds(
    const struct network *network, bool is_ipv6, const uint8_t *ip);

/* Whether an address is in one of a list of such texts, with LF behind each.
 * Others in the list are passed over. */
bool network_list_holds(struct span list, bool is_ipv6, const uint8_t *ip);

/* What stands in such a list for the Unix sockets of this machine, and whether
 * it does. */
#define NETWORK_UNIX "unix"
bool network_list_has_unix(struct span list);

#endif
