/* Close codes and bodies. */
#include "proto/closecode.h"

#include "tests/unit/harness.h"

START_TEST(knows_each_code_that_may_travel)
{
	for (uint32_t code = 0; code <= UINT16_MAX; code++) {
		bool expected = (code >= 1000 && code <= 1003) ||
		    (code >= 1007 && code <= 1014) ||
		    (code >= 3000 && code <= 4999);

		ck_assert_msg(closecode_is_valid((uint16_t)code) == expected,
		    "code %u", code);
	}
}
END_TEST

START_TEST(reads_an_empty_body_as_no_code)
{
	struct proto_error error;
	struct close_body body;

	ck_assert_int_eq(close_body_read(span_from(NULL, 0), &body, &error), 0);
	ck_assert_uint_eq(body.code, CLOSECODE_NONE);
	ck_assert_uint_eq(body.text.length, 0);
}
END_TEST

START_TEST(reads_code_and_text)
{
	struct span payload = SPAN_LITERAL("\x03\xe9"
	                                   "bye");
	struct proto_error error;
	struct close_body body;

	ck_assert_int_eq(close_body_read(payload, &body, &error), 0);
	ck_assert_uint_eq(body.code, CLOSECODE_GOING_AWAY);
	ck_assert(span_is_equal(body.text, SPAN_LITERAL("bye")));
}
END_TEST

static const struct {
	struct span payload;
	uint16_t code;
} bad_bodies[] = {
    {SPAN_LITERAL("\x03"), 1002}, {SPAN_LITERAL("\x03\xe7"), 1002}, /* 999 */
    {SPAN_LITERAL("\x03\xec"), 1002},                               /* 1004 */
    {SPAN_LITERAL("\x03\xed"), 1002},                               /* 1005 */
    {SPAN_LITERAL("\x03\xee"), 1002},                               /* 1006 */
    {SPAN_LITERAL("\x03\xf7"), 1002},                               /* 1015 */
    {SPAN_LITERAL("\x0b\xb7"), 1002},                               /* 2999 */
    {SPAN_LITERAL("\x13\x88"), 1002},                               /* 5000 */
    {SPAN_LITERAL("\x03\xed\xff"), 1002}, /* the code is judged first */
    {SPAN_LITERAL("\x03\xe8\xff"), 1007},
    {SPAN_LITERAL("\x03\xe8\xe2\x82"), 1007}, /* cut character */
};

START_TEST(refuses_bad_bodies)
{
	struct proto_error error = {0};
	struct close_body body;

	ck_assert_int_eq(
	    close_body_read(bad_bodies[_i].payload, &body, &error), -1);
	ck_assert_uint_eq(error.code, bad_bodies[_i].code);
	ck_assert_ptr_nonnull(error.text);
}
END_TEST

START_TEST(writes_what_it_reads)
{
	struct close_body body = {4999, SPAN_LITERAL("\xc3\xbc\xc3\x9f.")};
	uint8_t out[FRAME_CONTROL_MAX];
	struct proto_error error;
	struct close_body again;
	size_t length = close_body_write(&body, out);

	ck_assert_uint_eq(length, 2 + body.text.length);
	ck_assert_int_eq(
	    close_body_read(span_from(out, length), &again, &error), 0);
	ck_assert_uint_eq(again.code, 4999);
	ck_assert(span_is_equal(again.text, body.text));
}
END_TEST

START_TEST(writes_nothing_for_no_code)
{
	struct close_body body = {CLOSECODE_NONE, SPAN_LITERAL("unsaid")};
	uint8_t out[FRAME_CONTROL_MAX];

	ck_assert_uint_eq(close_body_write(&body, out), 0);
}
END_TEST

START_TEST(cuts_long_text_between_characters)
{
	uint8_t out[FRAME_CONTROL_MAX], text[200];
	struct close_body body = {1000, {text, sizeof(text)}};

	/* 122 letters and a character of two bytes: the latter must go. */
	memset(text, 'a', sizeof(text));
	ck_assert_uint_eq(close_body_write(&body, out), FRAME_CONTROL_MAX);
	memcpy(text + 122, "\xc3\xa9", 2);
	ck_assert_uint_eq(close_body_write(&body, out), 2 + 122);
	memcpy(text + 121, "\xc3\xa9", 2);
	text[123] = 'a';
	ck_assert_uint_eq(close_body_write(&body, out), FRAME_CONTROL_MAX);
	ck_assert_mem_eq(out + 2, text, CLOSE_TEXT_MAX);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("closecode");
	TCase *tcase = tcase_create("closecode");

	tcase_add_test(tcase, knows_each_code_that_may_travel);
	tcase_add_test(tcase, reads_an_empty_body_as_no_code);
	tcase_add_test(tcase, reads_code_and_text);
	tcase_add_loop_test(
	    tcase, refuses_bad_bodies, 0, ARRAY_LENGTH(bad_bodies));
	tcase_add_test(tcase, writes_what_it_reads);
	tcase_add_test(tcase, writes_nothing_for_no_code);
	tcase_add_test(tcase, cuts_long_text_between_characters);
	suite_add_tcase(suite, tcase);
	return suite;
}
