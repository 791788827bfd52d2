/* Frames of all kinds that the rules allow, each written down as expected. */
#include "tests/unit/proto/builder.h"

#include "base/guard.h"
#include "proto/mask.h"

void
builder_start(struct builder *b, const struct frame_rules *rules)
{
	b->rules = rules;
	b->is_spoilt = false;
	b->length = 0;
	trace_init(&b->expected, rules);
}

static void
add_frame(struct builder *b, uint8_t first_byte, struct span data)
{
	struct frame frame = {
	    .length = data.length,
	    .opcode = first_byte & FRAME_OPCODE_BITS,
	    .flags = first_byte & (FRAME_FIN | FRAME_RSV_BITS),
	    .is_masked = b->rules->role == FRAME_SERVER,
	};

	if (frame.is_masked)
		random_fill(&b->random, frame.key, FRAME_KEY_LENGTH);
	b->length += frame_write(&frame, b->bytes + b->length);
	mask_copy_scalar(
	    b->bytes + b->length, data.data, data.length, frame.key, 0);
	b->length += data.length;
}

/* Characters of all lengths in any order; ASCII where no longer one fits. */
static void
fill_text(struct random *random, uint8_t *text, size_t length)
{
	static const struct span characters[] = {
	    SPAN_LITERAL("\xc2\x80"),
	    SPAN_LITERAL("\xdf\xbf"),
	    SPAN_LITERAL("\xe0\xa0\x80"),
	    SPAN_LITERAL("\xe2\x82\xac"),
	    SPAN_LITERAL("\xed\x9f\xbf"),
	    SPAN_LITERAL("\xf0\x90\x80\x80"),
	    SPAN_LITERAL("\xf4\x8f\xbf\xbf"),
	};
	size_t at = 0, choice;

	while (at < length) {
		choice = random_below(random, 2 * ARRAY_LENGTH(characters));
		if (choice < ARRAY_LENGTH(characters) &&
		    characters[choice].length <= length - at) {
			memcpy(text + at, characters[choice].data,
			    characters[choice].length);
			at += characters[choice].length;
		} else {
			text[at] = (uint8_t)(at % 128);
			at++;
		}
	}
}

static void
add_ping(struct builder *b)
{
	uint8_t body[FRAME_CONTROL_MAX];
	struct span data =
	    span_from(body, random_below(&b->random, FRAME_CONTROL_MAX + 1));

	random_fill(&b->random, body, data.length);
	add_frame(b, FRAME_FIN | FRAME_PING, data);
	trace_expect(&b->expected, FRAME_FIN | FRAME_PING, data);
}

void
builder_add_message(
    struct builder *b, uint8_t first, const size_t *lengths, size_t fragments)
{
	struct span data = span_from(b->message, 0);
	size_t at = 0;

	for (size_t i = 0; i < fragments; i++)
		data.length += lengths[i];
	if (first == FRAME_TEXT)
		fill_text(&b->random, b->message, data.length);
	else
		random_fill(&b->random, b->message, data.length);
	for (size_t i = 0; i < fragments; i++) {
		uint8_t fin = i + 1 == fragments ? FRAME_FIN : 0;

		if (i > 0 && random_below(&b->random, 3) == 0)
			add_ping(b);
		add_frame(b, fin | (i == 0 ? first : FRAME_CONTINUATION),
		    span_from(b->message + at, lengths[i]));
		at += lengths[i];
	}
	trace_expect(&b->expected, FRAME_FIN | first, data);
}

/* Text or binary, perhaps with reserved bits that the rules allow. */
static uint8_t
choose_first(struct builder *b)
{
	uint8_t opcode =
	    random_below(&b->random, 2) == 0 ? FRAME_TEXT : FRAME_BINARY;

	if (random_below(&b->random, 2) == 0)
		return opcode;
	return opcode | (random_next(&b->random) & b->rules->rsv_allowed);
}

static size_t
choose_most(struct builder *b)
{
	return random_below(&b->random, 2) == 0 ? 20 : BUILDER_FRAGMENT_MAX;
}

static void
add_any_message(struct builder *b)
{
	uint8_t first = choose_first(b);
	size_t fragments = 1 + random_below(&b->random, BUILDER_FRAGMENTS_MAX);
	size_t most = choose_most(b);
	size_t lengths[BUILDER_FRAGMENTS_MAX];

	for (size_t i = 0; i < fragments; i++)
		lengths[i] = random_below(&b->random, most);
	builder_add_message(b, first, lengths, fragments);
}

static void
add_any_frame(struct builder *b)
{
	bool is_continuation = random_below(&b->random, 3) == 0;
	uint8_t fin = random_below(&b->random, 2) == 0 ? FRAME_FIN : 0;
	uint8_t first_byte =
	    fin | (is_continuation ? FRAME_CONTINUATION : choose_first(b));
	struct span data =
	    span_from(b->message, random_below(&b->random, choose_most(b)));

	random_fill(&b->random, b->message, data.length);
	add_frame(b, first_byte, data);
	trace_expect(&b->expected, first_byte, data);
}

static void
add_any(struct builder *b)
{
	if (!b->rules->is_raw)
		add_any_message(b);
	else if (random_below(&b->random, 4) == 0)
		add_ping(b);
	else
		add_any_frame(b);
}

struct span
builder_make(struct builder *b, const struct frame_rules *rules)
{
	builder_start(b, rules);
	while (b->length < BUILDER_BYTES_MAX / 4 &&
	    random_below(&b->random, 30) != 0)
		add_any(b);
	if (b->length > 0 && random_below(&b->random, 3) == 0) {
		b->is_spoilt = true;
		b->bytes[random_below(&b->random, b->length)] ^= 1
		    << random_below(&b->random, 8);
	}
	return span_from(b->bytes, b->length);
}
