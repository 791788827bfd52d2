/* The configuration of framed-cat: whole, and as the command line wants it. */
#include "client/profile.h"

#include "tests/unit/harness.h"

START_TEST(endpoint_has_what_was_asked_for)
{
	const struct arguments arguments = {
	    .ping_seconds = 7, .timeout_seconds = 3};
	struct conf *conf = profile_new(&arguments);
	const struct conf_endpoint *endpoint;

	ck_assert_ptr_nonnull(conf);
	ck_assert_uint_eq(conf->workers, 1);
	ck_assert_uint_eq(conf->listener_count, 0);
	ck_assert_uint_eq(conf->endpoint_count, 1);
	endpoint = &conf->endpoints[0];
	ck_assert_str_eq(endpoint->path, "/");
	ck_assert_int_eq(endpoint->queue_policy, QUEUE_PAUSE_READING);
	ck_assert_uint_eq(endpoint->keepalive.ping_interval_ms, 7000);
	ck_assert_uint_eq(endpoint->limits.handshake_timeout_ms, 3000);
	ck_assert_uint_gt(endpoint->limits.queue_bytes, 0);
	ck_assert(endpoint->deflate.is_enabled);
	conf_free(&conf);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("profile");
	TCase *tcase = tcase_create("configuration");

	tcase_add_test(tcase, endpoint_has_what_was_asked_for);
	suite_add_tcase(suite, tcase);
	return suite;
}
