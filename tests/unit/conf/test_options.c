#define _POSIX_C_SOURCE 200809L

#include "conf/options.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "tests/unit/conf/text_file.h"
#include "tests/unit/harness.h"

enum { PATH_BYTES = 4096 };

/* The path of a file of the source tree, in storage used again. */
static const char *
tree_path(const char *name)
{
	static char path[PATH_BYTES];
	const char *tree = getenv("srcdir");

	snprintf(path, sizeof path, "%s/%s", tree == NULL ? "." : tree, name);
	return path;
}

/* A file of the source tree, whole; the caller's to free. */
static char *
read_tree_file(const char *name)
{
	const char *path = tree_path(name);
	char *text = NULL;
	size_t room = 0;
	FILE *stream = fopen(path, "r");

	ck_assert_msg(stream != NULL, "%s: %s", path, strerror(errno));
	ck_assert_int_gt(getdelim(&text, &room, '\0', stream), 0);
	fclose(stream);
	return text;
}

/* Whether a line of text holds just that. */
static bool
has_line(const char *text, const char *line)
{
	size_t length = strlen(line);

	for (const char *at = strstr(text, line); at != NULL;
	     at = strstr(at + 1, line))
		if ((at == text || at[-1] == '\n') && at[length] == '\n')
			return true;
	return false;
}

/* Whether a line begins with `name = `, behind blanks and bytes of before. */
static bool
has_assignment(const char *text, const char *name, const char *before)
{
	char start[64];

	snprintf(start, sizeof start, "%s = ", name);
	for (const char *at = strstr(text, start); at != NULL;
	     at = strstr(at + 1, start)) {
		const char *left = at;

		while (left > text && strchr(before, left[-1]) != NULL)
			left--;
		if (left == text || left[-1] == '\n')
			return true;
	}
	return false;
}

START_TEST(manual_describes_each_option)
{
	char *manual = read_tree_file("man/framed.conf.5");
	char item[128];

	snprintf(item, sizeof item, ".It Ic %s", options[_i].path);
	ck_assert_msg(has_line(manual, item), "no \"%s\"", item);
	free(manual);
}
END_TEST

/* A string may have no default, and is then shown as a comment. */
START_TEST(installed_file_shows_each_option)
{
	const struct option *option = &options[_i];
	char *text = read_tree_file("conf/framed.conf");
	const char *dot = strrchr(option->path, '.');

	ck_assert_msg(
	    has_assignment(text, dot == NULL ? option->path : dot + 1,
	        option_is_string(option) || option->needs != NULL ? "\t#"
	                                                          : "\t"),
	    "no %s", option->path);
	free(text);
}
END_TEST

static void
assert_same_value(
    const struct option *option, const struct conf *a, const struct conf *b)
{
	if (option_is_string(option))
		ck_assert_pstr_eq(option_get_string(option, SCOPE_GLOBAL, a),
		    option_get_string(option, SCOPE_GLOBAL, b));
	else
		ck_assert_msg(option_get_number(option, SCOPE_GLOBAL, a) ==
		        option_get_number(option, SCOPE_GLOBAL, b),
		    "%s", option->path);
}

START_TEST(installed_file_shows_the_defaults)
{
	struct conf *conf = text_file_load_good(tree_path("conf/framed.conf"));
	struct conf *defaults = calloc(1, sizeof(*defaults));

	ck_assert_ptr_nonnull(defaults);
	ck_assert_int_eq(options_set_defaults(SCOPE_GLOBAL, defaults), 0);
	for (size_t i = 0; i < option_count; i++)
		if (option_find(SCOPE_GLOBAL, options[i].path) == &options[i])
			assert_same_value(&options[i], conf, defaults);
	conf_free(&defaults);
	conf_free(&conf);
}
END_TEST

START_TEST(demo_serves_both_modules_on_this_machine)
{
	struct conf *conf = text_file_load_good(tree_path("conf/demo.conf"));

	ck_assert_uint_eq(conf->listener_count, 1);
	ck_assert_str_eq(conf->listeners[0].address, "127.0.0.1");
	ck_assert_uint_eq(conf->listeners[0].port, 9001);
	ck_assert_uint_eq(conf->endpoint_count, 2);
	ck_assert_str_eq(conf->endpoints[0].path, "/echo");
	ck_assert_str_eq(conf->endpoints[0].module, "echo");
	ck_assert_str_eq(conf->endpoints[1].path, "/broadcast");
	ck_assert_str_eq(conf->endpoints[1].module, "broadcast");
	conf_free(&conf);
}
END_TEST

START_TEST(default_lies_in_the_range)
{
	const struct option *option = &options[_i];

	if (option_is_string(option)) {
		ck_assert_int_eq(option->max, 0);
		return;
	}
	ck_assert_int_lt(option->min, option->max);
	if ((option->flags & OPTION_REQUIRED) != 0)
		return;
	ck_assert_int_ge(option->fallback, option->min);
	ck_assert_int_le(option->fallback, option->max);
}
END_TEST

START_TEST(words_are_listed_in_the_sentence)
{
	const struct option *option = &options[_i];

	ck_assert_int_eq(option->type == OPTION_WORD, option->words != NULL);
	if (option->words == NULL)
		return;
	for (int64_t v = option->min; v <= option->max; v++)
		ck_assert_ptr_nonnull(strstr(option->words, option->word(v)));
}
END_TEST

START_TEST(finds_options_in_their_scope_only)
{
	ck_assert_ptr_nonnull(option_find(SCOPE_GLOBAL, "workers"));
	ck_assert_ptr_null(option_find(SCOPE_ENDPOINT, "workers"));
	ck_assert_ptr_null(option_find(SCOPE_GLOBAL, "worker"));
	ck_assert_ptr_nonnull(option_find(SCOPE_LISTENER, "port"));
	ck_assert_ptr_null(option_find(SCOPE_ENDPOINT, "limits.max_headers"));
	ck_assert_ptr_nonnull(
	    option_find(SCOPE_ENDPOINT, "limits.queue_bytes"));
	ck_assert(option_is_group(SCOPE_ENDPOINT, "limits"));
	ck_assert(!option_is_group(SCOPE_ENDPOINT, "log"));
	ck_assert(!option_is_group(SCOPE_GLOBAL, "limit"));
	ck_assert(!option_is_group(SCOPE_GLOBAL, "workers"));
}
END_TEST

START_TEST(guesses_what_was_meant)
{
	ck_assert_str_eq(
	    option_guess(SCOPE_GLOBAL, "wokrers")->path, "workers");
	ck_assert_str_eq(option_guess(SCOPE_GLOBAL, "limits.max_sesions")->path,
	    "limits.max_sessions");
	ck_assert_ptr_null(option_guess(SCOPE_GLOBAL, "threads"));
	ck_assert_ptr_null(option_guess(SCOPE_LISTENER, "worker"));
}
END_TEST

START_TEST(reads_sizes_with_units)
{
	static const struct {
		const char *text;
		int64_t value; /* -1: refused */
	} samples[] = {
	    {"0", 0},
	    {"512", 512},
	    {"64K", 65536},
	    {"64k", 65536},
	    {"16M", 16777216},
	    {"1g", 1073741824},
	    {"8589934591G", INT64_MAX - 1073741823},
	    {"8589934592G", -1},
	    {"9223372036854775807", INT64_MAX},
	    {"9223372036854775808", -1},
	    {"", -1},
	    {"K", -1},
	    {" 1K", -1},
	    {"+1", -1},
	    {"-1", -1},
	    {"1 K", -1},
	    {"1KB", -1},
	    {"1T", -1},
	    {"0x10", -1},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(samples); i++) {
		int64_t value = -1;

		ck_assert_int_eq(option_parse_bytes(samples[i].text, &value),
		    samples[i].value == -1 ? -1 : 0);
		ck_assert_int_eq(value, samples[i].value);
	}
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *tc = tcase_create("options");
	int count = (int)option_count;

	tcase_add_loop_test(tc, manual_describes_each_option, 0, count);
	tcase_add_loop_test(tc, installed_file_shows_each_option, 0, count);
	tcase_add_loop_test(tc, default_lies_in_the_range, 0, count);
	tcase_add_loop_test(tc, words_are_listed_in_the_sentence, 0, count);
	tcase_add_test(tc, finds_options_in_their_scope_only);
	tcase_add_test(tc, guesses_what_was_meant);
	tcase_add_test(tc, reads_sizes_with_units);
	tcase_add_test(tc, installed_file_shows_the_defaults);
	tcase_add_test(tc, demo_serves_both_modules_on_this_machine);
	suite_add_tcase(suite, tc);
	return suite;
}
