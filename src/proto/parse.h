/* What every incremental reader of proto/ answers, and how it says why not. */
#ifndef FRAMED_PROTO_PARSE_H
#define FRAMED_PROTO_PARSE_H

#include <stdint.h>

enum parse {
	PARSE_DONE, /* the thing is read whole */
	PARSE_MORE, /* all of the input is taken; more bytes are needed */
	PARSE_BAD   /* the input can never be right; see the error */
};

/*
 * Why input was refused. code is a WebSocket close code (RFC 6455 §7.4) from
 * frame readers, an HTTP status from readers of requests, and 0 from those of
 * responses; text is a constant sentence, fit for the peer, in lower case
 * without a full stop.
 */
struct proto_error {
	uint16_t code;
	const char *text;
};

#endif
