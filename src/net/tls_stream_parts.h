/* What a TLS stream is made of: for net/tls_stream.c and net/tls_fact.c. */
#ifndef FRAMED_NET_TLS_STREAM_PARTS_H
#define FRAMED_NET_TLS_STREAM_PARTS_H

#include <openssl/types.h>

#include "net/tls_stream.h"

struct tls_stream {
	SSL *ssl;
	struct tls_port *port;
	enum tls_state state;
	uint8_t *rest; /* what the kernel did not take; NULL: nothing … */
	size_t rest_length;
	size_t rest_sent; /* … of which it has taken so much meanwhile */
	unsigned interruptions; /* of this receive: see on_info() */
	const char *error;
};

#endif
