/*
 * A line is composed on the stack and leaves in one write, so that lines of
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

#include "base/log_limit.h"
#include "base/log_sink.h"

enum { LINE_BYTES = 1024 };

/* A line under way. The last byte of text is kept for the newline. */
struct line {
	enum log_target target;
	char text[LINE_BYTES];
	size_t length;
};

static const struct {
	const char *name;
	unsigned priority; /* as in <syslog.h> */
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", 3},
    [LOG_LEVEL_WARN] = {"warn", 4},
    [LOG_LEVEL_INFO] = {"info", 6},
    [LOG_LEVEL_DEBUG] = {"debug", 7},
};

static const char *const areas[LOG_AREA_COUNT] = {
    [LOG_SERVER] = "server",
    [LOG_REQUEST] = "request",
    [LOG_SESSION] = "session",
    [LOG_MODULE] = "module",
};

static void line_add_args(struct line *line, const char *format, va_list args)
    PRINTF(2, 0);
static void line_add(struct line *line, const char *format, ...) PRINTF(2, 3);
static void emit(enum log_level level, const char *area, const char *format,
    va_list args, int error) PRINTF(3, 0);
static void tell(const char *format, ...) PRINTF(1, 2);

static atomic_int thresholds[LOG_AREA_COUNT] = {
    LOG_LEVEL_INFO,
    LOG_LEVEL_INFO,
    LOG_LEVEL_INFO,
    LOG_LEVEL_INFO,
};
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

	log_sink_init();
	is_journal = false;
	if (stream == NULL || fstat(STDERR_FILENO, &st) == -1)
		return;
	snprintf(ours, sizeof ours, "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	is_journal = strcmp(stream, ours) == 0;
}

static void
set_threshold(enum log_area area, enum log_level level)
{
	atomic_store_explicit(
	    &thresholds[area], (int)level, memory_order_relaxed);
}

void
log_set_level(enum log_level level)
{
	for (unsigned i = 0; i < LOG_AREA_COUNT; i++)
		set_threshold((enum log_area)i, level);
}

/* Sets the levels of areas that have one of their own. */
static void
set_areas(const char *list)
{
	char text[64];

	while (list != NULL && *list != '\0') {
		size_t length = strcspn(list, "\n");
		enum log_level level;
		enum log_area area;

		snprintf(text, sizeof(text), "%.*s", (int)length, list);
		if (log_parse_area(text, &area, &level) == 0)
			set_threshold(area, level);
		list += length + (list[length] != '\0');
	}
}

int
log_configure(const struct log_config *config)
{
	if (log_sink_configure(config) == -1)
		return -1;
	log_set_level(config->level);
	set_areas(config->areas);
	log_limit_set(config->rate);
	return 0;
}

void
log_reopen(void)
{
	if (log_sink_reopen() == -1)
		log_warn("cannot reopen the log, the old one stays");
}

int
log_give_to(unsigned uid, unsigned gid)
{
	return log_sink_give_to(uid, gid);
}

bool
log_is_on(enum log_area area, enum log_level level)
{
	return (int)level <=
	    atomic_load_explicit(&thresholds[area], memory_order_relaxed);
}

const char *
log_level_name(enum log_level level)
{
	return levels[level].name;
}

const char *
log_area_name(enum log_area area)
{
	return areas[area];
}

const char *
log_target_name(enum log_target target)
{
	static const char *const names[] = {"stderr", "file", "syslog"};

	return names[target];
}

const char *
log_facility_name(enum log_facility facility)
{
	static const char *const names[] = {"kern", "user", "mail", "daemon",
	    "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	    "ntp", "audit", "alert", "clock", "local0", "local1", "local2",
	    "local3", "local4", "local5", "local6", "local7"};

	return names[facility];
}

int
log_parse_area(
    const char *text, enum log_area *area_out, enum log_level *level_out)
{
	const char *colon = strchr(text, ':');
	size_t length = colon == NULL ? 0 : (size_t)(colon - text);
	unsigned area = 0, level = 0;

	if (colon == NULL)
		return -1;
	while (area < LOG_AREA_COUNT &&
	    (strlen(areas[area]) != length ||
	        strncmp(text, areas[area], length) != 0))
		area++;
	while (level <= LOG_LEVEL_DEBUG &&
	    strcmp(colon + 1, levels[level].name) != 0)
		level++;
	*area_out = (enum log_area)area;
	*level_out = (enum log_level)level;
	return area < LOG_AREA_COUNT && level <= LOG_LEVEL_DEBUG ? 0 : -1;
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

/* As RFC 3164 §4.1.2 has it: who reads it knows the year and the place. */
static void
line_add_local_time(struct line *line)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm here;

	localtime_r(&now, &here);
	line_add(line, "%s %2d %02d:%02d:%02d", months[here.tm_mon],
	    here.tm_mday, here.tm_hour, here.tm_min, here.tm_sec);
}

/* What stands before the message, as it is where the line goes to. */
static void
line_begin(struct line *line, enum log_level level)
{
	line->target = log_sink_target();
	line->length = 0;
	if (line->target == LOG_TO_SYSLOG) {
		line_add(line, "<%u>",
		    log_sink_facility() << 3 | levels[level].priority);
		line_add_local_time(line);
		line_add(line, " framed[%d]: ", (int)getpid());
	} else if (line->target == LOG_TO_STDERR && is_journal) {
		line_add(line, "<%u>", levels[level].priority);
	} else {
		line_add_time(line);
		line_add(line, "%s ", levels[level].name);
	}
}

/* A message with a newline in it would forge a second line. Returns how many
 * lines were lost before this one. */
static unsigned
line_write(struct line *line)
{
	for (size_t i = 0; i < line->length; i++)
		if ((unsigned char)line->text[i] < ' ')
			line->text[i] = '?';
	line->text[line->length++] = '\n';
	return log_sink_write(line->target, line->text, line->length);
}

/* A line about the log itself. */
static void
tell(const char *format, ...)
{
	struct line line;
	va_list args;

	line_begin(&line, LOG_LEVEL_WARN);
	va_start(args, format);
	line_add_args(&line, format, args);
	va_end(args);
	line_write(&line);
}

/* area may be NULL; error is the errno to name, or 0. */
static void
emit(enum log_level level, const char *area, const char *format, va_list args,
    int error)
{
	int kept = errno;
	struct line line;
	unsigned lost;

	line_begin(&line, level);
	if (area != NULL)
		line_add(&line, "%s: ", area);
	line_add_args(&line, format, args);
	if (error != 0) {
		errno = error;
		line_add(&line, ": %m");
	}
	lost = line_write(&line);
	if (lost > 0)
		tell("log could not be written lost=%u", lost);
	errno = kept;
}

/* Whether one more of this kind may be written now, which reads like that. */
static bool
may_pass_as(uint64_t kind, const char *like)
{
	int kept = errno;
	struct timespec now;
	unsigned left_out;
	bool may;

	clock_gettime(CLOCK_MONOTONIC, &now);
	may = log_limit_pass(kind, (uint32_t)now.tv_sec, &left_out);
	if (left_out > 0)
		tell("lines were left out count=%u like=\"%.60s\"", left_out,
		    like);
	errno = kept;
	return may;
}

static bool
may_pass(const char *format)
{
	return may_pass_as((uintptr_t)format, format);
}

/* FNV-1a: of text that may be elsewhere next time. */
static uint64_t
hash(const char *text)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	while (*text != '\0')
		value =
		    (value ^ (unsigned char)*text++) * UINT64_C(0x100000001b3);
	return value | 1;
}

void
log_error(const char *format, ...)
{
	va_list args;

	if (!log_is_on(LOG_SERVER, LOG_LEVEL_ERROR) || !may_pass(format))
		return;
	va_start(args, format);
	emit(LOG_LEVEL_ERROR, NULL, format, args, errno);
	va_end(args);
}

void
log_errorx(const char *format, ...)
{
	va_list args;

	if (!log_is_on(LOG_SERVER, LOG_LEVEL_ERROR) || !may_pass(format))
		return;
	va_start(args, format);
	emit(LOG_LEVEL_ERROR, NULL, format, args, 0);
	va_end(args);
}

void
log_warn(const char *format, ...)
{
	va_list args;

	if (!log_is_on(LOG_SERVER, LOG_LEVEL_WARN) || !may_pass(format))
		return;
	va_start(args, format);
	emit(LOG_LEVEL_WARN, NULL, format, args, errno);
	va_end(args);
}

void
log_warnx(const char *format, ...)
{
	va_list args;

	if (!log_is_on(LOG_SERVER, LOG_LEVEL_WARN) || !may_pass(format))
		return;
	va_start(args, format);
	emit(LOG_LEVEL_WARN, NULL, format, args, 0);
	va_end(args);
}

void
log_info(const char *format, ...)
{
	va_list args;

	if (!log_is_on(LOG_SERVER, LOG_LEVEL_INFO) || !may_pass(format))
		return;
	va_start(args, format);
	emit(LOG_LEVEL_INFO, NULL, format, args, 0);
	va_end(args);
}

void
log_debug(enum log_area area, const char *format, ...)
{
	va_list args;

	if (!log_is_on(area, LOG_LEVEL_DEBUG) || !may_pass(format))
		return;
	va_start(args, format);
	emit(LOG_LEVEL_DEBUG, areas[area], format, args, 0);
	va_end(args);
}

void
log_line(enum log_area area, enum log_level level, const char *format, ...)
{
	va_list args;

	if (!log_is_on(area, level) || !may_pass(format))
		return;
	va_start(args, format);
	emit(level, NULL, format, args, 0);
	va_end(args);
}

void
log_like(enum log_area area, enum log_level level, const char *like,
    const char *format, ...)
{
	va_list args;

	if (!log_is_on(area, level) || !may_pass_as(hash(like), like))
		return;
	va_start(args, format);
	emit(level, NULL, format, args, 0);
	va_end(args);
}

void
log_each(enum log_area area, enum log_level level, const char *format, ...)
{
	va_list args;

	if (!log_is_on(area, level))
		return;
	va_start(args, format);
	emit(level, NULL, format, args, 0);
	va_end(args);
}
