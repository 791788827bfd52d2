/* The text that libconfig gets: what is included, and where lines stand. */
#include "conf/source.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/conf/text_file.h"
#include "tests/unit/harness.h"

/* What every right file has. */
#define LISTENERS "listeners = ({ address = \"::1\"; port = 0; });\n"
#define ENDPOINTS "endpoints = ({ path = \"/\"; module = \"m\"; });\n"
#define REST      LISTENERS ENDPOINTS

START_TEST(unreadable_files_are_named)
{
	text_file_assert_refused(
	    "none.conf", "framed: none.conf: No such file or directory\n");
	text_file_assert_refused("sub", "framed: sub: Is a directory\n");
	text_file_assert_refused(
	    "/dev/zero", "framed: /dev/zero: too much text\n");
}
END_TEST

START_TEST(nul_bytes_in_the_file_are_refused)
{
	static const char text[] = "workers = 1;\n\0+\n";

	text_file_write_bytes("a.conf", text, sizeof text - 1);
	text_file_assert_refused(
	    "a.conf", "framed: a.conf:2: NUL byte in the file\n");
}
END_TEST

START_TEST(included_files_count_from_the_main_ones_folder)
{
	struct conf *conf;

	text_file_write("sub/main.conf",
	    "@include \"b.conf\"\n"
	    "limits = { \n\t@include\t\"c.conf\" };\n" LISTENERS);
	text_file_write("sub/b.conf", "workers = 7; # no newline behind");
	text_file_write(
	    "sub/c.conf", "max_headers = 8;\n@include \"d.conf\"\n");
	text_file_write("sub/d.conf", "};\n" ENDPOINTS "keepalive = {");
	conf = text_file_load_good("sub/main.conf");
	ck_assert_uint_eq(conf->workers, 7);
	ck_assert_uint_eq(conf->limits.max_headers, 8);
	ck_assert_str_eq(conf->file, "sub/main.conf");
	ck_assert_str_eq(conf->endpoints[0].file, "sub/d.conf");
	ck_assert_uint_eq(conf->endpoints[0].line, 2);
	ck_assert_str_eq(conf->listeners[0].file, "sub/main.conf");
	ck_assert_uint_eq(conf->listeners[0].line, 4);
	conf_free(&conf);
}
END_TEST

START_TEST(complaints_name_the_included_file)
{
	text_file_write("sub/main.conf",
	    "@include \"b.conf\"\n\n"
	    "x = 1;\n@include \"c.conf\" y = 2;\nz = 3;\n" REST);
	text_file_write("sub/b.conf", "\n/* two\nlines */ b = 1;\n");
	text_file_write("sub/c.conf", "c = 1;\nuser = \"a\nb\"; d = 1;");
	text_file_assert_refused("sub/main.conf",
	    "framed: sub/b.conf:3: unknown option \"b\"\n"
	    "framed: sub/main.conf:3: unknown option \"x\"\n"
	    "framed: sub/c.conf:1: unknown option \"c\"\n"
	    "framed: sub/c.conf:3: unknown option \"d\"\n"
	    "framed: sub/main.conf:4: unknown option \"y\"\n"
	    "framed: sub/main.conf:5: unknown option \"z\"\n");
}
END_TEST

START_TEST(syntax_errors_name_the_included_file)
{
	text_file_write("sub/main.conf", REST "@include \"b.conf\"\n");
	text_file_write("sub/b.conf", "workers = 1;\n\nuser = ;\n");
	text_file_assert_refused(
	    "sub/main.conf", "framed: sub/b.conf:3: syntax error\n");
}
END_TEST

START_TEST(an_included_file_cannot_leave_a_string_open)
{
	text_file_write("a.conf", "@include \"b.conf\"\n" REST);
	text_file_write("b.conf", "\nuser = \"");
	text_file_assert_refused(
	    "a.conf", "framed: b.conf:2: unfinished string\n");
}
END_TEST

/* libconfig would include the file by itself, and name lines beyond ours. */
START_TEST(libconfig_never_includes)
{
	char lines[256];

	memset(lines, '\n', sizeof lines);
	memcpy(lines + sizeof lines - 12, "bogus = 1;\n", 12);
	text_file_write("b.conf", lines);
	text_file_write("c.conf", "workers = 1;\n");
	text_file_write("a.conf", "/* x */ @include \"b.conf\"\n" REST);
	text_file_assert_refused("a.conf", "framed: a.conf:1: syntax error\n");
	text_file_write(
	    "a.conf", "@include \"c.conf\" @include \"b.conf\"\n" REST);
	text_file_assert_refused("a.conf", "framed: a.conf:1: syntax error\n");
}
END_TEST

START_TEST(files_that_include_each_other_are_read_once)
{
	text_file_write(
	    "a.conf", "@include \"b.conf\"\n@include \"b.conf\"\n" REST);
	text_file_write("b.conf", "@include \"sub/c.conf\"\n");
	text_file_write(
	    "sub/c.conf", "\n@include \"b.conf\"\n@include \"a.conf\"\n");
	text_file_assert_refused("a.conf",
	    "framed: sub/c.conf:2: b.conf includes itself\n"
	    "framed: sub/c.conf:3: a.conf includes itself\n"
	    "framed: sub/c.conf:2: b.conf includes itself\n"
	    "framed: sub/c.conf:3: a.conf includes itself\n");
}
END_TEST

/* Files 0.conf to 9.conf; all but the last include the next `times` times. */
static void
write_chain(unsigned times)
{
	for (char i = '0'; i <= '9'; i++) {
		char name[] = {i, '.', 'c', 'o', 'n', 'f', '\0'};
		char next[] = "@include \"x.conf\"\n";
		char text[256] = "";

		next[10] = (char)(i + 1);
		for (unsigned n = 0; i < '9' && n < times; n++)
			strcat(text, next);
		text_file_write(name, text);
	}
}

START_TEST(includes_are_bounded_in_depth)
{
	struct conf *conf;

	write_chain(1);
	text_file_write("a.conf", "@include \"2.conf\"\n" REST);
	conf = text_file_load_good("a.conf");
	conf_free(&conf);
	text_file_write("a.conf", "@include \"1.conf\"\n" REST);
	text_file_assert_refused(
	    "a.conf", "framed: 8.conf:1: @include nested more than 8 deep\n");
}
END_TEST

/* Ten to the seventh files, were there no bound. */
START_TEST(includes_are_bounded_in_number)
{
	char *complaints;

	write_chain(10);
	text_file_write("a.conf", "@include \"3.conf\"\n" REST);
	ck_assert_ptr_null(text_file_load("a.conf", &complaints));
	ck_assert_ptr_nonnull(strstr(complaints, ": more than 1000 files\n"));
	free(complaints);
}
END_TEST

START_TEST(complaints_are_bounded)
{
	char text[101 * 3 + sizeof REST] = "";
	char *complaints, *last;

	for (int i = 0; i < 100; i++)
		strcat(text, "@\n");
	text_file_write("a.conf", text);
	ck_assert_ptr_null(text_file_load("a.conf", &complaints));
	last = strstr(complaints, "framed: a.conf:100: ");
	ck_assert_ptr_nonnull(last);
	ck_assert_str_eq(last, "framed: a.conf:100: syntax error\n");
	free(complaints);
	for (int i = 0; i < 2; i++) {
		strcat(text, "@\n");
		text_file_write("a.conf", text);
		ck_assert_ptr_null(text_file_load("a.conf", &complaints));
		last = strstr(complaints, "framed: a.conf:100: ");
		ck_assert_ptr_nonnull(last);
		ck_assert_str_eq(last,
		    "framed: a.conf:100: syntax error\n"
		    "framed: more is wrong, but not told here\n");
		free(complaints);
	}
}
END_TEST

START_TEST(lines_have_a_place_and_numbers_beyond_none)
{
	struct conf_report report = {.stream = stderr};
	struct source *source;
	struct source_place place;

	text_file_write("a.conf", "workers = 1;\n@include \"b.conf\"\n");
	text_file_write("b.conf", "\nuser = \"u\";");
	source = source_read("a.conf", &report);
	ck_assert_ptr_nonnull(source);
	ck_assert_str_eq(
	    source_text(source), "workers = 1L;\n\n\nuser = \"u\";\n\n");
	place = source_place(source, 4);
	ck_assert_str_eq(place.file, "b.conf");
	ck_assert_uint_eq(place.line, 2);
	place = source_place(source, 6);
	ck_assert_str_eq(place.file, "a.conf");
	ck_assert_uint_eq(place.line, 3);
	ck_assert_uint_eq(source_place(source, 0).line, 0);
	place = source_place(source, 7);
	ck_assert_str_eq(place.file, "a.conf");
	ck_assert_uint_eq(place.line, 0);
	source_free(&source);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("source");
	TCase *tc = tcase_create("source");

	tcase_add_checked_fixture(tc, text_file_enter, text_file_leave);
	tcase_add_test(tc, unreadable_files_are_named);
	tcase_add_test(tc, nul_bytes_in_the_file_are_refused);
	tcase_add_test(tc, included_files_count_from_the_main_ones_folder);
	tcase_add_test(tc, complaints_name_the_included_file);
	tcase_add_test(tc, syntax_errors_name_the_included_file);
	tcase_add_test(tc, an_included_file_cannot_leave_a_string_open);
	tcase_add_test(tc, libconfig_never_includes);
	tcase_add_test(tc, files_that_include_each_other_are_read_once);
	tcase_add_test(tc, includes_are_bounded_in_depth);
	tcase_add_test(tc, includes_are_bounded_in_number);
	tcase_add_test(tc, complaints_are_bounded);
	tcase_add_test(tc, lines_have_a_place_and_numbers_beyond_none);
	suite_add_tcase(suite, tc);
	return suite;
}
