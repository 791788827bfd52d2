/* Standard error becomes a packet socket: one read gives what one write put. */
#define _POSIX_C_SOURCE 200809L

#include "base/log.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/guard.h"
#include "tests/unit/harness.h"

enum { TIME_LENGTH = sizeof "2026-01-02T03:04:05.678Z" - 1 };

static int reader = -1;
static int stderr_kept = -1;
static char got[8192];

static void
catch_stderr(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	stderr_kept = dup(STDERR_FILENO);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	reader = ends[0];
	unsetenv("JOURNAL_STREAM");
	log_init();
	ck_assert_int_eq(
	    log_configure(&(struct log_config){.level = LOG_LEVEL_DEBUG}), 0);
	/* as the daemon does */
	signal(SIGPIPE, SIG_IGN);
}

static void
release_stderr(void)
{
	dup2(stderr_kept, STDERR_FILENO);
	close(stderr_kept);
	close(reader);
}

/* The next write, whole; empty when there was none. */
static const char *
caught(void)
{
	ssize_t length = read(reader, got, sizeof got - 1);

	got[length > 0 ? length : 0] = '\0';
	return got;
}

/* As if journald had connected our stderr, `offset` inodes away. */
static void
pretend_journal(unsigned offset)
{
	struct stat st;
	char value[64];

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(value, sizeof value, "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino + offset);
	setenv("JOURNAL_STREAM", value, 1);
	log_init();
}

static bool
has_shape(const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++, text++) {
		if (*shape == '0' ? *text < '0' || *text > '9'
		                  : *text != *shape)
			return false;
	}
	return true;
}

START_TEST(lines_start_with_the_time_and_the_level)
{
	log_info("ready workers=%d", 4);
	ck_assert(has_shape(caught(), "0000-00-00T00:00:00.000Z "));
	ck_assert_str_eq(got + TIME_LENGTH, " info ready workers=4\n");
}
END_TEST

START_TEST(journal_lines_start_with_the_priority)
{
	pretend_journal(0);
	log_errorx("a");
	ck_assert_str_eq(caught(), "<3>a\n");
	log_warnx("b");
	ck_assert_str_eq(caught(), "<4>b\n");
	log_info("c");
	ck_assert_str_eq(caught(), "<6>c\n");
	log_debug(LOG_SESSION, "d");
	ck_assert_str_eq(caught(), "<7>session: d\n");
}
END_TEST

START_TEST(a_redirected_stderr_is_not_the_journal)
{
	pretend_journal(1);
	log_info("x");
	ck_assert_str_eq(caught() + TIME_LENGTH, " info x\n");
}
END_TEST

START_TEST(debug_lines_name_their_area)
{
	log_debug(LOG_MODULE, "turn=%u", 7u);
	ck_assert_str_eq(caught() + TIME_LENGTH, " debug module: turn=7\n");
}
END_TEST

START_TEST(error_and_warn_add_the_text_of_errno_and_keep_it)
{
	errno = ENOENT;
	log_error("open file=%s", "x");
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(caught() + TIME_LENGTH,
	    " error open file=x: No such file or directory\n");
	errno = EACCES;
	log_warn("bind");
	ck_assert_int_eq(errno, EACCES);
	ck_assert_str_eq(
	    caught() + TIME_LENGTH, " warn bind: Permission denied\n");
	log_warnx("plain");
	ck_assert_str_eq(caught() + TIME_LENGTH, " warn plain\n");
}
END_TEST

START_TEST(nothing_below_the_level_is_written)
{
	log_set_level(LOG_LEVEL_WARN);
	ck_assert(log_is_on(LOG_SERVER, LOG_LEVEL_ERROR));
	ck_assert(log_is_on(LOG_SERVER, LOG_LEVEL_WARN));
	ck_assert(!log_is_on(LOG_SERVER, LOG_LEVEL_INFO));
	log_info("x");
	log_debug(LOG_SERVER, "x");
	log_line(LOG_SERVER, LOG_LEVEL_INFO, "x");
	ck_assert_str_eq(caught(), "");
	log_line(LOG_SERVER, LOG_LEVEL_WARN, "y");
	ck_assert_str_eq(caught() + TIME_LENGTH, " warn y\n");
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("x");
	log_warnx("x");
	ck_assert_str_eq(caught(), "");
	log_errorx("z");
	ck_assert_str_eq(caught() + TIME_LENGTH, " error z\n");
}
END_TEST

START_TEST(long_lines_are_cut_and_still_end)
{
	char message[3000];

	memset(message, 'm', sizeof message);
	message[sizeof message - 1] = '\0';
	errno = ENOENT;
	log_error("%s", message);
	ck_assert_uint_eq(strlen(caught()), 1024);
	ck_assert_str_eq(got + 1020, "mmm\n");
}
END_TEST

START_TEST(control_bytes_cannot_forge_a_line)
{
	log_info("%s", "a\nb\r\x1b[0m");
	ck_assert_str_eq(caught() + TIME_LENGTH, " info a?b??[0m\n");
}
END_TEST

START_TEST(a_broken_stderr_is_survived)
{
	int end = fcntl(STDERR_FILENO, F_DUPFD, 0);

	close(STDERR_FILENO);
	errno = ENOENT;
	log_info("nobody hears");
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(dup2(end, STDERR_FILENO), STDERR_FILENO);
	close(end);
	log_info("x");
	ck_assert_str_eq(caught() + TIME_LENGTH, " info x\n");
}
END_TEST

START_TEST(levels_have_names)
{
	ck_assert_str_eq(log_level_name(LOG_LEVEL_ERROR), "error");
	ck_assert_str_eq(log_level_name(LOG_LEVEL_WARN), "warn");
	ck_assert_str_eq(log_level_name(LOG_LEVEL_INFO), "info");
	ck_assert_str_eq(log_level_name(LOG_LEVEL_DEBUG), "debug");
}
END_TEST

START_TEST(areas_have_levels_of_their_own)
{
	char list[] = "session:debug\nmodule:error\n";
	const struct log_config config = {
	    .level = LOG_LEVEL_WARN, .areas = list};

	ck_assert_int_eq(log_configure(&config), 0);
	ck_assert(log_is_on(LOG_SESSION, LOG_LEVEL_DEBUG));
	ck_assert(!log_is_on(LOG_MODULE, LOG_LEVEL_WARN));
	ck_assert(log_is_on(LOG_REQUEST, LOG_LEVEL_WARN));
	ck_assert(!log_is_on(LOG_REQUEST, LOG_LEVEL_INFO));
	ck_assert(!log_is_on(LOG_SERVER, LOG_LEVEL_INFO));
}
END_TEST

START_TEST(area_and_level_are_parted)
{
	static const char *const wrong[] = {"", "session", "session:", ":info",
	    "sessions:info", "sess:info", "session:infos", "session:info:"};
	enum log_level level;
	enum log_area area;

	ck_assert_int_eq(log_parse_area("module:warn", &area, &level), 0);
	ck_assert_int_eq(area, LOG_MODULE);
	ck_assert_int_eq(level, LOG_LEVEL_WARN);
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++)
		ck_assert_int_eq(log_parse_area(wrong[i], &area, &level), -1);
}
END_TEST

/* More than a second may pass while it runs: then more may come. */
START_TEST(what_repeats_is_limited_and_told)
{
	const struct log_config config = {.level = LOG_LEVEL_INFO, .rate = 3};
	unsigned seen = 0;

	ck_assert_int_eq(log_configure(&config), 0);
	for (unsigned i = 0; i < 1000; i++)
		log_info("again and again i=%u", i);
	log_info("another one");
	log_each(LOG_SESSION, LOG_LEVEL_INFO, "each");
	for (unsigned i = 0; i < 5; i++)
		log_each(LOG_SESSION, LOG_LEVEL_INFO, "each i=%u", i);
	while (strstr(caught(), "again and again i=") != NULL)
		seen++;
	ck_assert_uint_ge(seen, 3);
	ck_assert_uint_le(seen, 100);
	ck_assert_str_eq(got + TIME_LENGTH, " info another one\n");
	for (unsigned i = 0; i < 6; i++)
		ck_assert(strstr(caught(), " info each") != NULL);
	ck_assert_str_eq(caught(), "");
}
END_TEST

START_TEST(a_reader_who_does_not_read_is_not_waited_for)
{
	const struct log_config config = {.level = LOG_LEVEL_INFO};
	unsigned count = 0;
	int ends[2];

	ck_assert_int_eq(log_configure(&config), 0);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	log_init();
	for (unsigned i = 0; i < 5000; i++)
		log_info("to nobody i=%u", i);
	/* there is room again */
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	while (read(ends[0], got, sizeof got) > 0)
		count++;
	ck_assert_uint_gt(count, 0);
	log_info("to somebody");
	memset(got, 0, sizeof got);
	ck_assert_int_gt(read(ends[0], got, sizeof got - 1), 0);
	ck_assert_ptr_nonnull(strstr(got, " info to somebody\n"));
	ck_assert_ptr_nonnull(
	    strstr(got, " warn log could not be written lost="));
	close(ends[0]);
	/* nobody at all */
	log_info("to nobody");
}
END_TEST

static char folder[] = "/tmp/framed-log-XXXXXX";
static char path[64], renamed[64];

static const char *
content(const char *file)
{
	FILE *stream = fopen(file, "r");
	size_t length;

	ck_assert_ptr_nonnull(stream);
	length = fread(got, 1, sizeof got - 1, stream);
	got[length] = '\0';
	ck_assert_int_eq(fclose(stream), 0);
	return got;
}

START_TEST(a_file_is_opened_anew)
{
	struct log_config config = {
	    .level = LOG_LEVEL_INFO, .target = LOG_TO_FILE, .file = path};
	struct stat status;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/log", folder);
	snprintf(renamed, sizeof renamed, "%s/log.1", folder);
	ck_assert_int_eq(log_configure(&config), 0);
	log_info("first");
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0640);
	ck_assert_int_eq(rename(path, renamed), 0);
	log_info("second");
	log_reopen();
	log_info("third");
	ck_assert_ptr_nonnull(strstr(content(renamed), " info first\n"));
	ck_assert_ptr_nonnull(strstr(got, " info second\n"));
	ck_assert_str_eq(content(path) + TIME_LENGTH, " info third\n");
	/* where there can be none, the old one stays */
	ck_assert_int_eq(remove(renamed), 0);
	ck_assert_int_eq(rename(path, renamed), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	log_reopen();
	log_info("fourth");
	ck_assert_ptr_nonnull(strstr(content(renamed),
	    " warn cannot reopen the log, the old one stays: Is a "
	    "directory\n"));
	ck_assert_ptr_nonnull(strstr(got, " info fourth\n"));
	/* and what cannot be opened changes nothing */
	config.level = LOG_LEVEL_ERROR;
	ck_assert_int_eq(log_configure(&config), -1);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert(log_is_on(LOG_SERVER, LOG_LEVEL_INFO));
	ck_assert_int_eq(rmdir(path), 0);
	remove(renamed);
	rmdir(folder);
}
END_TEST

START_TEST(a_full_disk_costs_lines_only)
{
	static char full[] = "/dev/full";
	struct log_config config = {
	    .level = LOG_LEVEL_INFO, .target = LOG_TO_FILE, .file = full};

	ck_assert_int_eq(log_configure(&config), 0);
	for (unsigned i = 0; i < 5; i++)
		log_info("lost");
	config.target = LOG_TO_STDERR;
	ck_assert_int_eq(log_configure(&config), 0);
	log_info("found");
	ck_assert_str_eq(caught() + TIME_LENGTH, " info found\n");
	ck_assert_str_eq(
	    caught() + TIME_LENGTH, " warn log could not be written lost=5\n");
}
END_TEST

/* A syslog at an abstract name. */
static int
open_syslog(const char *name)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_ne(fd, -1);
	strcpy(un.sun_path + 1, name + 1);
	ck_assert_int_eq(
	    bind(fd, (const struct sockaddr *)&un,
	        (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	            strlen(name))),
	    0);
	return fd;
}

START_TEST(syslog_gets_datagrams_and_is_not_waited_for)
{
	char name[64], expected[64];
	const struct log_config config = {.level = LOG_LEVEL_INFO,
	    .target = LOG_TO_SYSLOG,
	    .socket = name,
	    .facility = FACILITY_LOCAL7};
	ssize_t length;
	int fd;

	snprintf(name, sizeof name, "@framed-test-log-%d", (int)getpid());
	fd = open_syslog(name);
	ck_assert_int_eq(log_configure(&config), 0);
	log_warnx("hello x=%d", 1);
	length = recv(fd, got, sizeof got - 1, 0);
	ck_assert_int_gt(length, 0);
	got[length] = '\0';
	/* 23 * 8 + 4, and then the local time */
	ck_assert(strncmp(got, "<188>", 5) == 0);
	snprintf(
	    expected, sizeof expected, " framed[%d]: hello x=1", (int)getpid());
	ck_assert_str_eq(got + 5 + strlen("Nov 27 15:00:00"), expected);
	/* nobody reads */
	for (unsigned i = 0; i < 2000; i++)
		log_info("i=%u", i);
	/* nobody is there */
	close(fd);
	log_info("lost");
	log_info("lost");
	ck_assert_str_eq(caught(), "");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("log");
	TCase *tc = tcase_create("log");

	tcase_add_checked_fixture(tc, catch_stderr, release_stderr);
	tcase_add_test(tc, lines_start_with_the_time_and_the_level);
	tcase_add_test(tc, journal_lines_start_with_the_priority);
	tcase_add_test(tc, a_redirected_stderr_is_not_the_journal);
	tcase_add_test(tc, debug_lines_name_their_area);
	tcase_add_test(tc, error_and_warn_add_the_text_of_errno_and_keep_it);
	tcase_add_test(tc, nothing_below_the_level_is_written);
	tcase_add_test(tc, long_lines_are_cut_and_still_end);
	tcase_add_test(tc, control_bytes_cannot_forge_a_line);
	tcase_add_test(tc, a_broken_stderr_is_survived);
	tcase_add_test(tc, levels_have_names);
	tcase_add_test(tc, areas_have_levels_of_their_own);
	tcase_add_test(tc, area_and_level_are_parted);
	tcase_add_test(tc, what_repeats_is_limited_and_told);
	tcase_add_test(tc, a_reader_who_does_not_read_is_not_waited_for);
	tcase_add_test(tc, a_file_is_opened_anew);
	tcase_add_test(tc, a_full_disk_costs_lines_only);
	tcase_add_test(tc, syslog_gets_datagrams_and_is_not_waited_for);
	suite_add_tcase(suite, tc);
	return suite;
}
