/* Frame headers, byte by byte. */
#include "proto/frame.h"

#include "base/endian.h"
#include "proto/closecode.h"

/*
 * RFC 6455 §5.2:
 *	first byte	FIN, RSV1, RSV2, RSV3, four bits of opcode
 *	second byte	MASK, seven bits of length: 0–125, or LENGTH_16 when
 *			two bytes of length follow, or LENGTH_64 when eight do
 */
enum {
	MASK_BIT = 0x80,
	LENGTH_BITS = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	SHORT_HEADER = 2
};

enum {
	KNOWN_OPCODES = 1 << FRAME_CONTINUATION | 1 << FRAME_TEXT |
	    1 << FRAME_BINARY | 1 << FRAME_CLOSE | 1 << FRAME_PING |
	    1 << FRAME_PONG
};

static size_t
extension_length(uint8_t second)
{
	switch (second & LENGTH_BITS) {
	case LENGTH_16:
		return 2;
	case LENGTH_64:
		return 8;
	default:
		return 0;
	}
}

static const char *
fault_of_first(uint8_t first, const struct frame_rules *rules)
{
	uint8_t opcode = first & FRAME_OPCODE_BITS;
	uint8_t allowed = rules->rsv_allowed;

	/* An extension marks a message, at its first frame: RFC 7692 §6.1. */
	if (opcode != FRAME_TEXT && opcode != FRAME_BINARY)
		allowed = 0;
	if ((first & FRAME_RSV_BITS & ~allowed) != 0)
		return "reserved bit without its extension";
	if ((KNOWN_OPCODES >> opcode & 1) == 0)
		return "reserved opcode";
	if (frame_opcode_is_control(opcode) && (first & FRAME_FIN) == 0)
		return "fragmented control frame";
	return NULL;
}

/* §5.1: a server closes on unmasked frames, a client on masked ones. */
static const char *
fault_of_second(const uint8_t *header, const struct frame_rules *rules)
{
	bool is_masked = (header[1] & MASK_BIT) != 0;

	if (rules->role == FRAME_SERVER && !is_masked)
		return "frame is not masked";
	if (rules->role == FRAME_CLIENT && is_masked)
		return "frame is masked";
	if (frame_opcode_is_control(header[0]) &&
	    (header[1] & LENGTH_BITS) > FRAME_CONTROL_MAX)
		return "control frame is too long";
	return NULL;
}

static uint64_t
length_get(const uint8_t *header)
{
	switch (header[1] & LENGTH_BITS) {
	case LENGTH_16:
		return get_be16(header + SHORT_HEADER);
	case LENGTH_64:
		return get_be64(header + SHORT_HEADER);
	default:
		return header[1] & LENGTH_BITS;
	}
}

static const char *
fault_of_length(const uint8_t *header)
{
	size_t extension = extension_length(header[1]);
	uint64_t length = length_get(header);

	if ((extension == 2 && length < LENGTH_16) ||
	    (extension == 8 && length <= UINT16_MAX))
		return "length is not in its shortest form";
	if (length > INT64_MAX)
		return "top bit of the length is set";
	return NULL;
}

/* Where the length ends and the key begins; asks for two bytes of header. */
static size_t
length_end(const uint8_t *header)
{
	return SHORT_HEADER + extension_length(header[1]);
}

static size_t
header_length(const uint8_t *header)
{
	size_t key = (header[1] & MASK_BIT) != 0 ? FRAME_KEY_LENGTH : 0;

	return length_end(header) + key;
}

static const char *
fault_find(const uint8_t *header, size_t have, const struct frame_rules *rules)
{
	const char *fault = fault_of_first(header[0], rules);

	if (fault != NULL || have < SHORT_HEADER)
		return fault;
	fault = fault_of_second(header, rules);
	if (fault != NULL || have < length_end(header))
		return fault;
	return fault_of_length(header);
}

static void
frame_fill(struct frame *frame, const uint8_t *header)
{
	frame->length = length_get(header);
	frame->opcode = header[0] & FRAME_OPCODE_BITS;
	frame->flags = header[0] & (FRAME_FIN | FRAME_RSV_BITS);
	frame->is_masked = (header[1] & MASK_BIT) != 0;
	if (frame->is_masked)
		memcpy(
		    frame->key, header + length_end(header), FRAME_KEY_LENGTH);
	else
		memset(frame->key, 0, FRAME_KEY_LENGTH);
}

static enum parse
refuse(struct proto_error *error_out, uint16_t code, const char *text)
{
	error_out->code = code;
	error_out->text = text;
	return PARSE_BAD;
}

/*
 * Judges the first `have` bytes of a header, always from its start: what was
 * right stays right, so any cut of the input gives the same answer.
 */
static enum parse
header_judge(const uint8_t *header, size_t have,
    const struct frame_rules *rules, struct frame *frame_out,
    struct proto_error *error_out)
{
	const char *fault = fault_find(header, have, rules);

	if (fault != NULL)
		return refuse(error_out, CLOSECODE_PROTOCOL_ERROR, fault);
	if (have < SHORT_HEADER || have < length_end(header))
		return PARSE_MORE;
	if (!frame_opcode_is_control(header[0]) &&
	    length_get(header) > rules->max_frame_bytes)
		return refuse(error_out, CLOSECODE_TOO_BIG, "frame is too big");
	if (have < header_length(header))
		return PARSE_MORE;
	frame_fill(frame_out, header);
	return PARSE_DONE;
}

static void
span_advance(struct span *in, size_t count)
{
	in->data += count;
	in->length -= count;
}

enum parse
frame_read(struct frame_reader *reader, const struct frame_rules *rules,
    struct span *in, struct frame *frame_out, struct proto_error *error_out)
{
	const uint8_t *header = in->data;
	size_t before = reader->have, have = in->length;
	enum parse parse;

	if (have == 0)
		return PARSE_MORE;
	/* A whole header is judged where it lies; a cut one is collected. */
	if (before > 0 || have < FRAME_HEADER_MAX) {
		if (have > FRAME_HEADER_MAX - before)
			have = FRAME_HEADER_MAX - before;
		memcpy(reader->header + before, in->data, have);
		header = reader->header;
		have += before;
	}
	parse = header_judge(header, have, rules, frame_out, error_out);
	if (parse == PARSE_MORE) {
		reader->have = (uint8_t)have;
		span_advance(in, in->length);
	} else if (parse == PARSE_DONE) {
		reader->have = 0;
		span_advance(in, header_length(header) - before);
	}
	return parse;
}

size_t
frame_write(const struct frame *frame, uint8_t out[FRAME_HEADER_MAX])
{
	size_t length =
	    frame_write_unmasked(frame_first_byte(frame), frame->length, out);

	if (frame->is_masked) {
		out[1] |= MASK_BIT;
		memcpy(out + length, frame->key, FRAME_KEY_LENGTH);
		length += FRAME_KEY_LENGTH;
	}
	return length;
}
