/* A peer's address, small enough to keep in every session. */
#ifndef FRAMED_NET_ADDR_H
#define FRAMED_NET_ADDR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/guard.h"
#include "base/span.h"

enum addr_family {
	ADDR_NONE, /* not known */
	ADDR_IPV4,
	ADDR_IPV6,
	ADDR_UNIX /* somebody on this machine */
};

/* No member wants alignment above 2: 20 bytes. */
struct addr {
	uint8_t family; /* enum addr_family */
	uint8_t pad;
	uint16_t port; /* host byte order */
	uint8_t ip[16];
};

/* Room for the text of any address: "[" IPv6 "]:" port, and NUL. */
enum { ADDR_TEXT_MAX = 64 };

/* An IPv4 address in the form of IPv6, ::ffff:192.0.2.1 (RFC 4291 §2.5.5.2), becomes
 * one of IPv4: it is the same client. */
void addr_unmap(struct addr *addr);

/* Takes IPv4, IPv6 and Unix addresses, unmapped; others become ADDR_NONE. */
void addr_from_sockaddr(struct addr *addr, const struct sockaddr *sa);

/*
 * The socket address of a numeric IPv4 or IPv6 address.
 * Returns its length, or 0 when the text is neither.
 */
MUST_CHECK socklen_t addr_to_sockaddr(
    const char *ip, uint16_t port, struct sockaddr_storage *sa_out);

/* The same of a Unix socket, by its path, or by "@" and an abstract name
 * (unix(7)): 0 when that is empty or too long. */
MUST_CHECK socklen_t addr_unix_to_sockaddr(
    struct span path, struct sockaddr_storage *sa_out);

/* "192.0.2.1:50412", "[2001:db8::1]:443", "unix" or "unknown"; where the port is
 * not known, 0, "192.0.2.1" or "2001:db8::1". Returns out. */
const char *addr_format(const struct addr *addr, char out[ADDR_TEXT_MAX]);

#endif
