/*
 * One fast path for whole single frames, and one road for all the rest. Only
 * the latter knows message_partial. To a raw reader each frame is a message:
 * it starts one and ends it.
 */
#include "proto/message.h"

#include <stdlib.h>

#include "proto/closecode.h"
#include "proto/frame_fast.h"
#include "proto/mask.h"
#include "proto/utf8.h"

enum {
	ROOM_MIN = 64, /* bytes; the least that a payload is given */
	GROWTH = 2,
	LAST_GROWTH = 8,
	/* bytes that are here, and that are to come, for which a receive into
	 * the reader pays: memory ahead of what has come is for no less */
	DIRECT_MIN = 32 << 10
};

/*
 * Exists while something is incomplete, or a payload that lies here is with
 * the caller. Three things nest: a message of several frames, the payload of
 * one frame (perhaps a control frame between the fragments), and a header.
 */
struct message_partial {
	uint8_t *data; /* the message, unmasked, over all its frames so far */
	size_t length;
	size_t room;        /* bytes of memory at data */
	uint64_t end;       /* length will not exceed it: judged from headers */
	uint64_t taken;     /* payload bytes of frame that are here */
	struct frame frame; /* under way unless taken is its whole length */
	struct frame_reader header; /* of the next frame */
	struct utf8 utf8;           /* of a text message */
	uint8_t first_byte; /* of the message, were it one frame; 0: none */
	bool is_text;       /* the message is judged as such */
	bool is_last;       /* frame, if it is of data, ends the message */
	uint8_t control[FRAME_CONTROL_MAX]; /* payload of a control frame */
};

static enum message_event
refuse(struct message *message_out, uint16_t code, const char *text)
{
	message_out->error.code = code;
	message_out->error.text = text;
	return MESSAGE_BAD;
}

static enum message_event
refuse_text(struct message *message_out)
{
	return refuse(
	    message_out, CLOSECODE_INVALID_PAYLOAD, "text is not utf-8");
}

/* Gives an unmasked payload. */
static inline enum message_event
give(struct bytes payload, uint8_t first_byte, struct message *message_out)
{
	message_out->payload = payload;
	message_out->opcode = first_byte & FRAME_OPCODE_BITS;
	message_out->rsv = first_byte & FRAME_RSV_BITS;
	message_out->is_final = (first_byte & FRAME_FIN) != 0;
	return MESSAGE_READY;
}

/* Whether such a message is judged as text: an encoded one is not. */
static inline bool
is_text(uint8_t first_byte, const struct frame_rules *rules)
{
	return (first_byte & ~FRAME_FIN) == FRAME_TEXT && !rules->is_raw;
}

static inline bool
is_utf8(struct bytes payload)
{
	struct utf8 utf8 = {0};

	return utf8_check(&utf8, span_from(payload.data, payload.length)) &&
	    utf8_is_complete(&utf8);
}

static bool
frame_starts_message(const struct frame *frame, const struct frame_rules *rules)
{
	return frame->opcode != FRAME_CONTINUATION || rules->is_raw;
}

static bool
frame_ends_message(const struct frame *frame, const struct frame_rules *rules)
{
	return (frame->flags & FRAME_FIN) != 0 || rules->is_raw;
}

static void
unmask(uint8_t *target, const uint8_t *source, size_t count,
    const struct frame *frame, uint64_t position)
{
	if (frame->is_masked)
		mask_copy(target, source, count, frame->key, position);
	else if (target != source)
		memcpy(target, source, count);
}

static struct message_partial *
partial_get(struct message_reader *reader)
{
	if (reader->partial == NULL)
		reader->partial = calloc(1, sizeof(*reader->partial));
	return reader->partial;
}

static bool
partial_has_message(const struct message_partial *p)
{
	return p != NULL && p->first_byte != 0;
}

static bool
partial_has_payload(const struct message_partial *p)
{
	return p != NULL && p->taken < p->frame.length;
}

/*
 * How much memory is wanted for needed bytes, from what has arrived and not from
 * what is to come: twice as much, so that any number of fragments costs O(n).
 * Where one frame is all that is missing and a good part of it is here, all of
 * it, so that large messages seldom move.
 */
static size_t
room_for(const struct message_partial *p, size_t needed)
{
	size_t times = p->is_last ? LAST_GROWTH : GROWTH;
	size_t room = needed > SIZE_MAX / times ? needed : needed * times;

	if (room < ROOM_MIN)
		room = ROOM_MIN;
	return room < p->end ? room : (size_t)p->end;
}

/* Makes room for count more bytes of the message. */
static int
partial_reserve(struct message_partial *p, size_t count)
{
	size_t room;
	uint8_t *data;

	if (count <= p->room - p->length)
		return 0;
	if (count > SIZE_MAX - p->length)
		return -1;
	room = room_for(p, p->length + count);
	data = realloc(p->data, room);
	if (data == NULL)
		return -1;
	p->data = data;
	p->room = room;
	return 0;
}

static enum message_event
data_take(
    struct message_partial *p, struct span piece, struct message *message_out)
{
	uint8_t *target;

	if (partial_reserve(p, piece.length) == -1)
		return MESSAGE_NO_MEMORY;
	target = p->data + p->length;
	unmask(target, piece.data, piece.length, &p->frame, p->taken);
	p->length += piece.length;
	if (p->is_text &&
	    !utf8_check(&p->utf8, span_from(target, piece.length)))
		return refuse_text(message_out);
	return MESSAGE_MORE;
}

static enum message_event
payload_take(
    struct message_partial *p, struct span piece, struct message *message_out)
{
	if (piece.length == 0)
		return MESSAGE_MORE;
	if (!frame_opcode_is_control(p->frame.opcode))
		return data_take(p, piece, message_out);
	unmask(p->control + p->taken, piece.data, piece.length, &p->frame,
	    p->taken);
	return MESSAGE_MORE;
}

/* The last frame of a message is whole. */
static enum message_event
message_end(struct message_partial *p, struct message *message_out)
{
	/* An empty message has no memory of its own, yet a place. */
	struct bytes payload = {
	    p->data != NULL ? p->data : p->control, p->length};
	uint8_t first_byte = p->first_byte;

	if (!utf8_is_complete(&p->utf8))
		return refuse_text(message_out);
	p->first_byte = 0;
	return give(payload, first_byte, message_out);
}

static enum message_event
frame_end(struct message_partial *p, struct message *message_out)
{
	struct bytes control = {p->control, (size_t)p->frame.length};

	if (frame_opcode_is_control(p->frame.opcode))
		return give(control, frame_first_byte(&p->frame), message_out);
	if (!p->is_last)
		return MESSAGE_MORE;
	return message_end(p, message_out);
}

static enum message_event
payload_read(
    struct message_partial *p, struct bytes *in, struct message *message_out)
{
	uint64_t rest = p->frame.length - p->taken;
	struct span piece = span_from(in->data, in->length);
	enum message_event event;

	if (piece.length > rest)
		piece.length = (size_t)rest;
	bytes_advance(in, piece.length);
	event = payload_take(p, piece, message_out);
	/* also when it was bad: nobody shall take it twice */
	p->taken += piece.length;
	if (event != MESSAGE_MORE)
		return event;
	if (p->taken < p->frame.length)
		return MESSAGE_MORE;
	return frame_end(p, message_out);
}

/* What one header alone cannot tell: the order of frames, and their sum. */
static enum message_event
frame_judge(const struct message_partial *p, const struct frame *frame,
    const struct frame_rules *rules, struct message *message_out)
{
	bool is_start = frame_starts_message(frame, rules);
	uint64_t have = p != NULL ? p->length : 0;

	if (frame_opcode_is_control(frame->opcode))
		return MESSAGE_MORE;
	if (!is_start && !partial_has_message(p))
		return refuse(message_out, CLOSECODE_PROTOCOL_ERROR,
		    "continuation without a start");
	if (is_start && partial_has_message(p))
		return refuse(message_out, CLOSECODE_PROTOCOL_ERROR,
		    "new message inside a fragmented one");
	if (have > rules->max_message_bytes ||
	    frame->length > rules->max_message_bytes - have)
		return refuse(
		    message_out, CLOSECODE_TOO_BIG, "message is too big");
	return MESSAGE_MORE;
}

/* Whether the frame is a message, or a control frame, whole in the input. */
static bool
frame_is_at_hand(const struct frame *frame, const struct frame_rules *rules,
    const struct bytes *in)
{
	return frame_starts_message(frame, rules) &&
	    frame_ends_message(frame, rules) && frame->length <= in->length;
}

static enum message_event
give_in_place(const struct frame *frame, const struct frame_rules *rules,
    struct bytes *in, struct message *message_out)
{
	struct bytes payload = {in->data, (size_t)frame->length};
	uint8_t first_byte = frame_first_byte(frame);

	bytes_advance(in, payload.length);
	if (frame->is_masked)
		mask_copy(
		    payload.data, payload.data, payload.length, frame->key, 0);
	if (is_text(first_byte, rules) && !is_utf8(payload))
		return refuse_text(message_out);
	return give(payload, first_byte, message_out);
}

static void
frame_begin(struct message_partial *p, const struct frame *frame,
    const struct frame_rules *rules)
{
	p->frame = *frame;
	p->taken = 0;
	if (frame_opcode_is_control(frame->opcode))
		return;
	if (frame_starts_message(frame, rules)) {
		p->first_byte = frame_first_byte(frame);
		p->is_text = is_text(p->first_byte, rules);
	} else {
		p->first_byte |= frame->flags;
	}
	p->is_last = frame_ends_message(frame, rules);
	p->end =
	    p->is_last ? p->length + frame->length : rules->max_message_bytes;
}

/* Keeps a cut header. */
static enum message_event
header_keep(struct message_reader *reader, const struct frame_reader *header)
{
	struct message_partial *p = partial_get(reader);

	if (p == NULL)
		return MESSAGE_NO_MEMORY;
	p->header = *header;
	return MESSAGE_MORE;
}

/* Goes on with a frame whose header is whole. */
static enum message_event
frame_enter(struct message_reader *reader, const struct frame *frame,
    const struct frame_rules *rules, struct bytes *in,
    struct message *message_out)
{
	enum message_event event;
	struct message_partial *p;

	event = frame_judge(reader->partial, frame, rules, message_out);
	if (event != MESSAGE_MORE)
		return event;
	if (frame_is_at_hand(frame, rules, in))
		return give_in_place(frame, rules, in, message_out);
	p = partial_get(reader);
	if (p == NULL)
		return MESSAGE_NO_MEMORY;
	frame_begin(p, frame, rules);
	return payload_read(p, in, message_out);
}

static enum message_event
frame_open(struct message_reader *reader, const struct frame_rules *rules,
    struct bytes *in, struct message *message_out)
{
	struct frame_reader fresh = {0}, *header = &fresh;
	struct span rest = span_from(in->data, in->length);
	struct frame frame;
	enum parse parse;

	if (reader->partial != NULL)
		header = &reader->partial->header;
	parse = frame_read(header, rules, &rest, &frame, &message_out->error);
	bytes_advance(in, in->length - rest.length);
	switch (parse) {
	case PARSE_DONE:
		return frame_enter(reader, &frame, rules, in, message_out);
	case PARSE_MORE:
		return header_keep(reader, header);
	case PARSE_BAD:
		break;
	}
	return MESSAGE_BAD;
}

/*
 * Frees the partial unless something is incomplete: by now the caller is done
 * with a payload that lay in it.
 */
static void
partial_settle(struct message_reader *reader)
{
	struct message_partial *p = reader->partial;

	if (p != NULL && p->header.have == 0 && !partial_has_payload(p) &&
	    !partial_has_message(p))
		message_reader_release(reader);
}

static __attribute__((noinline)) enum message_event
read_on(struct message_reader *reader, const struct frame_rules *rules,
    struct bytes *in, struct message *message_out)
{
	enum message_event event = MESSAGE_MORE;

	partial_settle(reader);
	while (event == MESSAGE_MORE && in->length > 0) {
		if (partial_has_payload(reader->partial))
			event = payload_read(reader->partial, in, message_out);
		else
			event = frame_open(reader, rules, in, message_out);
	}
	return event;
}

enum message_event
message_read(struct message_reader *reader, const struct frame_rules *rules,
    struct bytes *in, struct message *message_out)
{
	struct frame_fast fast;
	struct bytes payload;

	if (UNLIKELY(reader->partial != NULL) ||
	    UNLIKELY(!frame_fast_read(rules, *in, &fast)))
		return read_on(reader, rules, in, message_out);
	bytes_advance(in, fast.header_length);
	payload.data = in->data;
	payload.length = fast.length;
	bytes_advance(in, fast.length);
	if (rules->role == FRAME_SERVER)
		mask_copy(payload.data, payload.data, payload.length,
		    payload.data - FRAME_KEY_LENGTH, 0);
	if (fast.opcode == FRAME_TEXT && !is_utf8(payload))
		return refuse_text(message_out);
	return give(payload, FRAME_FIN | fast.opcode, message_out);
}

struct bytes
message_reader_room(struct message_reader *reader)
{
	struct message_partial *p = reader->partial;
	struct bytes room = {NULL, 0};
	uint64_t rest;

	if (p == NULL || frame_opcode_is_control(p->frame.opcode))
		return room;
	rest = p->frame.length - p->taken;
	if (rest < DIRECT_MIN || p->length < DIRECT_MIN ||
	    partial_reserve(p, DIRECT_MIN) == -1)
		return room;
	room.data = p->data + p->length;
	room.length = p->room - p->length;
	if (room.length > rest)
		room.length = (size_t)rest;
	return room;
}

size_t
message_reader_held(const struct message_reader *reader)
{
	const struct message_partial *p = reader->partial;

	return p != NULL ? sizeof(*p) + p->room : 0;
}

void
message_reader_release(struct message_reader *reader)
{
	if (reader->partial != NULL)
		free(reader->partial->data);
	free(reader->partial);
	reader->partial = NULL;
}
