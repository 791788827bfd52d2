/* Header lines that somebody gives us to send along with our own. */
#ifndef FRAMED_PROTO_HTTP_LINES_H
#define FRAMED_PROTO_HTTP_LINES_H

#include "base/guard.h"
#include "base/span.h"

/*
 * Judges lines that are to stand in a head we write: in a client's request, in
 * a 101 or in a refusal. They are empty, or complete lines: name ":" value
 * CRLF, in bytes that those can have, so that nobody can end the head or a
 * line of it from within. Refused are also the headers that are ours to write,
 * in any of these heads: Connection, Content-Length, Content-Type, Date, Host,
 * Origin, Transfer-Encoding, Upgrade, and all that begin with Sec-WebSocket-.
 * Returns 0, or -1 with a constant sentence in error_out.
 */
MUST_CHECK int http_lines_check(struct span lines, const char **error_out);

/* Whether one of the lines, which are complete, has this name (any case). */
bool http_lines_have(struct span lines, struct span name);

#endif
