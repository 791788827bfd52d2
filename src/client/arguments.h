/* The command line of framed-cat: see framed-cat(1). */
#ifndef FRAMED_CLIENT_ARGUMENTS_H
#define FRAMED_CLIENT_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/guard.h"

enum verbosity { QUIET, NORMAL, VERBOSE };

struct arguments {
	const char *url;
	bool is_binary;
	bool is_single;  /* all of the input is one message */
	bool keeps_open; /* when the input is at its end; with a count, too */
	bool has_no_deflate;
	bool trusts_all;     /* whoever has the server's certificate made */
	const char *ca_file; /* whom to trust for it; NULL: as the system */
	enum verbosity verbosity;
	uint32_t ping_seconds;
	uint32_t timeout_seconds;
	uint32_t reconnect_seconds; /* 0: does not */
	uint64_t count;             /* messages to end after; 0: any number */
	const char *origin;         /* NULL: none */
	char *subprotocols;         /* with commas; NULL: none */
	char *headers;              /* lines with CRLF; NULL: none */
};

enum { ARGUMENTS_GO_ON = -1 };

/*
 * Reads the command line. Returns ARGUMENTS_GO_ON, or the status to exit with
 * after what is to be said was said. arguments_release() is due in every case.
 */
MUST_CHECK int arguments_read(
    struct arguments *arguments, int argc, char **argv);
void arguments_release(struct arguments *arguments);

#endif
