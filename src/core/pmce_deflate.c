/*
 * permessage-deflate for sessions (RFC 7692 §7). What was agreed takes a byte
 * of the session; only one that agreed to takeover gets streams of its own, with
 * the first message that needs one.
 */
#include <stdlib.h>

#include "core/extra.h"
#include "core/pmce.h"
#include "core/worker.h"
#include "proto/deflate_engine.h"

struct deflate_streams {
	struct deflate_encoder encoder;
	struct deflate_decoder decoder;
};

static const struct deflate_config *
config_of(const struct session *session)
{
	return &session->endpoint->conf->deflate;
}

/* What we send, and what the peer sends. */
static struct deflate_side
own_side(const struct session *session)
{
	struct deflate_params params = deflate_params_unpack(session->deflate);

	return session->flags & SESSION_CLIENT ? params.client : params.server;
}

static struct deflate_side
peer_side(const struct session *session)
{
	struct deflate_params params = deflate_params_unpack(session->deflate);

	return session->flags & SESSION_CLIENT ? params.server : params.client;
}

static void
agree(struct session *session, const struct deflate_params *params)
{
	session->deflate = deflate_params_pack(params);
	session->flags |= SESSION_EXTENDED;
	/* the module may have tuned the session before this was agreed */
	if (session->flags & SESSION_TUNED)
		session->extra->rules.rsv_allowed = FRAME_RSV1;
}

static size_t
offer(const struct endpoint *endpoint, char out[PMCE_VALUE_SIZE])
{
	if (!endpoint->conf->deflate.is_enabled)
		return 0;
	return deflate_write_offer(&endpoint->conf->deflate, out);
}

static size_t
accept_offer(struct session *session, const struct http_head *request,
    char out[PMCE_VALUE_SIZE])
{
	struct deflate_params params;

	if (!deflate_accept(config_of(session), request, &params))
		return 0;
	agree(session, &params);
	return deflate_write_response(&params, out);
}

static int
confirm(struct session *session, struct span value)
{
	struct deflate_params params;

	if (deflate_confirm(config_of(session), value, &params) == -1)
		return -1;
	agree(session, &params);
	return 0;
}

/* The session's own streams, made unless they are there; NULL without memory. */
static struct deflate_streams *
need_streams(struct session *session)
{
	struct session_extra *extra = session_need_extra(session);
	struct deflate_streams *streams;

	if (extra == NULL || extra->deflate != NULL)
		return extra == NULL ? NULL : extra->deflate;
	streams = malloc(sizeof(*streams));
	if (streams == NULL)
		return NULL;
	deflate_encoder_init(
	    &streams->encoder, config_of(session), own_side(session));
	deflate_decoder_init(&streams->decoder, peer_side(session));
	extra->deflate = streams;
	/* what they cost is accounted for at the end of the turn */
	session_mark(session);
	return streams;
}

static enum pmce_result
result_of(enum deflate_encoded encoded)
{
	switch (encoded) {
	case DEFLATE_DONE:
		return PMCE_DONE;
	case DEFLATE_PLAIN:
		return PMCE_PLAIN;
	case DEFLATE_NO_MEMORY:
		break;
	}
	return PMCE_NO_MEMORY;
}

/* Encodes a message by itself. */
static enum pmce_result
encode_alone(struct deflate_pool *pool, const struct deflate_config *config,
    struct deflate_side side, struct span message, struct span *encoded_out)
{
	struct deflate_encoder encoder;

	deflate_encoder_init(&encoder, config, side);
	return result_of(deflate_encode(&encoder, pool, message, encoded_out));
}

static enum pmce_result
encode(struct session *session, struct span message, struct span *encoded_out)
{
	struct deflate_side side = own_side(session);
	struct deflate_streams *streams;

	if (message.length < config_of(session)->min_bytes)
		return PMCE_PLAIN;
	if (!side.has_takeover)
		return encode_alone(session->worker->deflate_pool,
		    config_of(session), side, message, encoded_out);
	streams = need_streams(session);
	if (streams == NULL)
		return PMCE_NO_MEMORY;
	return result_of(deflate_encode(&streams->encoder,
	    session->worker->deflate_pool, message, encoded_out));
}

static enum pmce_result
encode_shared(struct deflate_pool *pool, const struct deflate_config *config,
    unsigned share_class, struct span message, struct span *encoded_out)
{
	const struct deflate_side side = {
	    .window_bits = (uint8_t)(DEFLATE_WINDOW_MIN + share_class)};

	return encode_alone(pool, config, side, message, encoded_out);
}

static enum pmce_result
decode(struct session *session, struct span message, struct bytes *decoded_out)
{
	struct deflate_side side = peer_side(session);
	struct deflate_decoder plain, *decoder = &plain;
	struct deflate_streams *streams;

	if (side.has_takeover) {
		streams = need_streams(session);
		if (streams == NULL)
			return PMCE_NO_MEMORY;
		decoder = &streams->decoder;
	} else {
		deflate_decoder_init(&plain, side);
	}
	switch (deflate_decode(decoder, session->worker->deflate_pool, message,
	    session->endpoint->conf->limits.max_message_bytes, decoded_out)) {
	case INFLATE_DONE:
		return PMCE_DONE;
	case INFLATE_BAD:
		return PMCE_BAD;
	case INFLATE_TOO_BIG:
		return PMCE_TOO_BIG;
	case INFLATE_NO_MEMORY:
		break;
	}
	return PMCE_NO_MEMORY;
}

static bool
is_ordered(const struct session *session)
{
	return own_side(session).has_takeover;
}

static unsigned
share_class(const struct session *session)
{
	struct deflate_side side = own_side(session);

	return side.has_takeover ? PMCE_UNSHARED
	                         : side.window_bits - DEFLATE_WINDOW_MIN;
}

static void
describe(const struct session *session, struct framed_extension *extension_out)
{
	struct deflate_params params = deflate_params_unpack(session->deflate);

	*extension_out = (struct framed_extension){
	    .size = sizeof(*extension_out),
	    .rsv = FRAME_RSV1 >> 4,
	    .server_window_bits = params.server.window_bits,
	    .client_window_bits = params.client.window_bits,
	    .server_takeover = params.server.has_takeover,
	    .client_takeover = params.client.has_takeover,
	    .level = config_of(session)->level,
	    .name = pmce_deflate.name,
	};
}

static size_t
held(const struct session *session)
{
	const struct deflate_streams *streams =
	    session->extra == NULL ? NULL : session->extra->deflate;
	size_t bytes = 0;

	if (streams == NULL)
		return 0;
	if (streams->encoder.stream != NULL)
		bytes += deflate_encoder_cost(
		    own_side(session), config_of(session)->memory_level);
	if (streams->decoder.stream != NULL)
		bytes += deflate_decoder_cost(peer_side(session));
	return sizeof(*streams) + bytes;
}

static void
release(struct session *session)
{
	struct deflate_streams *streams =
	    session->extra == NULL ? NULL : session->extra->deflate;

	if (streams == NULL)
		return;
	deflate_encoder_release(&streams->encoder);
	deflate_decoder_release(&streams->decoder);
	free(streams);
	session->extra->deflate = NULL;
}

const struct pmce pmce_deflate = {
    .name = "permessage-deflate",
    .rsv = FRAME_RSV1,
    .offer = offer,
    .accept = accept_offer,
    .confirm = confirm,
    .encode = encode,
    .decode = decode,
    .is_ordered = is_ordered,
    .share_class = share_class,
    .encode_shared = encode_shared,
    .describe = describe,
    .held = held,
    .release = release,
};
