/* The broadcast module; src/modules/broadcast/broadcast.c is linked into this
 * program. */

/* Before <check.h>, which makes a macro of "fail". */
#include <framed/fake.h>

#include "tests/unit/harness.h"

static const struct framed_fake_request named = {.peer = "192.0.2.1:1"};

static struct framed_fake *fake;
static struct framed_session *session;

/* Loads it with these settings, and opens a session. */
static void
begin(const struct framed_fake_setting *settings)
{
	const struct framed_fake_endpoint endpoint = {.settings = settings};
	struct framed_worker *worker = framed_fake_load(fake, &endpoint);

	ck_assert_msg(worker != NULL, "%s", framed_fake_error(fake));
	session = framed_fake_open(worker, &named);
	ck_assert_ptr_nonnull(session);
}

static void
setup(void)
{
	fake = framed_fake_new(framed_module_entry, 0);
	ck_assert_ptr_nonnull(framed_fake_module(fake));
}

static void
teardown(void)
{
	ck_assert_ptr_null(framed_fake_fault(fake));
	framed_fake_free(&fake);
}

static void
expect_failure(const char *why)
{
	const struct framed_fake_note *note =
	    framed_fake_take_of(session, FRAMED_FAKE_FAIL);

	ck_assert_ptr_nonnull(note);
	ck_assert_str_eq(note->text, why);
}

START_TEST(publishes_to_the_default_topic_sender_included)
{
	const struct framed_fake_note *note;

	begin(NULL);
	ck_assert_int_eq(framed_fake_is_subscribed(session, "broadcast"), 1);
	framed_fake_message(session, FRAMED_BINARY, "hi", 2);
	note = framed_fake_take(fake, FRAMED_FAKE_PUBLISH);
	ck_assert_str_eq(note->topic, "broadcast");
	ck_assert_int_eq(note->type, FRAMED_BINARY);
	ck_assert_str_eq(note->data, "hi");
	ck_assert_uint_eq(note->flags, 0);
	ck_assert_str_eq(
	    framed_fake_take_of(session, FRAMED_FAKE_DELIVERY)->data, "hi");
	ck_assert_ptr_null(framed_fake_take(fake, FRAMED_FAKE_PUBLISH));
	ck_assert_ptr_null(framed_fake_take(fake, FRAMED_FAKE_FAIL));
}
END_TEST

START_TEST(does_as_its_settings_say)
{
	static const struct framed_fake_setting settings[] = {
	    FRAMED_FAKE_STRING("topic", "lobby"),
	    FRAMED_FAKE_BOOL("include_sender", 0),
	    FRAMED_FAKE_END,
	};

	begin(settings);
	ck_assert_int_eq(framed_fake_is_subscribed(session, "lobby"), 1);
	framed_fake_text(session, "hi");
	ck_assert_ptr_null(framed_fake_take_of(session, FRAMED_FAKE_DELIVERY));
	ck_assert_uint_eq(framed_fake_take(fake, FRAMED_FAKE_PUBLISH)->flags,
	    FRAMED_PUBLISH_SKIP_SENDER);
}
END_TEST

START_TEST(endpoints_of_one_topic_share_it)
{
	struct framed_session *other;

	begin(NULL);
	other = session;
	begin(NULL);
	framed_fake_text(session, "hi");
	ck_assert_str_eq(
	    framed_fake_take_of(other, FRAMED_FAKE_DELIVERY)->data, "hi");
}
END_TEST

START_TEST(accepts_a_topic_of_1_to_255_bytes_only)
{
	static const struct {
		size_t length;
		const char *error;
	} cases[] = {
	    {0, "topic must have 1 to 255 bytes, not 0"},
	    {1, ""},
	    {FRAMED_TOPIC_MAX, ""},
	    {FRAMED_TOPIC_MAX + 1, "topic must have 1 to 255 bytes, not 256"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char topic[FRAMED_TOPIC_MAX + 2] = "";
		const struct framed_fake_setting settings[] = {
		    FRAMED_FAKE_STRING("topic", topic), FRAMED_FAKE_END};
		const struct framed_fake_endpoint endpoint = {
		    .settings = settings};

		memset(topic, 't', cases[i].length);
		ck_assert_int_eq(framed_fake_check(fake, &endpoint),
		    cases[i].error[0] == '\0' ? 0 : -1);
		ck_assert_str_eq(framed_fake_error(fake), cases[i].error);
	}
}
END_TEST

static const enum framed_result failures[] = {
    FRAMED_INVALID, FRAMED_NO_MEMORY, FRAMED_UNSUPPORTED};

START_TEST(fails_a_session_that_cannot_subscribe)
{
	framed_fake_script(fake, FRAMED_FAKE_SUBSCRIBE, failures[_i], 1);
	begin(NULL);
	expect_failure("cannot subscribe to the topic");
}
END_TEST

START_TEST(fails_a_session_that_cannot_publish)
{
	begin(NULL);
	framed_fake_script(fake, FRAMED_FAKE_PUBLISH, failures[_i], 1);
	framed_fake_text(session, "hi");
	expect_failure("cannot publish to the topic");
}
END_TEST

static const enum framed_result ends[] = {FRAMED_BACKPRESSURE, FRAMED_CLOSED};

START_TEST(leaves_a_slow_or_closed_session_to_the_host)
{
	begin(NULL);
	framed_fake_script(fake, FRAMED_FAKE_PUBLISH, ends[_i], 1);
	framed_fake_text(session, "hi");
	framed_fake_close(session, FRAMED_CLOSE_NORMAL, NULL);
	ck_assert_ptr_null(framed_fake_take(fake, FRAMED_FAKE_FAIL));
	ck_assert_ptr_null(framed_fake_take(fake, FRAMED_FAKE_LOG));
}
END_TEST

START_TEST(does_not_fail_a_session_closed_before_it_subscribed)
{
	framed_fake_script(fake, FRAMED_FAKE_SUBSCRIBE, FRAMED_CLOSED, 1);
	begin(NULL);
	ck_assert_ptr_null(framed_fake_take(fake, FRAMED_FAKE_FAIL));
}
END_TEST

START_TEST(logs_the_first_loss_and_their_number_at_the_end)
{
	begin(NULL);
	framed_fake_script(fake, FRAMED_FAKE_PUBLISH, FRAMED_DROPPED, 3);
	for (int i = 0; i < 3; i++)
		framed_fake_text(session, "hi");
	ck_assert_ptr_null(framed_fake_take(fake, FRAMED_FAKE_FAIL));
	ck_assert_str_eq(framed_fake_take(fake, FRAMED_FAKE_LOG)->text,
	    "a message did not reach every worker peer=192.0.2.1:1 "
	    "topic=broadcast");
	ck_assert_ptr_null(framed_fake_take(fake, FRAMED_FAKE_LOG));
	framed_fake_close(session, FRAMED_CLOSE_NORMAL, NULL);
	ck_assert_str_eq(framed_fake_take(fake, FRAMED_FAKE_LOG)->text,
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
	tcase_add_test(tcase, endpoints_of_one_topic_share_it);
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
