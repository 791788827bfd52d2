/* What is due to the fake host's sessions, step by step, and its clock. */

#include "tests/unit/fake/noted.h"

#include "tests/unit/harness.h"

START_TEST(steps_one_by_one_in_order)
{
	struct framed_session *session = noted_open();

	framed_post(framed_id(session), 1, "a", 1);
	framed_flush(session, 2);
	framed_async(session, 3, "w", 1);
	framed_post(framed_id(session), 4, NULL, 0);
	noted_expect("");
	ck_assert_int_eq(framed_fake_step(fake), 1);
	noted_expect("on_post 1 a\n");
	ck_assert_int_eq(framed_fake_step(fake), 1);
	noted_expect("on_flushed 2 0\n");
	ck_assert_int_eq(framed_fake_step(fake), 1);
	noted_expect("async_work 3 w\n");
	ck_assert_int_eq(framed_fake_step(fake), 1);
	noted_expect("on_post 4 \n");
	ck_assert_int_eq(framed_fake_step(fake), 1);
	noted_expect("on_async_done 3 gone 0 result 1\n");
	ck_assert_int_eq(framed_fake_step(fake), 0);
}
END_TEST

START_TEST(works_are_done_in_order_and_once_though_the_session_ends)
{
	struct framed_session *session = noted_open();

	framed_async(session, 1, NULL, 0);
	framed_async(session, 2, NULL, 0);
	framed_fake_step(fake);
	framed_fake_close(session, 1000, NULL);
	framed_fake_settle(fake);
	noted_expect("async_work 1 \non_close 1000 by 1 \nasync_work 2 \n"
	             "on_async_done 1 gone 1 result 1\n"
	             "on_async_done 2 gone 1 result 1\n");
}
END_TEST

START_TEST(flushes_end_before_the_session)
{
	struct framed_session *session = noted_open();

	framed_flush(session, 1);
	framed_flush(session, 2);
	framed_post(framed_id(session), 3, NULL, 0);
	framed_fake_end(session, FRAMED_BY_TRANSPORT, 1006, NULL);
	framed_fake_settle(fake);
	noted_expect("on_flushed 1 3\non_flushed 2 3\non_close 1006 by 6 \n");
	ck_assert_int_eq(framed_fake_step(fake), 0);
}
END_TEST

START_TEST(what_was_sent_goes_out_before_a_close)
{
	struct framed_session *session = noted_open();

	framed_flush(session, 1);
	framed_close(session, 1000, NULL);
	framed_fake_settle(fake);
	noted_expect("on_flushed 1 0\non_close 1000 by 2 \n");
}
END_TEST

START_TEST(posts_to_a_session_that_ends_are_lost)
{
	struct framed_session *session = noted_open();
	uint64_t id = framed_id(session);

	framed_terminate(session);
	ck_assert_int_eq(framed_post(id, 1, NULL, 0), FRAMED_QUEUED);
	framed_fake_settle(fake);
	noted_expect("on_close 1006 by 2 \n");
	ck_assert_int_eq(framed_post(id, 1, NULL, 0), FRAMED_GONE);
}
END_TEST

START_TEST(timers_run_out_in_order)
{
	struct framed_session *a = noted_open();
	struct framed_session *b = framed_fake_open(worker, NULL);

	noted_expect("on_upgrade\non_open\n");
	framed_timer(a, 30, 1);
	framed_timer(b, 10, 2);
	framed_timer(a, 25, 3);
	framed_timer(a, 20, 4);
	framed_timer(a, 20, 5);
	framed_timer(b, 20, 6);
	framed_timer(a, 40, 1); /* moved */
	framed_timer_cancel(a, 4);
	ck_assert_int_eq(framed_fake_advance(fake, 9), 0);
	noted_expect("");
	framed_fake_advance(fake, 1);
	noted_expect("on_timer 2\n");
	framed_fake_advance(fake, 29);
	noted_expect("on_timer 5\non_timer 6\non_timer 3\n");
	framed_fake_advance(fake, 1);
	noted_expect("on_timer 1\n");
	framed_fake_advance(fake, 1000);
	noted_expect("");
}
END_TEST

static void
again(struct framed_session *session)
{
	framed_timer(session, 10, 1);
	noted_act = again;
}

START_TEST(timers_that_are_set_again_run_in_the_same_advance)
{
	struct framed_session *session = noted_open();

	framed_timer(session, 10, 1);
	noted_act = again;
	framed_fake_advance(fake, 35);
	noted_act = NULL;
	noted_expect("on_timer 1\non_timer 1\non_timer 1\n");
	framed_fake_advance(fake, 5);
	noted_expect("on_timer 1\n");
}
END_TEST

START_TEST(timers_end_with_the_session)
{
	struct framed_session *session = noted_open();

	framed_timer(session, 10, 1);
	framed_terminate(session);
	framed_fake_advance(fake, 10);
	noted_expect("on_close 1006 by 2 \n");
}
END_TEST

static void
post_on(struct framed_session *session)
{
	framed_post(framed_id(session), 1, NULL, 0);
	noted_act = post_on;
}

static void
ignore_post(struct framed_session *session, uint64_t token, const void *data,
    size_t length)
{
	(void)token;
	(void)data;
	(void)length;
	framed_post(framed_id(session), 1, NULL, 0);
}

START_TEST(notices_a_module_that_keeps_itself_busy)
{
	struct framed_session *session;

	noted.on_post = ignore_post;
	session = noted_open();
	post_on(session);
	ck_assert_int_eq(framed_fake_settle(fake), -1);
	ck_assert_int_eq(framed_fake_advance(fake, 1), -1);
	noted_act = NULL;
	framed_fake_close(session, 1000, NULL);
	ck_assert_int_eq(framed_fake_settle(fake), 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("turn");
	TCase *tcase = tcase_create("turn");

	tcase_add_checked_fixture(tcase, noted_setup, noted_teardown);
	tcase_add_test(tcase, steps_one_by_one_in_order);
	tcase_add_test(
	    tcase, works_are_done_in_order_and_once_though_the_session_ends);
	tcase_add_test(tcase, flushes_end_before_the_session);
	tcase_add_test(tcase, what_was_sent_goes_out_before_a_close);
	tcase_add_test(tcase, posts_to_a_session_that_ends_are_lost);
	tcase_add_test(tcase, timers_run_out_in_order);
	tcase_add_test(
	    tcase, timers_that_are_set_again_run_in_the_same_advance);
	tcase_add_test(tcase, timers_end_with_the_session);
	tcase_add_test(tcase, notices_a_module_that_keeps_itself_busy);
	suite_add_tcase(suite, tcase);
	return suite;
}
