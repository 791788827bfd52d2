/* The results, in words and in JSON. */
#include "bench/report.h"

#include <inttypes.h>
#include <string.h>

/* Above this share of a processor nothing is left to wait with. */
#define BUSY 0.95

static double
seconds(const struct measure *measure)
{
	return (double)(measure->ended_ns - measure->begun_ns) / 1e9;
}

/* Microseconds for each message, or 0 when there was none. */
static double
us_per_message(const struct measure *measure, uint64_t ns)
{
	if (measure->messages == 0)
		return 0;
	return (double)ns / 1e3 / (double)measure->messages;
}

/* Part of one processor. */
static double
share(const struct measure *measure, uint64_t ns)
{
	return (double)ns / 1e9 / seconds(measure);
}

static double
latency_us(const struct load *load, double quantile)
{
	return (double)histogram_quantile(&load->latencies, quantile) / 1e3;
}

static double
reply_bytes(const struct measure *measure)
{
	if (measure->messages == 0)
		return 0;
	return (double)measure->reply_bytes / (double)measure->messages;
}

static double
resident_growth(const struct load *load)
{
	const struct measure *measure = &load->measure;

	/* one was there before */
	uint32_t count = load->arguments->connections - 1;

	if (count == 0)
		return 0;
	return ((double)measure->rss_after - (double)measure->rss_before) /
	    count;
}

/* Who had no time left, or NULL. Without the server's pid only we can know of
 * ourselves. */
static const char *
bottleneck(const struct load *load)
{
	const struct measure *measure = &load->measure;

	if (load->arguments->rate > 0)
		return NULL;
	if (load->arguments->pid != 0 &&
	    share(measure, measure->server_ns) > BUSY)
		return "server";
	return share(measure, measure->own_ns) > BUSY ? "load" : NULL;
}

static const char *
unit_name(enum mode_kind mode)
{
	switch (mode) {
	case MODE_ECHO:
		return "message";
	case MODE_BROADCAST:
		return "delivery";
	case MODE_CONNECT:
	case MODE_IDLE:
		break;
	}
	return "connection";
}

static void
print_head(const struct load *load, FILE *stream)
{
	const struct arguments *arguments = load->arguments;

	fprintf(stream, "%s %s: %" PRIu32 " connections",
	    mode_name(arguments->mode), arguments->url, arguments->connections);
	if (arguments->mode == MODE_BROADCAST)
		fprintf(
		    stream, ", %" PRIu32 " publishers", arguments->publishers);
	if (arguments->mode == MODE_ECHO)
		fprintf(stream, ", depth %" PRIu32, arguments->depth);
	if (arguments->mode == MODE_ECHO || arguments->mode == MODE_BROADCAST)
		fprintf(stream, ", %zu bytes, %s", arguments->bytes,
		    payload_kind_name(arguments->kind));
	if (arguments->rate > 0)
		fprintf(stream, ", %g/s asked for", arguments->rate);
	fputc('\n', stream);
	if (load->extension[0] != '\0')
		fprintf(stream, "  %s\n", load->extension);
}

static void
print_latency(const struct load *load, FILE *stream)
{
	fprintf(stream,
	    "  latency    p50 %.1f us, p90 %.1f us, p99 %.1f us, "
	    "p99.9 %.1f us, max %.1f us\n",
	    latency_us(load, 0.5), latency_us(load, 0.9),
	    latency_us(load, 0.99), latency_us(load, 0.999),
	    latency_us(load, 1));
}

static void
print_cost(const struct load *load, const char *who, uint64_t ns, FILE *stream)
{
	const struct measure *measure = &load->measure;

	fprintf(stream,
	    "  %-10s %.3f us of processor time a %s, %.0f %% of a "
	    "processor\n",
	    who, us_per_message(measure, ns), unit_name(load->arguments->mode),
	    100 * share(measure, ns));
}

static void
print_memory(const struct load *load, FILE *stream)
{
	const struct measure *measure = &load->measure;

	fprintf(stream, "  memory     %.1f MiB resident",
	    (double)measure->rss_after / (1 << 20));
	if (load->arguments->mode == MODE_IDLE)
		fprintf(
		    stream, ", %.0f bytes a connection", resident_growth(load));
	fputc('\n', stream);
}

/* What spoils the figures, or the server's name. */
static void
print_doubts(const struct load *load, FILE *stream)
{
	const struct measure *measure = &load->measure;
	const char *who = bottleneck(load);

	if (who != NULL && strcmp(who, "load") == 0)
		fputs("  The load had no time left: it was the bottleneck, "
		      "not the server.\n",
		    stream);
	if (measure->late > 0)
		fprintf(stream,
		    "  The load fell behind its schedule: %" PRIu64
		    " messages were more than 1 ms late.\n",
		    measure->late);
	if (measure->lost > 0 || measure->duplicated > 0)
		fprintf(stream,
		    "  LOST %" PRIu64 " deliveries, DUPLICATED %" PRIu64 ".\n",
		    measure->lost, measure->duplicated);
}

void
report_text(const struct load *load, FILE *stream)
{
	const struct measure *measure = &load->measure;
	bool has_messages = load->arguments->mode == MODE_ECHO ||
	    load->arguments->mode == MODE_BROADCAST;

	print_head(load, stream);
	fprintf(stream, "  %" PRIu64 " in %.3f s: %.0f/s\n", measure->messages,
	    seconds(measure), (double)measure->messages / seconds(measure));
	if (has_messages)
		fprintf(stream, "  reply      %.1f bytes on the wire\n",
		    reply_bytes(measure));
	print_latency(load, stream);
	if (load->arguments->pid != 0) {
		print_cost(load, "server", measure->server_ns, stream);
		print_memory(load, stream);
	}
	print_cost(load, "load", measure->own_ns, stream);
	print_doubts(load, stream);
}

/* A string of ours or of the command line. */
static void
put_string(FILE *stream, const char *name, const char *value)
{
	fprintf(stream, "\"%s\": \"", name);
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\')
			fprintf(stream, "\\%c", c);
		else if (c < ' ' || c > '~')
			fprintf(stream, "\\u%04x", c);
		else
			fputc(c, stream);
	}
	fputs("\", ", stream);
}

static void
put_number(FILE *stream, const char *name, double value)
{
	fprintf(stream, "\"%s\": %.15g, ", name, value);
}

/* What is known with the server's pid only. */
static void
put_known(const struct load *load, FILE *stream, const char *name, double value)
{
	if (load->arguments->pid != 0)
		put_number(stream, name, value);
	else
		fprintf(stream, "\"%s\": null, ", name);
}

static void
put_task(const struct load *load, FILE *stream)
{
	const struct arguments *arguments = load->arguments;

	put_string(stream, "mode", mode_name(arguments->mode));
	put_string(stream, "url", arguments->url);
	put_string(stream, "kind", payload_kind_name(arguments->kind));
	put_number(stream, "bytes", (double)arguments->bytes);
	put_number(stream, "connections", arguments->connections);
	put_number(stream, "depth", arguments->depth);
	put_number(stream, "publishers", arguments->publishers);
	put_string(stream, "deflate", load->extension);
	put_number(stream, "rate_asked", arguments->rate);
}

static void
put_latencies(const struct load *load, FILE *stream)
{
	fprintf(stream,
	    "\"latency_us\": {\"p50\": %.15g, \"p90\": %.15g, "
	    "\"p99\": %.15g, \"p999\": %.15g, \"max\": %.15g}, ",
	    latency_us(load, 0.5), latency_us(load, 0.9),
	    latency_us(load, 0.99), latency_us(load, 0.999),
	    latency_us(load, 1));
}

static void
put_costs(const struct load *load, FILE *stream)
{
	const struct measure *measure = &load->measure;
	const char *who = bottleneck(load);

	put_known(load, stream, "server_us",
	    us_per_message(measure, measure->server_ns));
	put_known(
	    load, stream, "server_share", share(measure, measure->server_ns));
	put_number(stream, "load_us", us_per_message(measure, measure->own_ns));
	put_number(stream, "load_share", share(measure, measure->own_ns));
	put_string(stream, "bottleneck", who == NULL ? "" : who);
	put_known(load, stream, "rss_before", (double)measure->rss_before);
	put_known(load, stream, "rss_after", (double)measure->rss_after);
	put_known(load, stream, "rss_per_connection", resident_growth(load));
}

void
report_json(const struct load *load, FILE *stream)
{
	const struct measure *measure = &load->measure;

	fputc('{', stream);
	put_task(load, stream);
	put_number(stream, "messages", (double)measure->messages);
	put_number(stream, "seconds", seconds(measure));
	put_number(
	    stream, "per_second", (double)measure->messages / seconds(measure));
	put_latencies(load, stream);
	put_costs(load, stream);
	put_number(stream, "reply_bytes", reply_bytes(measure));
	put_number(stream, "late", (double)measure->late);
	put_number(stream, "lost", (double)measure->lost);
	fprintf(stream, "\"duplicated\": %" PRIu64 "}\n", measure->duplicated);
}
