/*
 * The opening handshake of RFC 6455 §4, server side: judges a request that was
 * read by http.h, and writes the answer.
 */
#ifndef FRAMED_PROTO_HANDSHAKE_H
#define FRAMED_PROTO_HANDSHAKE_H

#include "base/guard.h"
#include "base/span.h"
#include "proto/http.h"
#include "proto/parse.h"

enum {
	HANDSHAKE_NONCE_LENGTH = 16,  /* bytes that a key stands for */
	HANDSHAKE_KEY_LENGTH = 24,    /* characters of Sec-WebSocket-Key */
	HANDSHAKE_ACCEPT_LENGTH = 28, /* and of Sec-WebSocket-Accept, no NUL */
	HANDSHAKE_ACCEPT_SIZE =
	    224, /* bytes of a 101 response, but for spans */
	HANDSHAKE_SUBPROTOCOLS_MAX = 64,   /* offered in one request */
	HANDSHAKE_SUBPROTOCOL_LENGTH = 255 /* most of one that is answered */
};

/*
 * Judges the request in this order: method (405), upgrade and HTTP version
 * (426), WebSocket version (426), key (400), body (400), subprotocol list
 * (400: not tokens, repeated, none in the header, or too many).
 * Routing comes before, the session limit after it.
 * Returns 0, or -1 with status and sentence in error_out.
 */
MUST_CHECK int handshake_check(
    const struct http_head *request, struct proto_error *error_out);

/* The header lines, each with CRLF, that a refusal with this status carries:
 * Allow with 405, Upgrade and so on with 426, Retry-After with 429 and 503, else "". */
const char *handshake_refusal_headers(uint16_t status);

/*
 * The subprotocols that the client offers, the one it likes best first
 * (RFC 6455 §4.1; case-sensitive), not judged yet. Returns how many are in
 * offered_out, or HANDSHAKE_SUBPROTOCOLS_MAX + 1 when there are more.
 */
MUST_CHECK size_t handshake_offer(const struct http_head *request,
    struct span offered_out[HANDSHAKE_SUBPROTOCOLS_MAX]);

/*
 * Whether these subprotocols may be offered together: tokens, all different
 * (RFC 6455 §4.1), and at most HANDSHAKE_SUBPROTOCOLS_MAX, which keeps
 * comparing them all cheap.
 */
bool handshake_offer_is_valid(const struct span *offered, size_t count);

/*
 * Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2), without NUL.
 * Returns 0, or -1 when the key is not HANDSHAKE_KEY_LENGTH long or the digest
 * not available.
 */
MUST_CHECK int handshake_accept(
    struct span key, char accept_out[HANDSHAKE_ACCEPT_LENGTH]);

/* What a 101 response says; empty spans stand for nothing. */
struct handshake_answer {
	struct span subprotocol;
	struct span extensions; /* value of Sec-WebSocket-Extensions */
	struct span headers;    /* further lines, each with CRLF */
};

/*
 * Writes the 101 response for a request that passed handshake_check(). What the
 * answer says is not judged.
 * Returns its length, or 0 when size does not suffice (HANDSHAKE_ACCEPT_SIZE and
 * the answer's spans always do) or handshake_accept() failed.
 */
MUST_CHECK size_t handshake_write_accept(const struct http_head *request,
    const struct handshake_answer *answer, char *buffer, size_t size);

#endif
