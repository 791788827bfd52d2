/* The echo module; src/modules/echo/echo.c is linked into this program. */

/* Before <check.h>, which makes a macro of "fail". */
#include <framed/fake.h>

#include "tests/unit/harness.h"

static struct framed_fake *fake;
static struct framed_session *session;

static void
setup(void)
{
	fake = framed_fake_new(framed_module_entry, 0);
	session = framed_fake_open(framed_fake_load(fake, NULL), NULL);
	ck_assert_ptr_nonnull(session);
}

static void
teardown(void)
{
	ck_assert_ptr_null(framed_fake_fault(fake));
	framed_fake_free(&fake);
}

START_TEST(sends_a_message_back_as_it_came)
{
	const struct framed_fake_note *note;

	framed_fake_text(session, "hello");
	note = framed_fake_take(fake, FRAMED_FAKE_SEND);
	ck_assert_int_eq(note->type, FRAMED_TEXT);
	ck_assert_str_eq(note->data, "hello");
	framed_fake_message(session, FRAMED_BINARY, "\1\0\2", 3);
	note = framed_fake_take(fake, FRAMED_FAKE_SEND);
	ck_assert_int_eq(note->type, FRAMED_BINARY);
	ck_assert_mem_eq(note->data, "\1\0\2", 3);
	ck_assert_uint_eq(note->length, 3);
	ck_assert_ptr_null(framed_fake_take(fake, FRAMED_FAKE_SEND));
}
END_TEST

static const enum framed_result answers[] = {
    FRAMED_BACKPRESSURE, FRAMED_DROPPED, FRAMED_CLOSED, FRAMED_NO_MEMORY};

START_TEST(tries_once_whatever_the_answer)
{
	framed_fake_script(fake, FRAMED_FAKE_SEND, answers[_i], 1);
	framed_fake_text(session, "");
	ck_assert_uint_eq(framed_fake_count(fake, FRAMED_FAKE_SEND), 1);
	ck_assert_ptr_null(framed_fake_take(fake, FRAMED_FAKE_FAIL));
}
END_TEST

START_TEST(takes_no_settings_and_keeps_nothing)
{
	const struct framed_module *echo = framed_fake_module(fake);

	ck_assert(echo->check == NULL);
	ck_assert_uint_eq(echo->session_size, 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("echo");
	TCase *tcase = tcase_create("echo");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, sends_a_message_back_as_it_came);
	tcase_add_loop_test(tcase, tries_once_whatever_the_answer, 0,
	    (int)(sizeof(answers) / sizeof(answers[0])));
	tcase_add_test(tcase, takes_no_settings_and_keeps_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
