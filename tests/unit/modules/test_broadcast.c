/* The broadcast module; src/modules/broadcast/broadcast.c is linked into this
 * program. */

/* Before <check.h>, which makes a macro of "fail". */
#include "tests/unit/modules/fake_host.h"

#include <string.h>

#include "tests/unit/harness.h"

static const struct framed_settings no_settings = {.include_sender = -1};

static const struct framed_module *broadcast;
static struct framed_session session;

static void
load(const struct framed_settings *settings)
{
	char error[128] = "";

	ck_assert_int_eq(
	    broadcast->load(settings, &session.instance, error, sizeof(error)),
	    0);
}

static void
setup(void)
{
	broadcast = fake_host_start();
	memset(&session, 0, sizeof(session));
	ck_assert_uint_le(broadcast->session_size, sizeof(session.storage));
}

static void
teardown(void)
{
	broadcast->unload(session.instance);
}

START_TEST(publishes_to_the_default_topic_sender_included)
{
	load(&no_settings);
	broadcast->on_open(&session);
	ck_assert_str_eq(session.topic, "broadcast");
	broadcast->on_message(&session, FRAMED_BINARY, "hi", 2);
	ck_assert_uint_eq(session.published.count, 1);
	ck_assert_int_eq(session.published.type, FRAMED_BINARY);
	ck_assert_str_eq(session.published.text, "hi");
	ck_assert_uint_eq(session.published.flags, 0);
	ck_assert_ptr_null(session.failure);
}
END_TEST

START_TEST(does_as_its_settings_say)
{
	const struct framed_settings settings = {
	    .topic = "lobby", .include_sender = 0};

	load(&settings);
	broadcast->on_open(&session);
	ck_assert_str_eq(session.topic, "lobby");
	broadcast->on_message(&session, FRAMED_TEXT, "hi", 2);
	ck_assert_uint_eq(session.published.flags, FRAMED_PUBLISH_SKIP_SENDER);
}
END_TEST

START_TEST(accepts_a_topic_of_1_to_255_bytes_only)
{
	static const struct {
		size_t length;
		const char *error;
	} cases[] = {
	    {0, "topic must have 1 to 255 bytes, not 0"},
	    {1, NULL},
	    {FRAMED_TOPIC_MAX, NULL},
	    {FRAMED_TOPIC_MAX + 1, "topic must have 1 to 255 bytes, not 256"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char topic[FRAMED_TOPIC_MAX + 2] = "", error[128] = "";
		const struct framed_settings settings = {.topic = topic};
		int rc;

		memset(topic, 't', cases[i].length);
		rc = broadcast->check(&settings, error, sizeof(error));
		ck_assert_int_eq(rc, cases[i].error == NULL ? 0 : -1);
		ck_assert_str_eq(
		    error, cases[i].error != NULL ? cases[i].error : "");
	}
}
END_TEST

static const enum framed_result failures[] = {
    FRAMED_INVALID, FRAMED_NO_MEMORY, FRAMED_UNSUPPORTED};

START_TEST(fails_a_session_that_cannot_subscribe)
{
	load(&no_settings);
	session.answer = failures[_i];
	broadcast->on_open(&session);
	ck_assert_str_eq(session.failure, "cannot subscribe to the topic");
}
END_TEST

START_TEST(fails_a_session_that_cannot_publish)
{
	load(&no_settings);
	broadcast->on_open(&session);
	session.answer = failures[_i];
	broadcast->on_message(&session, FRAMED_TEXT, "hi", 2);
	ck_assert_str_eq(session.failure, "cannot publish to the topic");
}
END_TEST

static const enum framed_result ends[] = {FRAMED_BACKPRESSURE, FRAMED_CLOSED};

START_TEST(leaves_a_slow_or_closed_session_to_the_host)
{
	load(&no_settings);
	broadcast->on_open(&session);
	session.answer = ends[_i];
	broadcast->on_message(&session, FRAMED_TEXT, "hi", 2);
	broadcast->on_close(&session, NULL);
	ck_assert_ptr_null(session.failure);
	ck_assert_uint_eq(fake_log_lines, 0);
}
END_TEST

START_TEST(does_not_fail_a_session_closed_before_it_subscribed)
{
	load(&no_settings);
	session.answer = FRAMED_CLOSED;
	broadcast->on_open(&session);
	ck_assert_ptr_null(session.failure);
}
END_TEST

START_TEST(logs_the_first_loss_and_their_number_at_the_end)
{
	load(&no_settings);
	broadcast->on_open(&session);
	session.answer = FRAMED_DROPPED;
	for (int i = 0; i < 3; i++)
		broadcast->on_message(&session, FRAMED_TEXT, "hi", 2);
	ck_assert_ptr_null(session.failure);
	ck_assert_uint_eq(fake_log_lines, 1);
	broadcast->on_close(&session, NULL);
	ck_assert_uint_eq(fake_log_lines, 2);
	ck_assert_str_eq(fake_log_last,
	    "messages did not reach every worker peer=192.0.2.1:1 lost=3");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("broadcast");
	TCase *tcase = tcase_create("broadcast");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, publishes_to_the_default_topic_sender_included);
	tcase_add_test(tcase, does_as_its_settings_say);
	tcase_add_test(tcase, accepts_a_topic_of_1_to_255_bytes_only);
	tcase_add_loop_test(tcase, fails_a_session_that_cannot_subscribe, 0,
	    (int)(sizeof(failures) / sizeof(failures[0])));
	tcase_add_loop_test(tcase, fails_a_session_that_cannot_publish, 0,
	    (int)(sizeof(failures) / sizeof(failures[0])));
	tcase_add_loop_test(tcase, leaves_a_slow_or_closed_session_to_the_host,
	    0, (int)(sizeof(ends) / sizeof(ends[0])));
	tcase_add_test(
	    tcase, does_not_fail_a_session_closed_before_it_subscribed);
	tcase_add_test(tcase, logs_the_first_loss_and_their_number_at_the_end);
	suite_add_tcase(suite, tcase);
	return suite;
}
