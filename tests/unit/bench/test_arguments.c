/* The command line of a load: what it comes to, and what is refused. */
#include "bench/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "tests/unit/harness.h"

enum { WORDS_MAX = 20 };

static struct arguments arguments;

/* Reads a command line, of words that one blank separates. */
static int
read_line(const char *line)
{
	static char copy[256];
	char *words[WORDS_MAX + 2] = {(char *)(uintptr_t) "framed-bench"};
	int count = 1;

	ck_assert_uint_lt(strlen(line), sizeof(copy));
	strcpy(copy, line);
	for (char *word = strtok(copy, " "); word != NULL && count < WORDS_MAX;
	     word = strtok(NULL, " "))
		words[count++] = word;
	/* anew, as glibc has it */
	optind = 0;
	return arguments_read(&arguments, count, words);
}

START_TEST(mode_and_url_are_enough)
{
	ck_assert_int_eq(read_line("echo ws://h/"), ARGUMENTS_GO_ON);
	ck_assert_int_eq(arguments.mode, MODE_ECHO);
	ck_assert_str_eq(arguments.url, "ws://h/");
	ck_assert_uint_eq(arguments.bytes, 64);
	ck_assert_uint_eq(arguments.connections, 50);
	ck_assert_uint_eq(arguments.depth, 1);
	ck_assert_uint_eq(arguments.messages, 0);
	ck_assert_uint_eq(arguments.duration_ns, 5000000000);
	ck_assert_uint_eq(arguments.warmup, 50);
	ck_assert_int_eq(arguments.kind, PAYLOAD_BINARY);
	ck_assert_int_eq(arguments.deflate, DEFLATE_OFF);
	ck_assert_int_eq(arguments.cpu, ARGUMENTS_NO_CPU);
	ck_assert_int_eq(arguments.pid, 0);
	ck_assert(!arguments.is_json);
}
END_TEST

START_TEST(modes_have_defaults_of_their_own)
{
	ck_assert_int_eq(read_line("-b 24 broadcast u"), ARGUMENTS_GO_ON);
	ck_assert_uint_eq(arguments.connections, 1000);
	ck_assert_uint_eq(arguments.warmup, 1);
	ck_assert_int_eq(read_line("idle u"), ARGUMENTS_GO_ON);
	ck_assert_uint_eq(arguments.connections, 1000);
	ck_assert_int_eq(read_line("connect u"), ARGUMENTS_GO_ON);
	ck_assert_int_eq(arguments.mode, MODE_CONNECT);
}
END_TEST

START_TEST(options_are_taken)
{
	ck_assert_int_eq(
	    read_line("-j -a1 -b 1000 -c7 -d 3 -k json -n 9 echo u"),
	    ARGUMENTS_GO_ON);
	ck_assert(arguments.is_json);
	ck_assert_int_eq(arguments.cpu, 1);
	ck_assert_uint_eq(arguments.bytes, 1000);
	ck_assert_uint_eq(arguments.connections, 7);
	ck_assert_uint_eq(arguments.depth, 3);
	ck_assert_int_eq(arguments.kind, PAYLOAD_JSON);
	ck_assert_uint_eq(arguments.messages, 9);
	ck_assert_uint_eq(arguments.warmup, 21);
	ck_assert_int_eq(
	    read_line("-p 12 -r 0.5 -t 1.25 -w 0 -k ascii -z takeover echo u"),
	    ARGUMENTS_GO_ON);
	ck_assert_int_eq(arguments.pid, 12);
	ck_assert_double_eq(arguments.rate, 0.5);
	ck_assert_uint_eq(arguments.duration_ns, 1250000000);
	ck_assert_uint_eq(arguments.warmup, 0);
	ck_assert_int_eq(arguments.deflate, DEFLATE_TAKEOVER);
	ck_assert_int_eq(read_line("-P 8 -c 8 broadcast u"), ARGUMENTS_GO_ON);
	ck_assert_uint_eq(arguments.publishers, 8);
}
END_TEST

static const char *const wrong[] = {
    "",
    "echo",
    "echo u v",
    "shout u",
    "-x echo u",
    "-b -1 echo u",
    "-b 67108865 echo u",
    "-b 1k echo u",
    "-c 0 echo u",
    "-d 0 echo u",
    "-k text echo u",
    "-n 0 echo u",
    "-p 0 echo u",
    "-r 0 echo u",
    "-r nan echo u",
    "-r 1x echo u",
    "-t 0 echo u",
    "-z on echo u",
    "-a 99999 echo u",
    "-z alone echo u", /* random bytes do not compress */
    "-r 5 connect u",
    "-z alone -k json idle u",
    "-b 23 broadcast u",
    "-k ascii broadcast u",
    "-P 9 -c 8 broadcast u",
};

START_TEST(wrong_ones_are_usage_errors)
{
	ck_assert_int_eq(read_line(wrong[_i]), EX_USAGE);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("arguments");
	TCase *tcase = tcase_create("arguments");

	tcase_add_test(tcase, mode_and_url_are_enough);
	tcase_add_test(tcase, modes_have_defaults_of_their_own);
	tcase_add_test(tcase, options_are_taken);
	tcase_add_loop_test(
	    tcase, wrong_ones_are_usage_errors, 0, ARRAY_LENGTH(wrong));
	suite_add_tcase(suite, tcase);
	return suite;
}
