/*
 * The log: one line a call, to standard error, in one write(2), from any
 * thread. Under journald (JOURNAL_STREAM names our stderr) lines start with
 * "<N>", the syslog priority; else with the time in UTC and the level.
 */
#ifndef FRAMED_BASE_LOG_H
#define FRAMED_BASE_LOG_H

#include <stdbool.h>

#include "base/guard.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Called once, before threads start: looks at the environment. */
void log_init(void);

/* From then on nothing below this level is written. Any thread. */
void log_set_level(enum log_level level);

/* Whether a line of this level would be written: for lines dear to prepare. */
bool log_is_on(enum log_level level);

const char *log_level_name(enum log_level level);

/* Messages: lower case, no full stop, facts as key=value. A line is cut at
 * 1024 bytes. errno is kept. log_error() and log_warn() add errno's text. */
void log_error(const char *format, ...) PRINTF(1, 2);
void log_errorx(const char *format, ...) PRINTF(1, 2);
void log_warn(const char *format, ...) PRINTF(1, 2);
void log_warnx(const char *format, ...) PRINTF(1, 2);
void log_info(const char *format, ...) PRINTF(1, 2);
/* area: the subsystem's word, such as "session". */
void log_debug(const char *area, const char *format, ...) PRINTF(2, 3);

/* For lines whose level is data, such as the end of a session. */
void log_line(enum log_level level, const char *format, ...) PRINTF(2, 3);

#endif
