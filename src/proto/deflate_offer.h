/*
 * permessage-deflate (RFC 7692 §7.1): what the two sides agree on. The words
 * "server" and "client" name the side whose messages are meant.
 */
#ifndef FRAMED_PROTO_DEFLATE_OFFER_H
#define FRAMED_PROTO_DEFLATE_OFFER_H

#include "base/guard.h"
#include "base/span.h"
#include "proto/http.h"

enum {
	DEFLATE_WINDOW_MIN = 9, /* of what we compress: zlib refuses 8 */
	DEFLATE_WINDOW_MAX = 15,
	DEFLATE_LEVEL_MAX = 9,
	DEFLATE_MEMORY_LEVEL_MAX = 9,
	/* the longest value that we write, and a NUL */
	DEFLATE_VALUE_SIZE =
	    sizeof("permessage-deflate"
	           "; server_no_context_takeover; client_no_context_takeover"
	           "; server_max_window_bits=15; client_max_window_bits=15")
};

/*
 * What an endpoint allows. Takeover means that a message may refer to those
 * before it: that costs a session the memory that deflate_engine.h states.
 */
struct deflate_config {
	bool is_enabled;
	bool server_takeover;
	bool client_takeover;
	uint8_t server_window_bits; /* 9 to 15, at most */
	uint8_t client_window_bits; /* 9 to 15, at most */
	uint8_t level;              /* 1 (fast) to 9 (small) */
	uint8_t memory_level;       /* 1 to 9, of a session with takeover */
	uint32_t min_bytes;         /* smaller messages are sent as they are */
};

/* How the messages of one side are made. */
struct deflate_side {
	uint8_t window_bits; /* 8 to 15; never 8 for what we send */
	bool has_takeover;
};

/* What was agreed. */
struct deflate_params {
	struct deflate_side server;
	struct deflate_side client;
	bool is_server_window_asked; /* then the response must state it */
};

/* The same in one byte, but for is_server_window_asked: what a session keeps of
 * it. The server's window has 9 bits or more. */
uint8_t deflate_params_pack(const struct deflate_params *params);
struct deflate_params deflate_params_unpack(uint8_t packed);

/*
 * Server: takes the first offer in the request that suits. Unknown, repeated
 * or malformed parameters decline the offer they stand in, and a header that
 * is malformed anywhere declines all of them: never an error. A client that
 * could not be held to client_window_bits gets no takeover.
 * Returns whether params_out was set and the session compresses.
 */
MUST_CHECK bool deflate_accept(const struct deflate_config *config,
    const struct http_head *request, struct deflate_params *params_out);

/* Server: writes the header's value for the 101, NUL at the end. Returns its
 * length. */
size_t deflate_write_response(
    const struct deflate_params *params, char out[DEFLATE_VALUE_SIZE]);

/* Client: the same for the request, of a configuration that is enabled. */
size_t deflate_write_offer(
    const struct deflate_config *config, char out[DEFLATE_VALUE_SIZE]);

/*
 * Client: judges the header's value in the response to that offer, in which
 * the header stands at most once (RFC 6455 §11.3.2).
 * Returns 0, or -1 when the connection must fail (RFC 7692 §7.1): it is not
 * this one extension, or does not honour the offer, or has 8 bits for us.
 */
MUST_CHECK int deflate_confirm(const struct deflate_config *config,
    struct span value, struct deflate_params *params_out);

#endif
