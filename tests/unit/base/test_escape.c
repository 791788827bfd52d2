#include "base/escape.h"

#include <check.h>
#include <string.h>

#include "base/guard.h"
#include "tests/unit/harness.h"

static const struct {
	struct span in;
	const char *out;
} samples[] = {
    {{NULL, 0}, ""},
    {SPAN_LITERAL("GET /chat HTTP/1.1 ~"), "GET /chat HTTP/1.1 ~"},
    {SPAN_LITERAL("a\"b\\c"), "a\\x22b\\x5cc"},
    {SPAN_LITERAL("\r\n\t"), "\\x0d\\x0a\\x09"},
    {SPAN_LITERAL("\x1b[31m"), "\\x1b[31m"},
    {SPAN_LITERAL("a\0b"), "a\\x00b"},
    {SPAN_LITERAL("\x7f\x80\xff"), "\\x7f\\x80\\xff"},
    {SPAN_LITERAL("\xc3\xa9"), "\\xc3\\xa9"},
};

START_TEST(escapes_what_is_not_plain_ascii)
{
	char out[128];
	size_t length = escape(out, sizeof out, samples[_i].in);

	ck_assert_str_eq(out, samples[_i].out);
	ck_assert_uint_eq(length, strlen(samples[_i].out));
}
END_TEST

START_TEST(cuts_at_a_whole_escape)
{
	struct span in = SPAN_LITERAL("ab\n!");
	static const char *const wanted[] = {
	    "", "a", "ab", "ab", "ab", "ab", "ab\\x0a", "ab\\x0a!"};

	for (size_t size = 1; size <= ARRAY_LENGTH(wanted); size++) {
		char out[16];

		memset(out, '#', sizeof out);
		ck_assert_uint_eq(
		    escape(out, size, in), strlen(wanted[size - 1]));
		ck_assert_str_eq(out, wanted[size - 1]);
		ck_assert_int_eq(out[size], '#');
	}
}
END_TEST

START_TEST(worst_case_fits_the_announced_room)
{
	uint8_t in[20];
	char out[ESCAPE_ROOM(sizeof in)];

	memset(in, 0xff, sizeof in);
	ck_assert_uint_eq(
	    escape(out, sizeof out, span_from(in, sizeof in)), sizeof out - 1);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("escape");
	TCase *tc = tcase_create("escape");

	tcase_add_loop_test(
	    tc, escapes_what_is_not_plain_ascii, 0, (int)ARRAY_LENGTH(samples));
	tcase_add_test(tc, cuts_at_a_whole_escape);
	tcase_add_test(tc, worst_case_fits_the_announced_room);
	suite_add_tcase(suite, tc);
	return suite;
}
