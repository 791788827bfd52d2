/*
 * Targets and authorities by themselves: what the request parser cannot show,
 * because it refuses some bytes earlier, or what a span ends in the middle of.
 */
#include <check.h>
#include <stdlib.h>

#include "proto/http_target.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/head_sample.h"

static const char *const valid[] = {
    "a",
    "a:",
    "a:0",
    "a:65535",
    "a:00080",
    "A-b.c_d~1!$&'()*+,;=",
    "%41%fF",
    "192.0.2.1:80",
    "[::]",
    "[::1]:",
    "[1:2:3:4:5:6:7:8]:443",
    "[::ffff:192.0.2.1]",
};

START_TEST(takes_hosts_with_and_without_port)
{
	ck_assert_msg(http_authority_is_valid(span_from_string(valid[_i])),
	    "%s", valid[_i]);
}
END_TEST

START_TEST(refuses_hosts_that_are_empty)
{
	ck_assert(!http_authority_is_valid((struct span){NULL, 0}));
	ck_assert(!http_authority_is_valid(SPAN_LITERAL(":80")));
	ck_assert(!http_authority_is_valid(SPAN_LITERAL("[]")));
}
END_TEST

START_TEST(refuses_nul_within_an_address)
{
	ck_assert(!http_authority_is_valid(SPAN_LITERAL("[::1\0]")));
	ck_assert(!http_authority_is_valid(SPAN_LITERAL("a\0")));
}
END_TEST

/*
 * Each text, less its last byte, in a block of that size: the sanitizer sees
 * what the answer may not show.
 */
START_TEST(looks_no_further_than_its_span)
{
	static const char *const texts[] = {"a%41", "%41", "[::1]"};

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		size_t length = strlen(texts[i]) - 1;
		uint8_t *copy = malloc(length);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, texts[i], length);
		ck_assert_msg(!http_authority_is_valid(span_from(copy, length)),
		    "%s", texts[i]);
		free(copy);
	}
}
END_TEST

START_TEST(splits_an_absolute_target)
{
	struct http_target target;

	ck_assert_int_eq(
	    http_target_split(SPAN_LITERAL("ws://h:1/a/b?c?d/e"), &target), 0);
	assert_span(target.authority, "h:1");
	assert_span(target.path, "/a/b");
	assert_span(target.query, "c?d/e");
}
END_TEST

START_TEST(lends_a_slash_to_an_empty_path)
{
	struct http_target target;

	ck_assert_int_eq(
	    http_target_split(SPAN_LITERAL("wss://h?q"), &target), 0);
	assert_span(target.path, "/");
	assert_span(target.query, "q");
}
END_TEST

START_TEST(refuses_an_empty_target)
{
	struct http_target target;

	ck_assert_int_eq(
	    http_target_split((struct span){NULL, 0}, &target), -1);
}
END_TEST

START_TEST(refuses_a_scheme_cut_short)
{
	static const char text[] = "wss://";
	struct http_target target;

	for (size_t length = 0; length < sizeof(text); length++)
		ck_assert_int_eq(
		    http_target_split(span_from(text, length), &target), -1);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("http_target");
	TCase *tcase = tcase_create("http_target");

	tcase_add_loop_test(
	    tcase, takes_hosts_with_and_without_port, 0, ARRAY_LENGTH(valid));
	tcase_add_test(tcase, refuses_hosts_that_are_empty);
	tcase_add_test(tcase, refuses_nul_within_an_address);
	tcase_add_test(tcase, looks_no_further_than_its_span);
	tcase_add_test(tcase, splits_an_absolute_target);
	tcase_add_test(tcase, lends_a_slash_to_an_empty_path);
	tcase_add_test(tcase, refuses_an_empty_target);
	tcase_add_test(tcase, refuses_a_scheme_cut_short);
	suite_add_tcase(suite, tcase);
	return suite;
}
