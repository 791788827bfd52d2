/* Standard error becomes a packet socket: one read gives what one write put. */
#define _POSIX_C_SOURCE 200809L

#include "base/log.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
	log_set_level(LOG_LEVEL_DEBUG);
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
	log_debug("session", "d");
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
	log_debug("worker", "turn=%u", 7u);
	ck_assert_str_eq(caught() + TIME_LENGTH, " debug worker: turn=7\n");
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
	ck_assert(log_is_on(LOG_LEVEL_ERROR));
	ck_assert(log_is_on(LOG_LEVEL_WARN));
	ck_assert(!log_is_on(LOG_LEVEL_INFO));
	log_info("x");
	log_debug("area", "x");
	log_line(LOG_LEVEL_INFO, "x");
	ck_assert_str_eq(caught(), "");
	log_line(LOG_LEVEL_WARN, "y");
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
	suite_add_tcase(suite, tc);
	return suite;
}
