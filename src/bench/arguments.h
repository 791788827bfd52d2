/* The command line of framed-bench: see framed-bench(1). */
#ifndef FRAMED_BENCH_ARGUMENTS_H
#define FRAMED_BENCH_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/guard.h"
#include "bench/payloads.h"

enum mode_kind { MODE_ECHO, MODE_BROADCAST, MODE_CONNECT, MODE_IDLE };

enum deflate_use {
	DEFLATE_OFF,
	DEFLATE_ALONE,   /* no context takeover on either side */
	DEFLATE_TAKEOVER /* on both */
};

enum { ARGUMENTS_NO_CPU = -1 };

struct arguments {
	enum mode_kind mode;
	const char *url;
	size_t bytes; /* of a message */
	enum payload_kind kind;
	uint32_t connections;
	uint32_t depth; /* messages under way at once on each connection */
	uint32_t publishers;
	uint64_t messages;    /* to measure; 0: by time */
	uint64_t duration_ns; /* when by time */
	uint64_t warmup;      /* messages before */
	double rate; /* messages a second; 0: as fast as replies come */
	enum deflate_use deflate;
	pid_t pid; /* of the server; 0: not to be looked at */
	int cpu;   /* to run on, or ARGUMENTS_NO_CPU */
	bool is_json;
	bool trusts_all; /* whoever has the server's certificate made */
};

enum { ARGUMENTS_GO_ON = -1 };

/* Its name, as on the command line. */
const char *mode_name(enum mode_kind mode);

/*
 * Reads the command line, which the result borrows. Returns ARGUMENTS_GO_ON, or
 * the status to exit with after what is to be said was said.
 */
MUST_CHECK int arguments_read(
    struct arguments *arguments, int argc, char **argv);

#endif
