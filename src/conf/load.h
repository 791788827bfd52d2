/* From a libconfig file to struct conf, and back to text. */
#ifndef FRAMED_CONF_LOAD_H
#define FRAMED_CONF_LOAD_H

#include <stdio.h>

#include "base/guard.h"
#include "conf/conf.h"

/*
 * Where a load puts its complaints: each is written to `stream` as
 * "framed: FILE:LINE: message" and counted; beyond a hundred they are counted
 * only, after a line that says so. Also used by later checks of the same file
 * (modules' settings, listeners).
 */
struct conf_report {
	FILE *stream;
	unsigned count;
};

/* Writes one complaint; line 0 leaves the line out. */
void conf_complain(struct conf_report *report, const char *file, unsigned line,
    const char *format, ...) PRINTF(4, 5);

/*
 * Loads a file. Everything wrong in it is reported, not only the first thing.
 * Returns the configuration, which the caller frees, or NULL after at least
 * one complaint.
 */
MUST_CHECK struct conf *conf_load(const char *file, struct conf_report *report);

/*
 * Writes the whole effective configuration, defaults included, as a file that
 * conf_load() reads to the same configuration. Returns 0, or -1 with errno
 * when the stream failed.
 */
MUST_CHECK int conf_print(const struct conf *conf, FILE *stream);

#endif
