/* The command line: what it comes to. What is said of wrong ones is seen from
 * outside, by the integration tests. */
#include "client/arguments.h"

#include <getopt.h>

#include "tests/unit/harness.h"

static struct arguments arguments;

static void
teardown(void)
{
	arguments_release(&arguments);
	arguments_release(&arguments);
}

/* Reads a command line, given word by word. */
static int
read_words(const char *const *words, int count)
{
	/* anew, as glibc has it */
	optind = 0;
	/* getopt_long() changes the order, not the words */
	return arguments_read(&arguments, count, (char **)(uintptr_t)words);
}

#define READ(...)                                                        \
	do {                                                             \
		const char *words[] = {"framed-cat", __VA_ARGS__, NULL}; \
                                                                         \
		ck_assert_int_eq(                                        \
		    read_words(words, (int)ARRAY_LENGTH(words) - 1),     \
		    ARGUMENTS_GO_ON);                                    \
	} while (0)

START_TEST(only_the_url_is_needed)
{
	READ("ws://h/");
	ck_assert_str_eq(arguments.url, "ws://h/");
	ck_assert(!arguments.is_binary);
	ck_assert(!arguments.is_single);
	ck_assert(!arguments.keeps_open);
	ck_assert(!arguments.has_no_deflate);
	ck_assert_int_eq(arguments.verbosity, NORMAL);
	ck_assert_uint_eq(arguments.ping_seconds, 25);
	ck_assert_uint_eq(arguments.timeout_seconds, 10);
	ck_assert_uint_eq(arguments.reconnect_seconds, 0);
	ck_assert_uint_eq(arguments.count, 0);
	ck_assert_ptr_null(arguments.origin);
	ck_assert_ptr_null(arguments.subprotocols);
	ck_assert_ptr_null(arguments.headers);
}
END_TEST

START_TEST(options_may_be_short_or_long)
{
	READ("-1b", "-p0", "-r", "5", "-n", "7", "-o", "x", "-v", "u");
	ck_assert(arguments.is_single);
	ck_assert(arguments.is_binary);
	ck_assert_uint_eq(arguments.ping_seconds, 0);
	ck_assert_uint_eq(arguments.reconnect_seconds, 5);
	ck_assert_uint_eq(arguments.count, 7);
	ck_assert_str_eq(arguments.origin, "x");
	ck_assert_int_eq(arguments.verbosity, VERBOSE);
	READ("--single", "--binary", "--text", "--ping=86400", "--timeout=3",
	    "--no-deflate", "--keep-open", "--quiet", "u");
	ck_assert(arguments.is_single);
	ck_assert(!arguments.is_binary);
	ck_assert_uint_eq(arguments.ping_seconds, 86400);
	ck_assert_uint_eq(arguments.timeout_seconds, 3);
	ck_assert(arguments.has_no_deflate);
	ck_assert(arguments.keeps_open);
	ck_assert_int_eq(arguments.verbosity, QUIET);
}
END_TEST

START_TEST(what_may_be_repeated_adds_up)
{
	READ("-s", "b", "u", "-H", "A: 1", "-s", "a", "-H", "B: 2");
	ck_assert_str_eq(arguments.subprotocols, "b,a");
	ck_assert_str_eq(arguments.headers, "A: 1\r\nB: 2\r\n");
	ck_assert_str_eq(arguments.url, "u");
}
END_TEST

START_TEST(count_outlasts_the_input)
{
	READ("-n1", "u");
	ck_assert(arguments.keeps_open);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("arguments");
	TCase *tcase = tcase_create("options");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, only_the_url_is_needed);
	tcase_add_test(tcase, options_may_be_short_or_long);
	tcase_add_test(tcase, what_may_be_repeated_adds_up);
	tcase_add_test(tcase, count_outlasts_the_input);
	suite_add_tcase(suite, tcase);
	return suite;
}
