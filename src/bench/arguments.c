/* Reading the command line. */
#include "bench/arguments.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/number.h"

enum {
	BYTES_MAX = 64 << 20,
	CONNECTIONS_MAX = 1000000,
	DEPTH_MAX = 4096,
	MESSAGES_MAX = 1 << 30,
	SECONDS_MAX = 24 * 60 * 60,
	BROADCAST_BYTES_MIN = 24 /* publisher, number and time */
};

static const char *const mode_names[] = {
    [MODE_ECHO] = "echo",
    [MODE_BROADCAST] = "broadcast",
    [MODE_CONNECT] = "connect",
    [MODE_IDLE] = "idle",
};

const char *
mode_name(enum mode_kind mode)
{
	return mode_names[mode];
}

static int
print_usage(FILE *stream, int status)
{
	fputs(
	    "usage: framed-bench [options] echo|broadcast|connect|idle URL\n"
	    "\n"
	    "Puts a load on a WebSocket server, checks every reply, and says "
	    "what it measured.\n"
	    "URL is ws://HOST[:PORT][/PATH], the same with wss, or "
	    "ws+unix:SOCKET[:/PATH].\n"
	    "\n"
	    "  -a cpu          run on this processor\n"
	    "  -b bytes        size of a message (64)\n"
	    "  -c connections  how many at once (50; broadcast, idle: 1000)\n"
	    "  -d depth        messages under way on each connection (1)\n"
	    "  -h              print this\n"
	    "  -j              print JSON\n"
	    "  -k kind         binary, ascii, utf8 or json (binary)\n"
	    "  -K              take any certificate for the server's\n"
	    "  -n messages     how many to measure\n"
	    "  -p pid          of the server: measure its processor time and "
	    "memory\n"
	    "  -P publishers   of a broadcast (1)\n"
	    "  -r rate         send so many messages a second, whatever comes "
	    "back\n"
	    "  -t seconds      how long to measure (5)\n"
	    "  -V              print the version\n"
	    "  -w messages     to send before (one for each under way)\n"
	    "  -z use          permessage-deflate: off, alone or takeover "
	    "(off)\n",
	    stream);
	return status;
}

static int
complain(const char *what, const char *value)
{
	fprintf(stderr, "framed-bench: %s: %s\n", what, value);
	return EX_USAGE;
}

/* A number from min to max. */
static int
read_count(const char *text, uint64_t min, uint64_t max, uint64_t *number_out)
{
	if (number_read(text, max, number_out) == -1 || *number_out < min)
		return complain("not a number that fits here", text);
	return ARGUMENTS_GO_ON;
}

static int
read_count_32(const char *text, uint64_t max, uint32_t *number_out)
{
	uint64_t number;
	int status = read_count(text, 1, max, &number);

	if (status == ARGUMENTS_GO_ON)
		*number_out = (uint32_t)number;
	return status;
}

/* A number above 0 that need not be whole. */
static int
read_real(const char *text, double max, double *number_out)
{
	char *end;

	*number_out = strtod(text, &end);
	if (*end != '\0' || end == text || !isfinite(*number_out) ||
	    *number_out <= 0 || *number_out > max)
		return complain("not a number that fits here", text);
	return ARGUMENTS_GO_ON;
}

static int
read_kind(struct arguments *arguments, const char *word)
{
	for (int kind = PAYLOAD_BINARY; kind <= PAYLOAD_JSON; kind++) {
		if (strcmp(payload_kind_name((enum payload_kind)kind), word) ==
		    0) {
			arguments->kind = (enum payload_kind)kind;
			return ARGUMENTS_GO_ON;
		}
	}
	return complain("not a kind of messages", word);
}

static int
read_deflate(struct arguments *arguments, const char *word)
{
	if (strcmp(word, "off") == 0)
		arguments->deflate = DEFLATE_OFF;
	else if (strcmp(word, "alone") == 0)
		arguments->deflate = DEFLATE_ALONE;
	else if (strcmp(word, "takeover") == 0)
		arguments->deflate = DEFLATE_TAKEOVER;
	else
		return complain("not a use of permessage-deflate", word);
	return ARGUMENTS_GO_ON;
}

static int
read_cpu(struct arguments *arguments, const char *text)
{
	uint64_t cpu;
	int status = read_count(text, 0, CPU_SETSIZE - 1, &cpu);

	if (status == ARGUMENTS_GO_ON)
		arguments->cpu = (int)cpu;
	return status;
}

static int
read_pid(struct arguments *arguments, const char *text)
{
	uint64_t pid;
	int status = read_count(text, 1, INT32_MAX, &pid);

	if (status == ARGUMENTS_GO_ON)
		arguments->pid = (pid_t)pid;
	return status;
}

static int
read_seconds(struct arguments *arguments, const char *text)
{
	double seconds;
	int status = read_real(text, SECONDS_MAX, &seconds);

	if (status == ARGUMENTS_GO_ON)
		arguments->duration_ns = (uint64_t)(seconds * 1e9);
	return status;
}

static int
read_bytes(struct arguments *arguments, const char *text)
{
	uint64_t bytes;
	int status = read_count(text, 0, BYTES_MAX, &bytes);

	if (status == ARGUMENTS_GO_ON)
		arguments->bytes = (size_t)bytes;
	return status;
}

/* An option with a value. */
static int
read_value(struct arguments *arguments, int option, const char *value)
{
	switch (option) {
	case 'a':
		return read_cpu(arguments, value);
	case 'b':
		return read_bytes(arguments, value);
	case 'c':
		return read_count_32(
		    value, CONNECTIONS_MAX, &arguments->connections);
	case 'd':
		return read_count_32(value, DEPTH_MAX, &arguments->depth);
	case 'k':
		return read_kind(arguments, value);
	case 'n':
		return read_count(value, 1, MESSAGES_MAX, &arguments->messages);
	case 'p':
		return read_pid(arguments, value);
	case 'P':
		return read_count_32(
		    value, CONNECTIONS_MAX, &arguments->publishers);
	case 'r':
		return read_real(value, 1e9, &arguments->rate);
	case 't':
		return read_seconds(arguments, value);
	case 'w':
		return read_count(value, 0, MESSAGES_MAX, &arguments->warmup);
	case 'z':
		return read_deflate(arguments, value);
	}
	return print_usage(stderr, EX_USAGE);
}

static int
read_option(struct arguments *arguments, int option, const char *value)
{
	switch (option) {
	case 'h':
		return print_usage(stdout, EX_OK);
	case 'j':
		arguments->is_json = true;
		return ARGUMENTS_GO_ON;
	case 'K':
		arguments->trusts_all = true;
		return ARGUMENTS_GO_ON;
	case 'V':
		puts("framed-bench " FRAMED_VERSION);
		return EX_OK;
	case '?':
		return print_usage(stderr, EX_USAGE);
	}
	return read_value(arguments, option, value);
}

/* What only one mode or another can do. */
static int
check(const struct arguments *arguments)
{
	const char *mode = mode_names[arguments->mode];

	if (arguments->rate > 0 && arguments->mode != MODE_ECHO)
		return complain("-r goes with echo, not with", mode);
	if (arguments->deflate != DEFLATE_OFF && arguments->mode != MODE_ECHO)
		return complain("-z goes with echo, not with", mode);
	if (arguments->deflate != DEFLATE_OFF &&
	    arguments->kind == PAYLOAD_BINARY)
		return complain("random bytes cannot be compressed",
		    "take another -k with -z");
	if (arguments->mode != MODE_BROADCAST)
		return ARGUMENTS_GO_ON;
	if (arguments->bytes < BROADCAST_BYTES_MIN)
		return complain("broadcast needs more", "-b 24 at least");
	if (arguments->publishers > arguments->connections)
		return complain("publishers are connections", "-P is above -c");
	if (arguments->kind != PAYLOAD_BINARY)
		return complain("a broadcast is binary", "leave out -k");
	return ARGUMENTS_GO_ON;
}

static void
set_defaults(struct arguments *arguments)
{
	bool is_many =
	    arguments->mode == MODE_BROADCAST || arguments->mode == MODE_IDLE;

	if (arguments->connections == 0)
		arguments->connections = is_many ? 1000 : 50;
	if (arguments->warmup != UINT64_MAX)
		return;
	arguments->warmup = arguments->mode == MODE_BROADCAST
	    ? arguments->publishers
	    : (uint64_t)arguments->connections * arguments->depth;
}

int
arguments_read(struct arguments *arguments, int argc, char **argv)
{
	int status = ARGUMENTS_GO_ON, option, mode;

	*arguments = (struct arguments){
	    .bytes = 64,
	    .depth = 1,
	    .publishers = 1,
	    .duration_ns = 5000000000,
	    .warmup = UINT64_MAX,
	    .cpu = ARGUMENTS_NO_CPU,
	};
	while (status == ARGUMENTS_GO_ON &&
	    (option = getopt(argc, argv, "a:b:c:d:hjk:Kn:p:P:r:t:Vw:z:")) != -1)
		status = read_option(arguments, option, optarg);
	if (status != ARGUMENTS_GO_ON)
		return status;
	if (optind != argc - 2)
		return print_usage(stderr, EX_USAGE);
	for (mode = MODE_IDLE; mode >= MODE_ECHO; mode--)
		if (strcmp(mode_names[mode], argv[optind]) == 0)
			break;
	if (mode < MODE_ECHO)
		return complain("no such mode", argv[optind]);
	arguments->mode = (enum mode_kind)mode;
	arguments->url = argv[optind + 1];
	set_defaults(arguments);
	return check(arguments);
}
