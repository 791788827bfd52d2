/*
 * permessage-deflate (RFC 7692 §7.2): compresses whole messages, and inflates
 * messages that were joined. A worker has one pool, with all that can be
 * shared; a session owns a stream only where takeover was agreed.
 */
#ifndef FRAMED_PROTO_DEFLATE_ENGINE_H
#define FRAMED_PROTO_DEFLATE_ENGINE_H

#include "base/guard.h"
#include "base/span.h"
#include "proto/deflate_offer.h"

struct z_stream_s;

/*
 * Codec states for messages that stand alone, made when first needed, and the
 * buffers in which results lie. One thread only.
 */
struct deflate_pool;

/* Returns NULL without memory. */
MUST_CHECK struct deflate_pool *deflate_pool_new(void);
/* Clears *pool; NULL is fine. What was borrowed from it is gone. */
void deflate_pool_free(struct deflate_pool **pool);

/*
 * Compresses the messages of one session; or, where there is no takeover,
 * messages for any number of sessions that agreed to the same side. Plain data
 * until the first message with takeover, which makes the stream.
 */
struct deflate_encoder {
	struct deflate_side side; /* of whoever sends */
	uint8_t level;
	uint8_t memory_level;
	uint32_t min_bytes;
	struct z_stream_s *stream; /* with takeover only, once used */
};

enum deflate_encoded {
	DEFLATE_DONE,  /* send what came out, with RSV1 on the first frame */
	DEFLATE_PLAIN, /* send the message as it is: small, or it grew */
	DEFLATE_NO_MEMORY
};

/* side is params.server on a server, params.client on a client. */
void deflate_encoder_init(struct deflate_encoder *encoder,
    const struct deflate_config *config, struct deflate_side side);

/*
 * Compresses a message of at most UINT32_MAX - 16 bytes. On DEFLATE_DONE,
 * encoded_out is shorter than the message and lies in the pool until the next
 * message is encoded with it; decoding leaves it alone. With takeover the peer
 * must get what comes out, in this order: call it when nothing can drop the
 * message any more. After DEFLATE_PLAIN or DEFLATE_NO_MEMORY the encoder is
 * still in step with the peer.
 */
MUST_CHECK enum deflate_encoded deflate_encode(struct deflate_encoder *encoder,
    struct deflate_pool *pool, struct span message, struct span *encoded_out);

/* Frees the stream; the encoder may then be given other contents. */
void deflate_encoder_release(struct deflate_encoder *encoder);

/* Inflates the messages of one session. Plain data as long as above. */
struct deflate_decoder {
	struct deflate_side side;  /* of the peer */
	struct z_stream_s *stream; /* with takeover only, once used */
};

enum deflate_decoded {
	INFLATE_DONE,
	INFLATE_BAD,     /* not a whole DEFLATE stream: close with 1007 */
	INFLATE_TOO_BIG, /* more than limit comes out: close with 1009 */
	INFLATE_NO_MEMORY
};

/* side is params.client on a server, params.server on a client. */
void deflate_decoder_init(
    struct deflate_decoder *decoder, struct deflate_side side);

/*
 * Inflates the joined payload of a message whose first frame had RSV1, which
 * it does not change. limit, below UINT32_MAX, bounds what comes out; it is
 * enforced while inflating, and no buffer is made beyond limit + 1 bytes. On
 * INFLATE_DONE, decoded_out is never NULL and lies in the pool until the next
 * message is decoded with it; encoding leaves it alone. After any other answer
 * the decoder is good for deflate_decoder_release() only. Messages without
 * RSV1 do not come here (§7.2.2).
 */
MUST_CHECK enum deflate_decoded deflate_decode(struct deflate_decoder *decoder,
    struct deflate_pool *pool, struct span message, uint32_t limit,
    struct bytes *decoded_out);

/* Frees the stream; the decoder may then be given other contents. */
void deflate_decoder_release(struct deflate_decoder *decoder);

/*
 * What a session's own stream costs in bytes, once used: 0 without takeover,
 * else by window and memory level, as zlib documents it:
 *	compressing	2^(bits + 2) + 2^(memory_level + 9) + 6 KiB
 *	inflating	2^bits + 7.5 KiB
 */
size_t deflate_encoder_cost(struct deflate_side side, uint8_t memory_level);
size_t deflate_decoder_cost(struct deflate_side side);

#endif
