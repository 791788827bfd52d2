/*
 * A line is composed on the stack and leaves in one write(2), so that lines of
 * several threads never mix and no lock is needed.
 */
#define _POSIX_C_SOURCE 200809L

#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 1024 };

/* A line under way. The last byte of text is kept for the newline. */
struct line {
	char text[LINE_BYTES];
	size_t length;
};

static const struct {
	const char *name;
	const char *priority; /* as in <syslog.h>, the way journald reads it */
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", "<3>"},
    [LOG_LEVEL_WARN] = {"warn", "<4>"},
    [LOG_LEVEL_INFO] = {"info", "<6>"},
    [LOG_LEVEL_DEBUG] = {"debug", "<7>"},
};

static void line_add_args(struct line *line, const char *format, va_list args)
    PRINTF(2, 0);
static void line_add(struct line *line, const char *format, ...) PRINTF(2, 3);
static void emit(enum log_level level, const char *area, const char *format,
    va_list args, int error) PRINTF(3, 0);

static atomic_int threshold = LOG_LEVEL_INFO;
/* Written by log_init() only, before there are threads. */
static bool is_journal;

/*
 * systemd.exec(5): JOURNAL_STREAM is the device and inode of the stream it
 * connected. A stderr redirected since then is no longer the journal.
 */
void
log_init(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char ours[48];

	is_journal = false;
	if (stream == NULL || fstat(STDERR_FILENO, &st) == -1)
		return;
	snprintf(ours, sizeof ours, "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	is_journal = strcmp(stream, ours) == 0;
}

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

bool
log_is_on(enum log_level level)
{
	return (int)level <=
	    atomic_load_explicit(&threshold, memory_order_relaxed);
}

const char *
log_level_name(enum log_level level)
{
	return levels[level].name;
}

static void
line_add_args(struct line *line, const char *format, va_list args)
{
	size_t room = LINE_BYTES - line->length;
	int length = vsnprintf(line->text + line->length, room, format, args);

	if (length < 0)
		return;
	line->length += (size_t)length < room ? (size_t)length : room - 1;
}

static void
line_add(struct line *line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_add_args(line, format, args);
	va_end(args);
}

static void
line_add_time(struct line *line)
{
	struct timespec now;
	struct tm utc;
	char date[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
	line_add(line, "%s.%03ldZ ", date, now.tv_nsec / 1000000);
}

/* A message with a newline in it would forge a second line. */
static void
line_write(struct line *line)
{
	for (size_t i = 0; i < line->length; i++)
		if ((unsigned char)line->text[i] < ' ')
			line->text[i] = '?';
	line->text[line->length++] = '\n';
	/* A log that cannot be written has nowhere to say so. */
	while (write(STDERR_FILENO, line->text, line->length) == -1)
		if (errno != EINTR)
			break;
}

/* area may be NULL; error is the errno to name, or 0. */
static void
emit(enum log_level level, const char *area, const char *format, va_list args,
    int error)
{
	int kept = errno;
	struct line line = {.length = 0};

	if (is_journal) {
		line_add(&line, "%s", levels[level].priority);
	} else {
		line_add_time(&line);
		line_add(&line, "%s ", levels[level].name);
	}
	if (area != NULL)
		line_add(&line, "%s: ", area);
	line_add_args(&line, format, args);
	if (error != 0) {
		errno = error;
		line_add(&line, ": %m");
	}
	line_write(&line);
	errno = kept;
}

void
log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	emit(LOG_LEVEL_ERROR, NULL, format, args, errno);
	va_end(args);
}

void
log_errorx(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	emit(LOG_LEVEL_ERROR, NULL, format, args, 0);
	va_end(args);
}

void
log_warn(const char *format, ...)
{
	va_list args;

	if (!log_is_on(LOG_LEVEL_WARN))
		return;
	va_start(args, format);
	emit(LOG_LEVEL_WARN, NULL, format, args, errno);
	va_end(args);
}

void
log_warnx(const char *format, ...)
{
	va_list args;

	if (!log_is_on(LOG_LEVEL_WARN))
		return;
	va_start(args, format);
	emit(LOG_LEVEL_WARN, NULL, format, args, 0);
	va_end(args);
}

void
log_info(const char *format, ...)
{
	va_list args;

	if (!log_is_on(LOG_LEVEL_INFO))
		return;
	va_start(args, format);
	emit(LOG_LEVEL_INFO, NULL, format, args, 0);
	va_end(args);
}

void
log_debug(const char *area, const char *format, ...)
{
	va_list args;

	if (!log_is_on(LOG_LEVEL_DEBUG))
		return;
	va_start(args, format);
	emit(LOG_LEVEL_DEBUG, area, format, args, 0);
	va_end(args);
}

void
log_line(enum log_level level, const char *format, ...)
{
	va_list args;

	if (!log_is_on(level))
		return;
	va_start(args, format);
	emit(level, NULL, format, args, 0);
	va_end(args);
}
