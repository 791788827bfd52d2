/*
 * The opening handshake of RFC 6455 §4, client side: writes the request, and
 * judges the response that was read by http.h.
 */
#ifndef FRAMED_PROTO_HANDSHAKE_CLIENT_H
#define FRAMED_PROTO_HANDSHAKE_CLIENT_H

#include "base/guard.h"
#include "base/span.h"
#include "proto/handshake.h"
#include "proto/http.h"

/* What a client asks for. Everything is borrowed; empty spans stand for what
 * is not sent. */
struct handshake_client {
	char key[HANDSHAKE_KEY_LENGTH]; /* of handshake_client_key() */
	struct span host;  /* with the port, unless that is the default */
	struct span path;  /* "/" and on, up to the query */
	struct span query; /* without the "?" */
	struct span origin;
	const struct span *subprotocols; /* the one liked best first, or NULL */
	size_t subprotocol_count;
	struct span extensions;  /* an offer as deflate_write_offer() has it */
	struct span extra_lines; /* complete header lines: see http_lines.h */
};

/* What a response means. */
enum handshake_verdict {
	HANDSHAKE_ACCEPTED, /* the connection is open; frames follow the head */
	HANDSHAKE_INTERIM,  /* 1xx: go on with the head that follows */
	HANDSHAKE_REFUSED,  /* any other status than 101 */
	HANDSHAKE_WRONG     /* a 101 that does not answer this request */
};

/*
 * Makes a key, without NUL, of bytes that nobody can predict, fresh for every
 * connection (RFC 6455 §4.1).
 */
void handshake_client_key(const uint8_t nonce[HANDSHAKE_NONCE_LENGTH],
    char key_out[HANDSHAKE_KEY_LENGTH]);

/*
 * Judges what came from a user: host, path, query, origin, subprotocols
 * (tokens, all different, at most HANDSHAKE_SUBPROTOCOLS_MAX) and extra lines.
 * Returns 0, or -1 with a constant sentence in error_out.
 */
MUST_CHECK int handshake_client_check(
    const struct handshake_client *client, const char **error_out);

/*
 * Writes the request of a client that passed handshake_client_check(), without
 * NUL. Returns its length, or 0 when size does not suffice; 256 and what the
 * spans hold, with 2 more for each subprotocol, always does.
 */
MUST_CHECK size_t handshake_client_write(
    const struct handshake_client *client, char *buffer, size_t size);

/*
 * Judges the response to that request (RFC 6455 §4.1). Accepted is what has
 * status 101 in HTTP/1.1, "websocket" as Upgrade, "upgrade" in Connection, the
 * right Sec-WebSocket-Accept, no subprotocol that was not offered (it may have
 * none), and no extension unless some were offered: whether these fit, the
 * caller asks deflate_confirm(). error_out holds a constant sentence on
 * HANDSHAKE_REFUSED and HANDSHAKE_WRONG.
 */
MUST_CHECK enum handshake_verdict handshake_client_judge(
    const struct handshake_client *client, const struct http_head *response,
    const char **error_out);

#endif
