/* Messages go and come back: as fast as replies come, or by a schedule. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "bench/connection.h"
#include "bench/modes.h"

enum {
	/* compressed replies of a connection that are looked into */
	CHECKED = 4
};

#define LATE_NS UINT64_C(1000000) /* behind the schedule: our own fault */

/* What a connection has beside. */
struct echo {
	uint64_t first;                 /* message of this round */
	struct deflate_decoder decoder; /* while replies are looked into */
	struct bytes joined;
	size_t joined_length;
	uint64_t
	    times[]; /* when each message under way was sent: depth of them */
};

/* What a round is to do, and has done. */
static struct round {
	uint64_t limit; /* messages to begin */
	uint64_t begun;
	uint64_t answered;
	uint64_t begun_ns;
	uint64_t end_ns;    /* no message begins later */
	double interval_ns; /* of the schedule; 0: there is none */
} round_now;

static void
opened(struct load *load, struct connection *c)
{
	const struct arguments *arguments = load->arguments;
	struct echo *echo = calloc(
	    1, sizeof(*echo) + arguments->depth * sizeof(echo->times[0]));

	if (echo == NULL)
		load_fail(EX_OSERR, "out of memory");
	c->own = echo;
	deflate_decoder_init(&echo->decoder, load->params.server);
	/* how they are compressed, the first response tells */
	if (load->payloads.count == 0 &&
	    payloads_make(&load->payloads, arguments->kind, arguments->bytes,
	        load->params.client.window_bits) == -1)
		load_fail(EX_USAGE,
		    "messages of %zu bytes cannot be made, or "
		    "compressed to less",
		    arguments->bytes);
}

/* When the schedule has a message, counted over all connections. */
static uint64_t
due_ns(uint64_t number)
{
	return round_now.begun_ns +
	    (uint64_t)((double)number * round_now.interval_ns);
}

/* The next message of a connection is due. */
static void
begin(struct load *load, struct connection *c)
{
	struct echo *echo = c->own;

	echo->times[c->due % load->arguments->depth] = load->now_ns;
	c->due++;
	round_now.begun++;
}

static uint64_t
latency_ns(const struct load *load, const struct connection *c)
{
	const struct echo *echo = c->own;
	uint64_t number;

	if (round_now.interval_ns == 0)
		return load->now_ns -
		    echo->times[c->received % load->arguments->depth];
	number = (c->received - echo->first) * load->arguments->connections +
	    c->index;
	return load->now_ns - due_ns(number);
}

/* A whole reply is here. */
static void
answered(struct load *load, struct connection *c)
{
	if (c->received == c->sent)
		load_fail(1, "the server sent what nobody asked for");
	histogram_add(&load->latencies, latency_ns(load, c));
	c->received++;
	round_now.answered++;
	if (round_now.interval_ns == 0 && round_now.begun < round_now.limit)
		begin(load, c);
}

static void
check_plain(const struct connection *c, const struct piece *piece)
{
	struct span text = payloads_text(c->payloads, c->received);
	uint64_t end = piece->offset + piece->payload.length;

	if (end > text.length || (piece->is_last && end != text.length) ||
	    memcmp(piece->payload.data, text.data + piece->offset,
	        piece->payload.length) != 0)
		load_fail(1, "a reply is not what was sent");
}

static void
join(struct echo *echo, struct span piece)
{
	size_t length = echo->joined_length + piece.length;

	if (length > echo->joined.length) {
		echo->joined.data = realloc(echo->joined.data, 2 * length);
		if (echo->joined.data == NULL)
			load_fail(EX_OSERR, "out of memory");
		echo->joined.length = 2 * length;
	}
	if (piece.length > 0)
		memcpy(echo->joined.data + echo->joined_length, piece.data,
		    piece.length);
	echo->joined_length = length;
}

static void
stop_checking(struct echo *echo)
{
	deflate_decoder_release(&echo->decoder);
	free(echo->joined.data);
	echo->joined = (struct bytes){NULL, 0};
}

/* Inflating all of them would cost the load more than the server. */
static void
check_encoded(
    struct load *load, struct connection *c, const struct piece *piece)
{
	struct echo *echo = c->own;
	struct span text = payloads_text(c->payloads, c->received);
	struct bytes plain;

	if (c->received >= CHECKED)
		return;
	join(echo, piece->payload);
	if (!piece->is_last)
		return;
	if (deflate_decode(&echo->decoder, load->pool,
	        span_from(echo->joined.data, echo->joined_length),
	        (uint32_t)text.length, &plain) != INFLATE_DONE)
		load_fail(1, "a reply cannot be inflated");
	if (!span_is_equal(span_from(plain.data, plain.length), text))
		load_fail(1, "a reply is not what was sent");
	echo->joined_length = 0;
	if (c->received == CHECKED - 1)
		stop_checking(echo);
}

static void
piece(struct load *load, struct connection *c, const struct piece *piece)
{
	if (piece->opcode != c->payloads->opcode)
		load_fail(1, "a reply is of another kind than was sent");
	if (piece->rsv == 0)
		check_plain(c, piece);
	else
		check_encoded(load, c, piece);
	if (piece->is_last)
		answered(load, c);
}

static void
closed(struct load *load, struct connection *c)
{
	(void)load;
	stop_checking(c->own);
	free(c->own);
	c->own = NULL;
}

const struct mode echo_mode = {opened, piece, closed};
const struct mode idle_mode = {opened, piece, closed};

/* As many as may be under way, on every connection. */
static void
fill_depth(struct load *load)
{
	for (uint32_t i = 0; i < load->open; i++) {
		struct connection *c = &load->connections[i];

		for (uint32_t k = 0; k < load->arguments->depth &&
		     round_now.begun < round_now.limit;
		     k++)
			begin(load, c);
		connection_send(c);
	}
}

/* All that the schedule has by now, in turn over the connections. */
static void
follow_schedule(struct load *load)
{
	load->now_ns = clock_now_ns();
	while (round_now.begun < round_now.limit &&
	    due_ns(round_now.begun) <= load->now_ns) {
		uint32_t i =
		    (uint32_t)(round_now.begun % load->arguments->connections);

		if (load->now_ns - due_ns(round_now.begun) > LATE_NS)
			load->measure.late++;
		load->connections[i].due++;
		round_now.begun++;
		connection_send(&load->connections[i]);
	}
}

static void
begin_round(struct load *load, uint64_t messages, uint64_t duration_ns)
{
	round_now = (struct round){
	    .limit = messages,
	    .begun_ns = load->now_ns,
	    .end_ns =
	        duration_ns == 0 ? UINT64_MAX : load->now_ns + duration_ns,
	};
	for (uint32_t i = 0; i < load->open; i++) {
		struct echo *echo = load->connections[i].own;

		echo->first = load->connections[i].due;
	}
}

/* Until all that were begun are answered. */
static void
run_round(struct load *load)
{
	bool has_schedule = round_now.interval_ns != 0;

	if (!has_schedule)
		fill_depth(load);
	while (round_now.answered < round_now.limit) {
		uint64_t until_ns = round_now.end_ns;

		if (has_schedule)
			follow_schedule(load);
		if (has_schedule && round_now.begun < round_now.limit)
			until_ns = due_ns(round_now.begun);
		if (round_now.answered == round_now.begun)
			load->progress_ns = load->now_ns;
		load_poll(load, until_ns);
		if (load->now_ns >= round_now.end_ns || load_is_interrupted())
			round_now.limit = round_now.begun;
	}
	load->measure.messages = round_now.answered;
}

void
echo_once(struct load *load)
{
	load_begin(load);
	begin_round(load, load->open, 0);
	run_round(load);
	load_end(load);
}

void
echo_run(struct load *load)
{
	const struct arguments *arguments = load->arguments;

	load_open(load, arguments->connections);
	load_begin(load);
	begin_round(load, arguments->warmup, 0);
	run_round(load);
	load_begin(load);
	if (arguments->messages > 0)
		begin_round(load, arguments->messages, 0);
	else
		begin_round(load, UINT64_MAX, arguments->duration_ns);
	if (arguments->rate > 0)
		round_now.interval_ns = 1e9 / arguments->rate;
	run_round(load);
	load_end(load);
}
