/* The log of a message reader. */
#include "tests/unit/proto/trace.h"

#include <assert.h>
#include <stdlib.h>

#include "base/endian.h"

/* An event is its kind, first byte, close code, length of payload, payload. */
enum { EVENT_PAYLOAD = 12 };

void
trace_init(struct trace *trace, const struct frame_rules *rules)
{
	trace->reader = (struct message_reader){0};
	trace->rules = rules;
	trace->last = MESSAGE_MORE;
	trace->code = 0;
	trace->events = 0;
	trace->fed = 0;
	trace->held_max = 0;
	trace->length = 0;
}

static void
event_write(struct trace *trace, enum message_event event, uint8_t first_byte,
    struct span payload)
{
	uint8_t *head = trace->bytes + trace->length;

	assert(
	    payload.length + EVENT_PAYLOAD <= TRACE_BYTES_MAX - trace->length);
	head[0] = (uint8_t)event;
	head[1] = first_byte;
	put_be16(head + 2, trace->code);
	put_be64(head + 4, payload.length);
	if (payload.length > 0)
		memcpy(head + EVENT_PAYLOAD, payload.data, payload.length);
	trace->length += EVENT_PAYLOAD + payload.length;
	trace->events++;
}

void
trace_expect(struct trace *trace, uint8_t first_byte, struct span payload)
{
	event_write(trace, MESSAGE_READY, first_byte, payload);
}

bool
trace_next(const struct trace *trace, size_t *at, struct trace_event *event_out)
{
	const uint8_t *head = trace->bytes + *at;

	if (*at == trace->length)
		return false;
	event_out->kind = (enum message_event)head[0];
	event_out->first_byte = head[1];
	event_out->code = get_be16(head + 2);
	event_out->payload =
	    span_from(head + EVENT_PAYLOAD, get_be64(head + 4));
	*at += EVENT_PAYLOAD + event_out->payload.length;
	return true;
}

static uint8_t
first_byte(const struct message *message)
{
	return (uint8_t)(message->is_final ? FRAME_FIN : 0) | message->rsv |
	    (uint8_t)message->opcode;
}

/* What message_read() has just answered. */
static void
answer_write(struct trace *trace, const struct message *message)
{
	struct span payload =
	    span_from(message->payload.data, message->payload.length);

	if (trace->last == MESSAGE_READY)
		trace_expect(trace, first_byte(message), payload);
	else
		event_write(trace, trace->last, 0, (struct span){NULL, 0});
}

static void
piece_read(struct trace *trace, struct bytes in)
{
	struct message message;

	do {
		trace->last =
		    message_read(&trace->reader, trace->rules, &in, &message);
		if (trace->last == MESSAGE_BAD)
			trace->code = message.error.code;
		if (trace->last != MESSAGE_MORE)
			answer_write(trace, &message);
		if (message_reader_held(&trace->reader) > trace->held_max)
			trace->held_max = message_reader_held(&trace->reader);
	} while (trace->last == MESSAGE_READY);
	assert(trace->last != MESSAGE_MORE || in.length == 0);
}

void
trace_feed(struct trace *trace, struct span piece)
{
	uint8_t *own;

	if (trace->last != MESSAGE_MORE)
		return;
	own = malloc(piece.length + 1);
	if (own == NULL)
		abort();
	/* At the end of the block, where a checker sees one byte too many. */
	if (piece.length > 0)
		memcpy(own + 1, piece.data, piece.length);
	trace->fed += piece.length;
	piece_read(trace, (struct bytes){own + 1, piece.length});
	free(own);
}

void
trace_in_steps(struct trace *trace, const struct frame_rules *rules,
    struct span in, size_t step)
{
	trace_init(trace, rules);
	while (in.length > step) {
		trace_feed(trace, span_from(in.data, step));
		in = span_from(in.data + step, in.length - step);
	}
	trace_feed(trace, in);
}

void
trace_in_two(struct trace *trace, const struct frame_rules *rules,
    struct span in, size_t cut)
{
	trace_init(trace, rules);
	trace_feed(trace, span_from(in.data, cut));
	trace_feed(trace, span_from(in.data + cut, in.length - cut));
}

void
trace_at_random(struct trace *trace, const struct frame_rules *rules,
    struct span in, struct random *random)
{
	size_t most = 1 + random_below(random, 200);
	size_t piece;

	trace_init(trace, rules);
	while (in.length > 0) {
		piece = random_below(random, most + 1);
		if (piece > in.length)
			piece = in.length;
		trace_feed(trace, span_from(in.data, piece));
		in = span_from(in.data + piece, in.length - piece);
	}
}

void
trace_end(struct trace *trace)
{
	message_reader_release(&trace->reader);
}

bool
trace_is_equal(const struct trace *a, const struct trace *b)
{
	return a->length == b->length && a->last == b->last &&
	    memcmp(a->bytes, b->bytes, a->length) == 0;
}
