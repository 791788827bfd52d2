/* The fake host: modules, endpoints, settings, workers; and notes. */

#include "tests/unit/fake/noted.h"

#include "tests/unit/harness.h"

START_TEST(shows_the_struct_of_the_module)
{
	noted_begin(NULL);
	ck_assert_str_eq(framed_fake_module(fake)->name, "noted");
	ck_assert_str_eq(framed_fake_error(fake), "");
	ck_assert_ptr_null(framed_fake_fault(fake));
}
END_TEST

static void
lose_name(void)
{
	noted.name = NULL;
}

static void
come_from_later(void)
{
	noted.abi_minor++;
}

static const struct {
	void (*spoil)(void);
	const char *error;
} misfits[] = {
    {lose_name, "the module lacks its name or version"},
    {come_from_later, "the module is not of this host's ABI"},
};

START_TEST(refuses_a_module_that_does_not_fit)
{
	misfits[_i].spoil();
	fake = framed_fake_new(noted_entry, 0);
	ck_assert_ptr_nonnull(fake);
	ck_assert_ptr_null(framed_fake_module(fake));
	ck_assert_str_eq(framed_fake_error(fake), misfits[_i].error);
	ck_assert_ptr_null(framed_fake_load(fake, NULL));
	ck_assert_str_eq(framed_fake_error(fake), misfits[_i].error);
}
END_TEST

START_TEST(reads_an_older_struct_up_to_its_end)
{
	noted.abi_minor = 0;
	noted.size = offsetof(struct framed_module, worker_start);
	fake = framed_fake_new(noted_entry, 0);
	ck_assert(framed_fake_module(fake)->on_close != NULL);
	ck_assert(framed_fake_module(fake)->worker_start == NULL);
}
END_TEST

START_TEST(lives_alone)
{
	noted_begin(NULL);
	ck_assert_ptr_null(framed_fake_new(noted_entry, 0));
}
END_TEST

START_TEST(goes_through_a_life_in_order)
{
	noted_begin(NULL);
	ck_assert_ptr_nonnull(framed_fake_open(worker, NULL));
	ck_assert_ptr_nonnull(framed_fake_add_worker(worker));
	framed_fake_free(&fake);
	noted_expect("on_upgrade\non_open\nworker_start 1\n"
	             "on_close 1001 by 8 server shutting down\n"
	             "worker_stop 1 its own\nworker_stop 0 its own\n"
	             "unload its own\n");
}
END_TEST

START_TEST(hands_settings_to_check_and_load)
{
	static const struct framed_fake_setting settings[] = {
	    FRAMED_FAKE_STRING("word", "hello"),
	    FRAMED_FAKE_INT("number", 7),
	    FRAMED_FAKE_FLOAT("ratio", 0.25),
	    FRAMED_FAKE_BOOL("flag", 1),
	    FRAMED_FAKE_END,
	};
	static const struct framed_fake_endpoint endpoint = {
	    .settings = settings};

	fake = framed_fake_new(noted_entry, 0);
	ck_assert_int_eq(framed_fake_check(fake, &endpoint), 0);
	noted_expect("check hello 7 0.25 1\n");
	ck_assert_ptr_nonnull(framed_fake_load(fake, &endpoint));
	noted_expect("check hello 7 0.25 1\nload hello\nworker_start 0\n");
}
END_TEST

static const struct framed_fake_setting an_int[] = {
    FRAMED_FAKE_INT("ratio", 3), FRAMED_FAKE_END};
static const struct framed_fake_setting unknown[] = {
    FRAMED_FAKE_INT("nubmer", 7), FRAMED_FAKE_END};
static const struct framed_fake_setting wrong[] = {
    FRAMED_FAKE_BOOL("word", 1), FRAMED_FAKE_END};

static const struct {
	const struct framed_fake_setting *settings;
	const char *said;
	const char *error;
} checks[] = {
    {NULL, NULL, ""},
    {an_int, NULL, ""},
    {unknown, NULL, "unknown setting \"nubmer\""},
    {wrong, NULL, "setting \"word\" must be a string, not a boolean"},
    {unknown, "no good", "no good"},
    {NULL, "", "failed without a reason"},
};

START_TEST(judges_settings_as_the_daemon_does)
{
	const struct framed_fake_endpoint endpoint = {
	    .settings = checks[_i].settings};

	fake = framed_fake_new(noted_entry, 0);
	noted_error = checks[_i].said;
	ck_assert_int_eq(framed_fake_check(fake, &endpoint),
	    checks[_i].error[0] == '\0' ? 0 : -1);
	ck_assert_str_eq(framed_fake_error(fake), checks[_i].error);
}
END_TEST

START_TEST(refuses_settings_of_a_module_without_check)
{
	const struct framed_fake_endpoint endpoint = {.settings = an_int};

	noted.check = NULL;
	fake = framed_fake_new(noted_entry, 0);
	ck_assert_int_eq(framed_fake_check(fake, NULL), 0);
	ck_assert_int_eq(framed_fake_check(fake, &endpoint), -1);
	ck_assert_str_eq(framed_fake_error(fake), "takes no settings");
}
END_TEST

START_TEST(tells_why_load_failed_and_does_not_unload)
{
	noted_rc = -1;
	noted_error = "no luck";
	fake = framed_fake_new(noted_entry, 0);
	ck_assert_ptr_null(framed_fake_load(fake, NULL));
	ck_assert_str_eq(framed_fake_error(fake), "no luck");
	framed_fake_free(&fake);
	noted_expect("check none -1 0.5 0\nload none\n");
}
END_TEST

START_TEST(tells_why_a_worker_did_not_start_and_does_not_stop_it)
{
	noted_begin(NULL);
	noted_rc = -1;
	noted_error = "no thread";
	ck_assert_ptr_null(framed_fake_add_worker(worker));
	ck_assert_str_eq(framed_fake_error(fake), "no thread");
	framed_fake_free(&fake);
	noted_expect("worker_start 1\nworker_stop 0 its own\nunload its own\n");
}
END_TEST

START_TEST(can_lack_groups)
{
	fake = framed_fake_new(
	    noted_entry, FRAMED_FAKE_NO_TOPICS | FRAMED_FAKE_NO_CLIENT);
	ck_assert_ptr_null(framed_topics);
	ck_assert_ptr_null(framed_client);
	ck_assert_int_eq(framed_publish(NULL, "t", FRAMED_TEXT, "", 0, 0),
	    FRAMED_UNSUPPORTED);
}
END_TEST

START_TEST(notes_the_log)
{
	const struct framed_fake_note *note;

	noted_begin(NULL);
	framed_log(FRAMED_WARN, "lost=%d", 3);
	framed_log(FRAMED_INFO, "bye");
	ck_assert_uint_eq(framed_fake_count(fake, FRAMED_FAKE_LOG), 2);
	note = framed_fake_take(fake, FRAMED_FAKE_LOG);
	ck_assert_int_eq(note->level, FRAMED_WARN);
	ck_assert_str_eq(note->text, "lost=3");
	ck_assert_str_eq(framed_fake_take(fake, FRAMED_FAKE_LOG)->text, "bye");
	ck_assert_ptr_null(framed_fake_take(fake, FRAMED_FAKE_LOG));
}
END_TEST

START_TEST(orders_of_one_kind_queue_up)
{
	struct framed_session *session = noted_open();

	framed_fake_script(fake, FRAMED_FAKE_SEND, FRAMED_BACKPRESSURE, 2);
	framed_fake_script(fake, FRAMED_FAKE_SEND, FRAMED_DROPPED, 1);
	framed_fake_script(fake, FRAMED_FAKE_PING, FRAMED_NO_MEMORY, 0);
	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, "a", 1), FRAMED_BACKPRESSURE);
	ck_assert_int_eq(framed_ping(session, "", 0), FRAMED_QUEUED);
	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, "b", 1), FRAMED_BACKPRESSURE);
	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, "c", 1), FRAMED_DROPPED);
	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, "d", 1), FRAMED_QUEUED);
	ck_assert_uint_eq(framed_fake_count(fake, FRAMED_FAKE_SEND), 4);
	/* "c" reached nobody */
	ck_assert_uint_eq(framed_fake_count(fake, FRAMED_FAKE_DELIVERY), 3);
}
END_TEST

START_TEST(is_safe_to_call_without_a_fake)
{
	const struct framed_host *host = framed_fake_host();
	const struct framed_answer answer = {
	    .size = sizeof(answer), .status = 101};

	noted_entry(host);
	framed_log(FRAMED_INFO, "nobody listens");
	ck_assert_int_eq(framed_send(NULL, FRAMED_TEXT, "", 0), FRAMED_CLOSED);
	ck_assert_int_eq(framed_post(1, 0, NULL, 0), FRAMED_GONE);
	ck_assert_int_eq(framed_send_to(1, FRAMED_TEXT, "", 0), FRAMED_GONE);
	ck_assert_int_eq(framed_answer_to(1, &answer), FRAMED_GONE);
	ck_assert_int_eq(framed_publish(NULL, "t", FRAMED_TEXT, "", 0, 0),
	    FRAMED_UNSUPPORTED);
	ck_assert_str_eq(framed_setting_string(NULL, "word", "none"), "none");
	ck_assert_ptr_null(framed_worker_data(NULL));
	ck_assert_uint_eq(framed_id(NULL), 0);
}
END_TEST

START_TEST(fills_its_table)
{
	const struct framed_host *host = framed_fake_host();
	const void *const *pointers =
	    (const void *const *)(const void *)&host->group;
	size_t count = (sizeof(*host) - offsetof(struct framed_host, group)) /
	    sizeof(*pointers);

	ck_assert_uint_eq(host->size, sizeof(*host));
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(pointers[i] != NULL, "call %zu is missing", i);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("fake");
	TCase *tcase = tcase_create("fake");

	tcase_add_checked_fixture(tcase, noted_setup, noted_teardown);
	tcase_add_test(tcase, shows_the_struct_of_the_module);
	tcase_add_loop_test(tcase, refuses_a_module_that_does_not_fit, 0,
	    (int)(sizeof(misfits) / sizeof(misfits[0])));
	tcase_add_test(tcase, reads_an_older_struct_up_to_its_end);
	tcase_add_test(tcase, lives_alone);
	tcase_add_test(tcase, goes_through_a_life_in_order);
	tcase_add_test(tcase, hands_settings_to_check_and_load);
	tcase_add_loop_test(tcase, judges_settings_as_the_daemon_does, 0,
	    (int)(sizeof(checks) / sizeof(checks[0])));
	tcase_add_test(tcase, refuses_settings_of_a_module_without_check);
	tcase_add_test(tcase, tells_why_load_failed_and_does_not_unload);
	tcase_add_test(
	    tcase, tells_why_a_worker_did_not_start_and_does_not_stop_it);
	tcase_add_test(tcase, can_lack_groups);
	tcase_add_test(tcase, notes_the_log);
	tcase_add_test(tcase, orders_of_one_kind_queue_up);
	tcase_add_test(tcase, is_safe_to_call_without_a_fake);
	tcase_add_test(tcase, fills_its_table);
	suite_add_tcase(suite, tcase);
	return suite;
}
