/*
 * The log: one line a call, from any thread. It goes to standard error, a file or
 * a syslog, and nobody waits for any of these: what cannot be written is lost, and
 * counted.
 *
 * Under journald (JOURNAL_STREAM names our stderr) lines start with "<N>", the
 * syslog priority; else with the time in UTC and the level.
 */
#ifndef FRAMED_BASE_LOG_H
#define FRAMED_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/guard.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* What a line is about: each may have a level of its own. */
enum log_area {
	LOG_SERVER,  /* start, end, listeners, and whatever has no other */
	LOG_REQUEST, /* what clients asked for and did not get */
	LOG_SESSION, /* sessions: their states and ends */
	LOG_MODULE,  /* what modules say */
	LOG_AREA_COUNT
};

enum log_target { LOG_TO_STDERR, LOG_TO_FILE, LOG_TO_SYSLOG };

/* Who speaks, to a syslog (RFC 3164 §4.1.1): "kern", 0, to "local7". */
enum log_facility { FACILITY_KERN, FACILITY_DAEMON = 3, FACILITY_LOCAL7 = 23 };

/* As the configuration has it: framed.conf(5). */
struct log_config {
	enum log_level level;
	char *areas; /* "AREA:LEVEL", each with LF behind it; NULL: none */
	enum log_target target;
	char *file;   /* LOG_TO_FILE */
	char *socket; /* LOG_TO_SYSLOG: its path, or "@" and a name */
	enum log_facility facility;
	uint32_t rate; /* of one kind of line in a second; 0: any number */
};

/* Called once, before threads start: looks at the environment. */
void log_init(void);

/*
 * Levels, target and rate, from now on; all of it may change while others write.
 * Returns 0; or -1 with errno when the file cannot be opened, and then nothing has
 * changed. A syslog need not be there yet. Main thread.
 */
MUST_CHECK int log_configure(const struct log_config *config);

/* Opens the file anew, if the log goes to one, which somebody has renamed. If
 * that fails the old one stays, and a line in it says so. Main thread. */
void log_reopen(void);

/* Makes the file that the log goes to, if it was not there before, that user's.
 * Returns 0, or -1 with errno. */
MUST_CHECK int log_give_to(unsigned uid, unsigned gid);

/* From then on nothing below this level is written, in all areas. Any thread. */
void log_set_level(enum log_level level);

/* Whether a line would be written: for lines dear to prepare. */
bool log_is_on(enum log_area area, enum log_level level);

const char *log_level_name(enum log_level level);
/* "server", "request", "session", "module" */
const char *log_area_name(enum log_area area);
/* "stderr", "file", "syslog" */
const char *log_target_name(enum log_target target);
const char *log_facility_name(enum log_facility facility);

/* Reads "AREA:LEVEL". Returns 0, or -1 if it is none. */
MUST_CHECK int log_parse_area(
    const char *text, enum log_area *area_out, enum log_level *level_out);

/*
 * Messages: lower case, no full stop, facts as key=value. A line is cut at 1024
 * bytes. errno is kept. log_error() and log_warn() add errno's text.
 *
 * Of one call in the source, told by its format, only so many lines a second are
 * written; how many were left out stands before the next one.
 */
void log_error(const char *format, ...) PRINTF(1, 2);
void log_errorx(const char *format, ...) PRINTF(1, 2);
void log_warn(const char *format, ...) PRINTF(1, 2);
void log_warnx(const char *format, ...) PRINTF(1, 2);
void log_info(const char *format, ...) PRINTF(1, 2);
/* Names the area. */
void log_debug(enum log_area area, const char *format, ...) PRINTF(2, 3);

/* For lines of an area, and those whose level is data. */
void log_line(enum log_area area, enum log_level level, const char *format, ...)
    PRINTF(3, 4);

/* The same where another text than the format tells which lines are of a kind,
 * such as a module's own. */
void log_like(enum log_area area, enum log_level level, const char *like,
    const char *format, ...) PRINTF(4, 5);

/* The same for lines of which none may be left out, such as the end of each
 * session. */
void log_each(enum log_area area, enum log_level level, const char *format, ...)
    PRINTF(3, 4);

#endif
