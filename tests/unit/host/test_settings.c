/* Settings as modules ask for them. */
#include "host/settings.h"

#include "tests/unit/harness.h"
#include "tests/unit/host/support.h"

static struct setting all[] = {
    {.name = TEXT("word"),
        .type = SETTING_STRING,
        .string = TEXT("yes"),
        .file = TEXT("a.conf"),
        .line = 1},
    {.name = TEXT("number"),
        .type = SETTING_INT,
        .integer = -1,
        .file = TEXT("a.conf"),
        .line = 2},
    {.name = TEXT("large"),
        .type = SETTING_INT,
        .integer = INT64_MAX,
        .file = TEXT("a.conf"),
        .line = 3},
    {.name = TEXT("flag"),
        .type = SETTING_BOOL,
        .integer = 1,
        .file = TEXT("a.conf"),
        .line = 4},
    {.name = TEXT("off"),
        .type = SETTING_BOOL,
        .integer = 0,
        .file = TEXT("b.conf"),
        .line = 5},
    {.name = TEXT("real"),
        .type = SETTING_FLOAT,
        .number = 1.5,
        .file = TEXT("b.conf"),
        .line = 6},
};

static const struct conf_endpoint endpoint = {
    .module = TEXT("chat"),
    .settings = all,
    .setting_count = ARRAY_LENGTH(all),
};

static struct complaints complaints;
static bool asked[ARRAY_LENGTH(all)];
static const struct framed_settings settings = {
    .endpoint = &endpoint,
    .report = &complaints.report,
    .asked = asked,
};

static void
setup(void)
{
	complaints_init(&complaints);
	memset(asked, 0, sizeof(asked));
}

static void
teardown(void)
{
	complaints_release(&complaints);
}

START_TEST(gives_the_value_of_the_file)
{
	ck_assert_str_eq(settings_string(&settings, "word", "no"), "yes");
	ck_assert_int_eq(settings_int(&settings, "number", 7), -1);
	ck_assert_int_eq(settings_int(&settings, "large", 7), INT64_MAX);
	ck_assert_int_eq(settings_bool(&settings, "flag", 0), 1);
	ck_assert_int_eq(settings_bool(&settings, "off", 1), 0);
	ck_assert_double_eq(settings_float(&settings, "real", 7), 1.5);
	ck_assert_double_eq(settings_float(&settings, "number", 7), -1);
	complaints_expect(&complaints, "");
}
END_TEST

START_TEST(gives_the_fallback_for_what_is_absent)
{
	ck_assert_str_eq(settings_string(&settings, "wor", "no"), "no");
	ck_assert_ptr_null(settings_string(&settings, "words", NULL));
	ck_assert_int_eq(settings_int(&settings, "", INT64_MIN), INT64_MIN);
	ck_assert_int_eq(settings_bool(&settings, "Flag", 1), 1);
	ck_assert_int_eq(settings_bool(&settings, "Flag", 0), 0);
	ck_assert_double_eq(settings_float(&settings, "rea", 0.5), 0.5);
	complaints_expect(&complaints, "");
}
END_TEST

START_TEST(complains_of_another_type_and_gives_the_fallback)
{
	ck_assert_str_eq(settings_string(&settings, "number", "no"), "no");
	ck_assert_int_eq(settings_int(&settings, "flag", 7), 7);
	ck_assert_int_eq(settings_bool(&settings, "word", 0), 0);
	ck_assert_int_eq(settings_int(&settings, "real", 7), 7);
	ck_assert_double_eq(settings_float(&settings, "off", 0.5), 0.5);
	complaints_expect(&complaints,
	    "framed: a.conf:2: setting \"number\" of module \"chat\" "
	    "must be a string, not an integer\n"
	    "framed: a.conf:4: setting \"flag\" of module \"chat\" "
	    "must be an integer, not a boolean\n"
	    "framed: a.conf:1: setting \"word\" of module \"chat\" "
	    "must be a boolean, not a string\n"
	    "framed: b.conf:6: setting \"real\" of module \"chat\" "
	    "must be an integer, not a floating-point number\n"
	    "framed: b.conf:5: setting \"off\" of module \"chat\" "
	    "must be a floating-point number, not a boolean\n");
}
END_TEST

START_TEST(remembers_what_was_asked_for)
{
	const bool expected[ARRAY_LENGTH(all)] = {
	    [0] = true, [3] = true, [5] = true};

	settings_string(&settings, "word", NULL);
	/* of another type, yet known to the module */
	settings_int(&settings, "flag", 0);
	settings_int(&settings, "absent", 0);
	settings_float(&settings, "real", 0);
	ck_assert_mem_eq(asked, expected, sizeof(asked));
}
END_TEST

START_TEST(needs_no_notes)
{
	const struct framed_settings bare = {
	    .endpoint = &endpoint, .report = &complaints.report};

	ck_assert_str_eq(settings_string(&bare, "word", "no"), "yes");
	complaints_expect(&complaints, "");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("settings");
	TCase *tcase = tcase_create("settings");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, gives_the_value_of_the_file);
	tcase_add_test(tcase, gives_the_fallback_for_what_is_absent);
	tcase_add_test(tcase, complains_of_another_type_and_gives_the_fallback);
	tcase_add_test(tcase, remembers_what_was_asked_for);
	tcase_add_test(tcase, needs_no_notes);
	suite_add_tcase(suite, tcase);
	return suite;
}
