/* The echo module; src/modules/echo/echo.c is linked into this program. */

/* Before <check.h>, which makes a macro of "fail". */
#include "tests/unit/modules/fake_host.h"

#include "tests/unit/harness.h"

START_TEST(sends_a_message_back_as_it_came)
{
	const struct framed_module *echo = fake_host_start();
	struct framed_session session = {.instance = NULL};

	echo->on_message(&session, FRAMED_TEXT, "hello", 5);
	ck_assert_int_eq(session.sent.type, FRAMED_TEXT);
	ck_assert_str_eq(session.sent.text, "hello");
	echo->on_message(&session, FRAMED_BINARY, "\1\2", 2);
	ck_assert_int_eq(session.sent.type, FRAMED_BINARY);
	ck_assert_str_eq(session.sent.text, "\1\2");
	ck_assert_uint_eq(session.sent.count, 2);
}
END_TEST

static const enum framed_result answers[] = {
    FRAMED_BACKPRESSURE, FRAMED_DROPPED, FRAMED_CLOSED, FRAMED_NO_MEMORY};

START_TEST(tries_once_whatever_the_answer)
{
	const struct framed_module *echo = fake_host_start();
	struct framed_session session = {.answer = answers[_i]};

	echo->on_message(&session, FRAMED_TEXT, "", 0);
	ck_assert_uint_eq(session.sent.count, 1);
	ck_assert_ptr_null(session.failure);
}
END_TEST

START_TEST(takes_no_settings_and_keeps_nothing)
{
	const struct framed_module *echo = fake_host_start();

	ck_assert(echo->check == NULL);
	ck_assert_uint_eq(echo->session_size, 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("echo");
	TCase *tcase = tcase_create("echo");

	tcase_add_test(tcase, sends_a_message_back_as_it_came);
	tcase_add_loop_test(tcase, tries_once_whatever_the_answer, 0,
	    (int)(sizeof(answers) / sizeof(answers[0])));
	tcase_add_test(tcase, takes_no_settings_and_keeps_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
