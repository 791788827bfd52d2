#include "bench/pieces.h"

#include "proto/closecode.h"

static enum piece_event
refuse(struct piece *piece_out, const char *text)
{
	piece_out->error.code = CLOSECODE_PROTOCOL_ERROR;
	piece_out->error.text = text;
	return PIECE_BAD;
}

/* A frame begins. */
static enum piece_event
enter_frame(struct piece_reader *reader, struct piece *piece_out)
{
	const struct frame *frame = &reader->frame;
	bool is_start = frame->opcode != FRAME_CONTINUATION;

	reader->has_frame = true;
	reader->taken = 0;
	if (frame_opcode_is_control(frame->opcode))
		return PIECE_NONE;
	if (is_start == (reader->first != 0))
		return refuse(piece_out,
		    is_start ? "new message inside a fragmented one"
		             : "continuation without a start");
	if (is_start) {
		reader->first = frame_first_byte(frame);
		reader->offset = 0;
	}
	return PIECE_NONE;
}

static enum piece_event
read_header(struct piece_reader *reader, const struct frame_rules *rules,
    struct span *in, struct piece *piece_out)
{
	switch (frame_read(
	    &reader->header, rules, in, &reader->frame, &piece_out->error)) {
	case PARSE_DONE:
		return enter_frame(reader, piece_out);
	case PARSE_MORE:
		return PIECE_NONE;
	case PARSE_BAD:
		break;
	}
	return PIECE_BAD;
}

static enum piece_event
give_control(
    struct piece_reader *reader, struct span payload, struct piece *piece_out)
{
	size_t before = (size_t)(reader->taken - payload.length);

	if (payload.length > 0)
		memcpy(reader->control + before, payload.data, payload.length);
	if (reader->taken < reader->frame.length)
		return PIECE_NONE;
	reader->has_frame = false;
	*piece_out = (struct piece){
	    .payload = span_from(reader->control, (size_t)reader->taken),
	    .opcode = reader->frame.opcode,
	    .is_last = true,
	};
	return PIECE_CONTROL;
}

static enum piece_event
give_data(
    struct piece_reader *reader, struct span payload, struct piece *piece_out)
{
	bool is_whole = reader->taken == reader->frame.length;

	*piece_out = (struct piece){
	    .payload = payload,
	    .offset = reader->offset,
	    .opcode = reader->first & FRAME_OPCODE_BITS,
	    .rsv = reader->first & FRAME_RSV_BITS,
	    .is_last = is_whole && (reader->frame.flags & FRAME_FIN) != 0,
	};
	reader->offset += payload.length;
	reader->has_frame = !is_whole;
	if (piece_out->is_last)
		reader->first = 0;
	/* neither bytes nor an end: nothing to tell */
	return payload.length > 0 || piece_out->is_last ? PIECE_DATA
	                                                : PIECE_NONE;
}

/* Payload of the frame under way, as much as is here. */
static enum piece_event
read_payload(
    struct piece_reader *reader, struct span *in, struct piece *piece_out)
{
	uint64_t rest = reader->frame.length - reader->taken;
	struct span payload = *in;

	if (payload.length > rest)
		payload.length = (size_t)rest;
	*in = span_from(in->data + payload.length, in->length - payload.length);
	reader->taken += payload.length;
	if (frame_opcode_is_control(reader->frame.opcode))
		return give_control(reader, payload, piece_out);
	return give_data(reader, payload, piece_out);
}

/* Whether an empty frame waits to be told of, or there is input. */
static bool
can_go_on(const struct piece_reader *reader, const struct span *in)
{
	return in->length > 0 ||
	    (reader->has_frame && reader->taken == reader->frame.length);
}

enum piece_event
piece_read(struct piece_reader *reader, const struct frame_rules *rules,
    struct span *in, struct piece *piece_out)
{
	enum piece_event event = PIECE_NONE;

	while (event == PIECE_NONE && can_go_on(reader, in)) {
		if (reader->has_frame)
			event = read_payload(reader, in, piece_out);
		else
			event = read_header(reader, rules, in, piece_out);
	}
	return event;
}
