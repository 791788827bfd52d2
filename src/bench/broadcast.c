/*
 * Some connections publish, and each gets all that is published. A message
 * begins with who published it, its number and the time; so that each receiver
 * sees what is missing, what came twice, and how long it took. A publisher goes
 * on when its own message is back.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/endian.h"
#include "bench/connection.h"
#include "bench/modes.h"

enum { LABEL_BYTES = 24 };

#define PATIENCE_NS UINT64_C(2000000000) /* then what has not come is lost */

/* What a connection has beside. */
struct member {
	struct payloads *payloads;  /* of a publisher */
	uint8_t label[LABEL_BYTES]; /* of the message that is coming */
	uint64_t next[];            /* number to come, of each publisher */
};

static struct {
	uint64_t limit; /* messages to publish */
	uint64_t begun;
	uint64_t wanted; /* deliveries of those */
	uint64_t end_ns;
} round_now;

static void
make_payloads(struct load *load, struct payloads *payloads)
{
	if (payloads_make(payloads, load->arguments->kind,
	        load->arguments->bytes, 0) == -1)
		load_fail(EX_OSERR, "out of memory");
}

static void
opened(struct load *load, struct connection *c)
{
	uint32_t publishers = load->arguments->publishers;
	struct member *member =
	    calloc(1, sizeof(*member) + publishers * sizeof(member->next[0]));

	if (member == NULL)
		load_fail(EX_OSERR, "out of memory");
	c->own = member;
	/* what all messages hold behind the label */
	if (load->payloads.count == 0)
		make_payloads(load, &load->payloads);
	if (c->index >= publishers)
		return;
	member->payloads = malloc(sizeof(*member->payloads));
	if (member->payloads == NULL)
		load_fail(EX_OSERR, "out of memory");
	make_payloads(load, member->payloads);
	c->payloads = member->payloads;
}

static void
publish(struct load *load, struct connection *c)
{
	const struct member *member = c->own;
	uint8_t label[LABEL_BYTES];

	put_be64(label, c->index);
	put_be64(label + 8, c->due);
	put_be64(label + 16, load->now_ns);
	payloads_rewrite(
	    member->payloads, c->due, span_from(label, sizeof(label)));
	c->due++;
	round_now.begun++;
	round_now.wanted += load->arguments->connections;
}

/* A whole message is here, with a label that can be. */
static void
delivered(struct load *load, struct connection *c)
{
	struct member *member = c->own;
	uint64_t publisher = get_be64(member->label);
	uint64_t number = get_be64(member->label + 8);
	uint64_t *next = &member->next[publisher];

	if (number < *next) {
		load->measure.duplicated++;
		return;
	}
	*next = number + 1;
	load->measure.messages++;
	histogram_add(
	    &load->latencies, load->now_ns - get_be64(member->label + 16));
	if (publisher == c->index && round_now.begun < round_now.limit)
		publish(load, c);
}

/* Takes what belongs to the label; returns the rest of the piece. */
static struct span
take_label(struct member *member, const struct piece *piece)
{
	struct span rest = piece->payload;
	size_t count;

	if (piece->offset >= LABEL_BYTES)
		return rest;
	count = LABEL_BYTES - (size_t)piece->offset;
	if (count > rest.length)
		count = rest.length;
	memcpy(member->label + piece->offset, rest.data, count);
	return span_from(rest.data + count, rest.length - count);
}

static void
piece(struct load *load, struct connection *c, const struct piece *piece)
{
	struct member *member = c->own;
	struct span rest = take_label(member, piece), text;
	uint64_t end = piece->offset + piece->payload.length;

	if (end > load->arguments->bytes ||
	    (piece->is_last && end != load->arguments->bytes))
		load_fail(1, "a message has another size than was published");
	if (end < LABEL_BYTES)
		return;
	if (get_be64(member->label) >= load->arguments->publishers)
		load_fail(1, "a message was not published");
	text = payloads_text(&load->payloads, get_be64(member->label + 8));
	if (memcmp(rest.data, text.data + end - rest.length, rest.length) != 0)
		load_fail(1, "a message is not what was published");
	if (piece->is_last)
		delivered(load, c);
}

static void
closed(struct load *load, struct connection *c)
{
	struct member *member = c->own;

	(void)load;
	if (member->payloads != NULL)
		payloads_release(member->payloads);
	free(member->payloads);
	free(member);
	c->own = NULL;
}

const struct mode broadcast_mode = {opened, piece, closed};

/* Whether it makes sense to wait on. */
static bool
goes_on(const struct load *load)
{
	if (round_now.begun == round_now.limit &&
	    load->measure.messages >= round_now.wanted)
		return false;
	return load->now_ns - load->progress_ns < PATIENCE_NS;
}

static void
run_round(struct load *load, uint64_t limit, uint64_t duration_ns)
{
	load_begin(load);
	round_now.limit = limit;
	round_now.begun = round_now.wanted = 0;
	round_now.end_ns =
	    duration_ns == 0 ? UINT64_MAX : load->now_ns + duration_ns;
	for (uint32_t i = 0; i < load->arguments->publishers && i < limit;
	     i++) {
		publish(load, &load->connections[i]);
		connection_send(&load->connections[i]);
	}
	while (goes_on(load)) {
		load_poll(load, round_now.end_ns);
		if (load->now_ns >= round_now.end_ns || load_is_interrupted())
			round_now.limit = round_now.begun;
	}
	load_end(load);
	load->measure.lost = round_now.wanted - load->measure.messages;
}

void
broadcast_run(struct load *load)
{
	const struct arguments *arguments = load->arguments;

	load_open(load, arguments->connections);
	run_round(load, arguments->warmup, 0);
	if (load->measure.lost > 0)
		return;
	if (arguments->messages > 0)
		run_round(load, arguments->messages, 0);
	else
		run_round(load, UINT64_MAX, arguments->duration_ns);
}
