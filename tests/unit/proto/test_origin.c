/* Origins: of the same host, or of a list. */
#include "proto/origin.h"

#include "base/guard.h"
#include "tests/unit/harness.h"

static const struct {
	const char *origin;
	const char *host;
	bool is_same;
} samples[] = {
    {"http://example.org", "example.org", true},
    {"https://example.org", "example.org", true},
    {"http://example.org", "Example.ORG", true},
    {"HTTP://EXAMPLE.org", "example.org", true},
    {"http://example.org:8080", "example.org:8080", true},
    {"http://example.org", "example.org:80", true},
    {"http://example.org:80", "example.org", true},
    {"https://example.org", "example.org:443", true},
    {"http://127.0.0.1:9001", "127.0.0.1:9001", true},
    {"http://[::1]:9001", "[::1]:9001", true},
    {"http://[::1]", "[::1]:80", true}, {"http://[::1]", "[::1]", true},
    {"http://[::1]", "[::2]", false},
    {"http://example.org:8080", "example.org", false},
    {"http://example.org", "example.org:8080", false},
    {"https://example.org", "example.org:80", false},
    {"http://example.org", "example.com", false},
    {"http://example.org.evil.com", "example.org", false},
    {"http://evil.com/example.org", "example.org", false},
    {"http://evil.com@example.org", "example.org", false},
    {"ftp://example.org", "example.org", false}, {"null", "example.org", false},
    {"null", "null", false}, {"", "example.org", false}, {"http://", "", false},
    {"example.org", "example.org", false},
    {"http://example.org:", "example.org", true}, /* no port */
    {"http://:80", ":80", true}, /* no request has such a Host */
};

START_TEST(same_host_and_port)
{
	ck_assert_msg(
	    origin_is_same(span_from_string(samples[_i].origin), ORIGIN_ANY,
	        span_from_string(samples[_i].host)) == samples[_i].is_same,
	    "%s at %s", samples[_i].origin, samples[_i].host);
}
END_TEST

START_TEST(scheme_counts_where_it_is_known)
{
	const struct span host = SPAN_LITERAL("a.org");

	ck_assert(
	    origin_is_same(SPAN_LITERAL("http://a.org"), ORIGIN_HTTP, host));
	ck_assert(
	    !origin_is_same(SPAN_LITERAL("https://a.org"), ORIGIN_HTTP, host));
	ck_assert(
	    origin_is_same(SPAN_LITERAL("https://a.org"), ORIGIN_HTTPS, host));
	ck_assert(
	    !origin_is_same(SPAN_LITERAL("http://a.org"), ORIGIN_HTTPS, host));
}
END_TEST

static bool
is_listed(const char *origin, const char *list)
{
	return origin_is_listed(
	    span_from_string(origin), span_from_string(list));
}

START_TEST(list_is_exact)
{
	static const char list[] = "https://a.org\nhttp://b.org:81\nnull\n";

	ck_assert(is_listed("https://a.org", list));
	ck_assert(is_listed("http://b.org:81", list));
	ck_assert(is_listed("null", list));
	ck_assert(!is_listed("http://a.org", list));
	ck_assert(!is_listed("http://b.org", list));
	ck_assert(!is_listed("https://a.org.evil", list));
	ck_assert(!is_listed("https://a.or", list));
	ck_assert(!is_listed("", list));
	ck_assert(!is_listed("https://a.org", ""));
}
END_TEST

START_TEST(star_lists_all)
{
	ck_assert(is_listed("https://any.org", "https://a.org\n*\n"));
	ck_assert(is_listed("null", "*\n"));
	ck_assert(!is_listed("https://any.org", "*.org\n"));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("origin");
	TCase *tcase = tcase_create("origin");

	tcase_add_loop_test(
	    tcase, same_host_and_port, 0, ARRAY_LENGTH(samples));
	tcase_add_test(tcase, scheme_counts_where_it_is_known);
	tcase_add_test(tcase, list_is_exact);
	tcase_add_test(tcase, star_lists_all);
	suite_add_tcase(suite, tcase);
	return suite;
}
