/* The one form of each host. */
#include "proto/http_host.h"

#include <check.h>

#include "base/guard.h"
#include "tests/unit/harness.h"

static const struct {
	const char *host;
	const char *one; /* "": it has none */
} hosts[] = {
    {"", ""},
    {".", ""},
    {"example.org", "example.org"},
    {"EXAMPLE.Org", "example.org"},
    {"example.org.", "example.org"},
    {"a_[@`{Z-9", "a_[@`{z-9"},
    {"127.0.0.1", "127.0.0.1"},
    {"[::1]", "[::1]"},
    {"[0:0::1]", "[::1]"},
    {"[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]"},
    {"[::ffff:102:304]", "[::ffff:1.2.3.4]"},
    {"[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]"},
    {"[", ""},
    {"[]", ""},
    {"[::1", ""},
    {"[::1].", ""},
    {"[::1]:1", ""},
    {"[127.0.0.1]", ""},
    {"[::1%eth0]", ""},
};

static void
assert_one(struct span host, const char *one)
{
	char out[HTTP_HOST_MAX + 1];

	ck_assert_uint_eq(http_host_normalize(host, out), strlen(one));
	ck_assert_str_eq(out, one);
}

START_TEST(gives_each_host_one_form)
{
	assert_one(span_from_string(hosts[_i].host), hosts[_i].one);
	assert_one(span_from_string(hosts[_i].one), hosts[_i].one);
}
END_TEST

START_TEST(has_no_form_for_what_is_too_long)
{
	char host[HTTP_HOST_MAX + 3];

	memset(host, 'a', sizeof(host));
	host[HTTP_HOST_MAX] = '\0';
	assert_one(span_from_string(host), host);
	host[HTTP_HOST_MAX] = '.';
	host[HTTP_HOST_MAX + 1] = '\0';
	assert_one(span_from(host, HTTP_HOST_MAX + 2), "");
	host[HTTP_HOST_MAX] = 'a';
	assert_one(span_from_string(host), "");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("http_host");
	TCase *tcase = tcase_create("http_host");

	tcase_add_loop_test(
	    tcase, gives_each_host_one_form, 0, ARRAY_LENGTH(hosts));
	tcase_add_test(tcase, has_no_form_for_what_is_too_long);
	suite_add_tcase(suite, tcase);
	return suite;
}
