/* Where a client connects to: WebSocket URIs (RFC 6455 §3, RFC 3986). */
#ifndef FRAMED_PROTO_URL_H
#define FRAMED_PROTO_URL_H

#include "base/guard.h"
#include "base/span.h"

enum url_kind { URL_TCP, URL_UNIX };

/* The parts of a URL. They borrow from its text, or are constant. */
struct url {
	enum url_kind kind;
	bool is_secure;        /* wss */
	uint16_t port;         /* URL_TCP: as written, or 80 and 443 */
	struct span host;      /* URL_TCP: name or address, without brackets */
	struct span socket;    /* URL_UNIX: absolute path of the socket */
	struct span authority; /* for Host: has the port, unless the default */
	struct span path;      /* "/" and on, up to the query */
	struct span query;     /* without the "?"; empty when there is none */
};

/*
 * Reads one of
 *	ws://HOST[:PORT][/PATH][?QUERY]
 *	wss://HOST[:PORT][/PATH][?QUERY]
 *	ws+unix:SOCKET[:/PATH][?QUERY]
 * with the scheme in letters of any case. HOST is a name, an IPv4 address, or
 * an IPv6 address in brackets; PORT is 1 to 65535; a path that is not there is
 * "/". SOCKET is an absolute path, which may have "//" before it; it holds no
 * ":" or "?". The host of such a URL is "localhost".
 * Nothing is escaped or unescaped: blanks, control characters and what is not
 * ASCII are refused, and "%" stays what it is. Fragments (RFC 6455 §3) and
 * user information are refused.
 * Returns 0, or -1 with a constant sentence in error_out.
 */
MUST_CHECK int url_parse(
    struct span text, struct url *url_out, const char **error_out);

#endif
