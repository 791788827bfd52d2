/*
 * Where lines of the log go: log.c's own. Nobody waits here. What cannot be
 * written at once is lost and counted; the next line that can be says how many
 * were.
 */
#ifndef FRAMED_BASE_LOG_SINK_H
#define FRAMED_BASE_LOG_SINK_H

#include <stddef.h>

#include "base/guard.h"
#include "base/log.h"

/* Looks at standard error. Main thread, as for the next two. */
void log_sink_init(void);

/* As log_configure(). */
MUST_CHECK int log_sink_configure(const struct log_config *config);

/* Opens the file anew. Returns 0, also where there is none, or -1 with errno. */
MUST_CHECK int log_sink_reopen(void);

/* As log_give_to(). */
MUST_CHECK int log_sink_give_to(unsigned uid, unsigned gid);

/* Where lines go just now, which tells their form. Any thread. */
enum log_target log_sink_target(void);
unsigned log_sink_facility(void);

/* Writes one line, with LF behind it, to where that target is. Any thread. Returns
 * how many lines were lost since the last that was not, or 0; to be told. */
unsigned log_sink_write(
    enum log_target target, const char *line, size_t length);

#endif
