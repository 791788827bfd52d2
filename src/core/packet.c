/* Shared outgoing bytes. */
#include "core/packet.h"

#include <stdlib.h>

#include "proto/mask.h"

struct frame_share *
frame_share_new(uint8_t opcode, uint8_t rsv, struct span payload)
{
	const struct frame frame =
	    frame_from(FRAME_FIN | rsv | opcode, payload.length);
	uint8_t header[FRAME_HEADER_MAX];
	size_t header_length = frame_write(&frame, header);
	struct frame_share *share;

	share = malloc(sizeof(*share) + header_length + payload.length);
	if (share == NULL)
		return NULL;
	atomic_init(&share->holds, 1);
	share->length = (uint32_t)(header_length + payload.length);
	share->payload_length = (uint32_t)payload.length;
	share->variants = NULL;
	share->is_keyed = false;
	share->key = 0;
	memcpy(share->bytes, header, header_length);
	if (payload.length > 0)
		memcpy(
		    share->bytes + header_length, payload.data, payload.length);
	return share;
}

void
frame_share_add(struct frame_share *share, uint32_t share_class,
    struct frame_share *variant)
{
	variant->share_class = share_class;
	variant->payload_length = share->payload_length;
	variant->is_keyed = share->is_keyed;
	variant->key = share->key;
	variant->variants = share->variants;
	share->variants = variant;
}

struct frame_share *
frame_share_variant(struct frame_share *share, uint32_t share_class)
{
	struct frame_share *variant = share->variants;

	while (variant != NULL && variant->share_class != share_class)
		variant = variant->variants;
	return variant != NULL ? variant : share;
}

void
frame_share_set_key(struct frame_share *share, uint64_t key)
{
	share->is_keyed = true;
	share->key = key;
}

size_t
frame_share_held(const struct frame_share *share)
{
	size_t held = 0;

	for (; share != NULL; share = share->variants)
		held += sizeof(*share) + share->length;
	return held;
}

void
frame_share_hold(struct frame_share *share)
{
	atomic_fetch_add_explicit(&share->holds, 1, memory_order_relaxed);
}

void
frame_share_release_hold(struct frame_share **share)
{
	struct frame_share *s = *share;

	/* each holds the next */
	while (s != NULL &&
	    atomic_fetch_sub_explicit(&s->holds, 1, memory_order_acq_rel) ==
	        1) {
		struct frame_share *next = s->variants;

		free(s);
		s = next;
	}
	*share = NULL;
}

/* A packet with room for bytes of its own. */
static struct packet *
packet_alloc(enum packet_kind kind, size_t length)
{
	struct packet *packet = malloc(sizeof(*packet) + length);

	if (packet == NULL)
		return NULL;
	packet->holds = 1;
	packet->length = (uint32_t)length;
	packet->payload_length = 0;
	packet->kind = (uint8_t)kind;
	packet->is_keyed = false;
	packet->key = 0;
	packet->share = NULL;
	packet->bytes = packet->own;
	return packet;
}

struct packet *
packet_new(enum packet_kind kind, const struct iovec *parts, int count)
{
	struct packet *packet;
	size_t length = 0;
	uint8_t *end;

	for (int i = 0; i < count; i++)
		length += parts[i].iov_len;
	packet = packet_alloc(kind, length);
	if (packet == NULL)
		return NULL;
	end = packet->own;
	for (int i = 0; i < count; i++) {
		if (parts[i].iov_len > 0)
			memcpy(end, parts[i].iov_base, parts[i].iov_len);
		end += parts[i].iov_len;
	}
	return packet;
}

struct packet *
packet_from_frame(enum packet_kind kind, const struct frame *frame,
    struct span payload, const uint64_t *key)
{
	uint8_t header[FRAME_HEADER_MAX];
	size_t header_length = frame_write(frame, header);
	struct packet *packet =
	    packet_alloc(kind, header_length + payload.length);

	if (packet == NULL)
		return NULL;
	memcpy(packet->own, header, header_length);
	if (frame->is_masked)
		mask_copy(packet->own + header_length, payload.data,
		    payload.length, frame->key, 0);
	else if (payload.length > 0)
		memcpy(
		    packet->own + header_length, payload.data, payload.length);
	packet->payload_length = (uint32_t)payload.length;
	packet->is_keyed = key != NULL;
	packet->key = key != NULL ? *key : 0;
	return packet;
}

struct packet *
packet_from_share(struct frame_share *share)
{
	struct packet *packet = packet_alloc(PACKET_DATA, 0);

	if (packet == NULL)
		return NULL;
	frame_share_hold(share);
	packet->share = share;
	packet->bytes = share->bytes;
	packet->length = share->length;
	packet->payload_length = share->payload_length;
	packet->is_keyed = share->is_keyed;
	packet->key = share->key;
	return packet;
}

void
packet_hold(struct packet *packet)
{
	packet->holds++;
}

void
packet_release_hold(struct packet **packet)
{
	if (*packet != NULL && --(*packet)->holds == 0) {
		frame_share_release_hold(&(*packet)->share);
		free(*packet);
	}
	*packet = NULL;
}
