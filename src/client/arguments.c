/* Reading the command line. */
#include "client/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/number.h"

enum {
	DEFAULT_PING_SECONDS = 25,
	DEFAULT_TIMEOUT_SECONDS = 10,
	DAY_SECONDS = 24 * 60 * 60,
	/* options that have no letter */
	OPTION_KEEP_OPEN = 256,
	OPTION_CA,
	OPTION_NO_DEFLATE,
	OPTION_TIMEOUT
};

static const struct option long_options[] = {
    {"binary", no_argument, NULL, 'b'},
    {"ca", required_argument, NULL, OPTION_CA},
    {"count", required_argument, NULL, 'n'},
    {"header", required_argument, NULL, 'H'},
    {"help", no_argument, NULL, 'h'},
    {"insecure", no_argument, NULL, 'k'},
    {"keep-open", no_argument, NULL, OPTION_KEEP_OPEN},
    {"no-deflate", no_argument, NULL, OPTION_NO_DEFLATE},
    {"origin", required_argument, NULL, 'o'},
    {"ping", required_argument, NULL, 'p'},
    {"quiet", no_argument, NULL, 'q'},
    {"reconnect", required_argument, NULL, 'r'},
    {"single", no_argument, NULL, '1'},
    {"subprotocol", required_argument, NULL, 's'},
    {"text", no_argument, NULL, 't'},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static int
print_usage(FILE *stream, int status)
{
	fputs(
	    "usage: framed-cat [options] URL\n"
	    "\n"
	    "Sends standard input to a WebSocket server, and prints what it "
	    "answers.\n"
	    "URL is ws://HOST[:PORT][/PATH], the same with wss, or "
	    "ws+unix:SOCKET[:/PATH].\n"
	    "\n"
	    "  -t, --text              each line is a message (the default)\n"
	    "  -b, --binary            input and output are bytes\n"
	    "  -1, --single            all of the input is one message\n"
	    "  -s, --subprotocol NAME  offer this; may be repeated\n"
	    "  -H, --header 'N: V'     add this line; may be repeated\n"
	    "  -o, --origin ORIGIN     send this as Origin\n"
	    "  -k, --insecure          take any certificate for the server's\n"
	    "      --ca FILE           trust these authorities only\n"
	    "      --no-deflate        do not offer compression\n"
	    "  -p, --ping SECONDS      between pings (25; 0: none)\n"
	    "      --timeout SECONDS   for each try to connect (10)\n"
	    "  -n, --count N           end after N messages, not with the "
	    "input\n"
	    "      --keep-open         do not end with the input\n"
	    "  -r, --reconnect SECONDS try again so long after the end\n"
	    "  -v, --verbose           tell what was agreed on, and the end\n"
	    "  -q, --quiet             no complaints\n"
	    "  -h, --help              print this\n"
	    "  -V, --version           print the version\n",
	    stream);
	return status;
}

static int
complain(const char *what, const char *value)
{
	fprintf(stderr, "framed-cat: %s: %s\n", what, value);
	return EX_USAGE;
}

static int
say_no_memory(void)
{
	fputs("framed-cat: out of memory\n", stderr);
	return EX_OSERR;
}

static int
read_seconds(const char *text, uint64_t min, uint32_t *seconds_out)
{
	uint64_t number;

	if (number_read(text, DAY_SECONDS, &number) == -1 || number < min)
		return complain("not a number of seconds", text);
	*seconds_out = (uint32_t)number;
	return ARGUMENTS_GO_ON;
}

static int
read_count(struct arguments *arguments, const char *text)
{
	if (number_read(text, UINT64_MAX, &arguments->count) == -1 ||
	    arguments->count == 0)
		return complain("not a number of messages", text);
	/* what is counted may come long after the input */
	arguments->keeps_open = true;
	return ARGUMENTS_GO_ON;
}

/* Appends before, text and behind to a string that grows. */
static int
append(char **string, const char *before, const char *text, const char *behind)
{
	size_t length = *string == NULL ? 0 : strlen(*string);
	size_t size =
	    length + strlen(before) + strlen(text) + strlen(behind) + 1;
	char *longer = realloc(*string, size);

	if (longer == NULL)
		return say_no_memory();
	snprintf(
	    longer + length, size - length, "%s%s%s", before, text, behind);
	*string = longer;
	return ARGUMENTS_GO_ON;
}

/* An option with a value. */
static int
read_value(struct arguments *arguments, int option, const char *value)
{
	switch (option) {
	case 'H':
		return append(&arguments->headers, "", value, "\r\n");
	case 'n':
		return read_count(arguments, value);
	case 'o':
		arguments->origin = value;
		return ARGUMENTS_GO_ON;
	case 'p':
		return read_seconds(value, 0, &arguments->ping_seconds);
	case 'r':
		return read_seconds(value, 1, &arguments->reconnect_seconds);
	case 's':
		return append(&arguments->subprotocols,
		    arguments->subprotocols == NULL ? "" : ",", value, "");
	case OPTION_CA:
		arguments->ca_file = value;
		return ARGUMENTS_GO_ON;
	case OPTION_TIMEOUT:
		return read_seconds(value, 1, &arguments->timeout_seconds);
	}
	return print_usage(stderr, EX_USAGE);
}

/* An option without. */
static int
read_flag(struct arguments *arguments, int option)
{
	switch (option) {
	case '1':
		arguments->is_single = true;
		break;
	case 'b':
		arguments->is_binary = true;
		break;
	case 'k':
		arguments->trusts_all = true;
		break;
	case 't':
		arguments->is_binary = false;
		break;
	case 'q':
		arguments->verbosity = QUIET;
		break;
	case 'v':
		arguments->verbosity = VERBOSE;
		break;
	case OPTION_KEEP_OPEN:
		arguments->keeps_open = true;
		break;
	case OPTION_NO_DEFLATE:
		arguments->has_no_deflate = true;
		break;
	case 'h':
		return print_usage(stdout, EX_OK);
	case 'V':
		puts("framed-cat " FRAMED_VERSION);
		return EX_OK;
	default:
		return print_usage(stderr, EX_USAGE);
	}
	return ARGUMENTS_GO_ON;
}

int
arguments_read(struct arguments *arguments, int argc, char **argv)
{
	int status = ARGUMENTS_GO_ON;
	int option;

	*arguments = (struct arguments){
	    .verbosity = NORMAL,
	    .ping_seconds = DEFAULT_PING_SECONDS,
	    .timeout_seconds = DEFAULT_TIMEOUT_SECONDS,
	};
	while (status == ARGUMENTS_GO_ON &&
	    (option = getopt_long(
	         argc, argv, "1bH:hkn:o:p:qr:s:tvV", long_options, NULL)) != -1)
		status = optarg != NULL ? read_value(arguments, option, optarg)
		                        : read_flag(arguments, option);
	if (status != ARGUMENTS_GO_ON)
		return status;
	if (optind != argc - 1)
		return print_usage(stderr, EX_USAGE);
	arguments->url = argv[optind];
	return ARGUMENTS_GO_ON;
}

void
arguments_release(struct arguments *arguments)
{
	free(arguments->subprotocols);
	free(arguments->headers);
	arguments->subprotocols = NULL;
	arguments->headers = NULL;
}
