/* Sessions begin and end: connect, upgrade, Close both ways, end. */
#include "bench/connection.h"
#include "bench/modes.h"

static struct {
	uint64_t limit; /* connections to begin */
	uint64_t begun;
	uint64_t ended;
} round_now;

static void
begin(struct load *load, struct connection *c)
{
	round_now.begun++;
	connection_dial(load, c);
}

static void
opened(struct load *load, struct connection *c)
{
	histogram_add(&load->latencies, load->now_ns - c->begun_ns);
	connection_close(load, c);
}

static void
piece(struct load *load, struct connection *c, const struct piece *piece)
{
	(void)load;
	(void)c;
	(void)piece;
}

static void
closed(struct load *load, struct connection *c)
{
	round_now.ended++;
	if (round_now.begun < round_now.limit)
		begin(load, c);
}

const struct mode connect_mode = {opened, piece, closed};

static void
run_round(struct load *load, uint64_t limit, uint64_t end_ns)
{
	load_begin(load);
	round_now.limit = limit;
	round_now.begun = round_now.ended = 0;
	for (uint32_t i = 0; i < load->arguments->connections && i < limit; i++)
		begin(load, &load->connections[i]);
	while (round_now.ended < round_now.limit) {
		load_poll(load, end_ns);
		if (load->now_ns >= end_ns || load_is_interrupted())
			round_now.limit = round_now.begun;
	}
	load_end(load);
	load->measure.messages = round_now.ended;
}

void
connect_run(struct load *load)
{
	const struct arguments *arguments = load->arguments;

	run_round(load, arguments->warmup, UINT64_MAX);
	if (arguments->messages > 0)
		run_round(load, arguments->messages, UINT64_MAX);
	else
		run_round(load, UINT64_MAX,
		    load->measure.ended_ns + arguments->duration_ns);
}
