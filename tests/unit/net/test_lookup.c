/* From URLs of users to such as can be connected to. */
#include "net/lookup.h"

#include "tests/unit/harness.h"

static struct lookup found;
static const char *error;

static void
teardown(void)
{
	lookup_release(&found);
	lookup_release(&found);
}

static const struct {
	const char *url, *literal, *host;
} literals[] = {
    {"ws://127.0.0.1", "ws://127.0.0.1:80/", "127.0.0.1"},
    {"WS://127.0.0.1:9001/a?b=c", "ws://127.0.0.1:9001/a?b=c",
        "127.0.0.1:9001"},
    {"ws://[::1]:81/", "ws://[::1]:81/", "[::1]:81"},
    {"wss://127.0.0.1/a", "wss://127.0.0.1:443/a", "127.0.0.1"},
    {"ws+unix:/run/x:/a", "ws+unix:/run/x:/a", "localhost"},
};

START_TEST(addresses_stay_what_they_are)
{
	ck_assert_int_eq(lookup(&found, literals[_i].url, &error), LOOKUP_DONE);
	ck_assert_uint_eq(found.count, 1);
	ck_assert_str_eq(found.urls[0], literals[_i].literal);
	ck_assert_str_eq(found.host, literals[_i].host);
}
END_TEST

static const struct {
	const char *url;
	enum lookup_result result;
	const char *error;
} wrong[] = {
    {"http://127.0.0.1/", LOOKUP_WRONG,
        "a URL begins with ws://, wss:// or ws+unix:"},
};

START_TEST(others_are_refused_with_a_sentence)
{
	ck_assert_int_eq(
	    lookup(&found, wrong[_i].url, &error), wrong[_i].result);
	ck_assert_uint_eq(found.count, 0);
	ck_assert_str_eq(error, wrong[_i].error);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("lookup");
	TCase *tcase = tcase_create("urls");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, addresses_stay_what_they_are, 0,
	    (int)(sizeof(literals) / sizeof(literals[0])));
	tcase_add_loop_test(tcase, others_are_refused_with_a_sentence, 0,
	    (int)(sizeof(wrong) / sizeof(wrong[0])));
	suite_add_tcase(suite, tcase);
	return suite;
}
