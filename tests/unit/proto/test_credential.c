/* Tokens in requests: each place, and what is none. */
#include "proto/credential.h"

#include "tests/unit/harness.h"
#include "tests/unit/proto/head_sample.h"

#define HEAD(lines)          "GET /chat HTTP/1.1\r\nHost: h\r\n" lines "\r\n"
#define QUERY(query)         "GET /chat?" query " HTTP/1.1\r\nHost: h\r\n\r\n"
#define AUTHORIZATION(value) HEAD("Authorization: " value "\r\n")
#define COOKIE(value)        HEAD("Cookie: " value "\r\n")
#define PROTOCOL(value)      HEAD("Sec-WebSocket-Protocol: " value "\r\n")

static const struct {
	const char *places;
	const char *head;
	const char *token;
} samples[] = {
    {"bearer\n", HEAD(""), ""},
    {"bearer\n", AUTHORIZATION("Bearer abc.def"), "abc.def"},
    {"bearer\n", AUTHORIZATION("bEARER   abc"), "abc"},
    {"bearer\n", AUTHORIZATION("Bearer"), ""},
    {"bearer\n", AUTHORIZATION("Bearerabc"), ""},
    {"bearer\n", AUTHORIZATION("Basic abc"), ""},
    {"bearer\n", HEAD("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"),
        ""},
    {"cookie:id\n", COOKIE("id=abc"), "abc"},
    {"cookie:id\n", COOKIE("a=b; id=abc; c=d"), "abc"},
    {"cookie:id\n", COOKIE("xid=no; id=\"abc\""), "abc"},
    {"cookie:id\n", COOKIE("ID=abc"), ""},
    {"cookie:id\n", COOKIE("id"), ""},
    {"cookie:id\n", COOKIE("id="), ""},
    {"cookie:id\n", COOKIE("id=a=b"), "a=b"},
    {"query:token\n", QUERY("token=abc"), "abc"},
    {"query:token\n", QUERY("a=b&token=a%2eb%2Fc&c"), "a.b/c"},
    {"query:token\n", QUERY("token=a%2"), ""},
    {"query:token\n", QUERY("token=a%zz"), ""},
    {"query:token\n", QUERY("mytoken=abc"), ""},
    {"query:token\n", QUERY("token"), ""},
    {"query:token\n", HEAD(""), ""},
    {"subprotocol\n", PROTOCOL("chat, bearer.abc.def"), "abc.def"},
    {"subprotocol\n", PROTOCOL("chat"), ""},
    {"subprotocol\n", PROTOCOL("bearer."), ""},
    /* the first place that has any */
    {"cookie:id\nbearer\n", AUTHORIZATION("Bearer abc"), "abc"},
    {"cookie:id\nbearer\n", HEAD("Authorization: Bearer b\r\nCookie: id=a\r\n"),
        "a"},
    {"bearer\ncookie:id\n", HEAD("Authorization: Bearer b\r\nCookie: id=a\r\n"),
        "b"},
};

START_TEST(token_is_where_it_is_looked_for)
{
	static char out[CREDENTIAL_MAX];
	struct head_sample sample;
	size_t length =
	    credential_find(head_sample_request(&sample, samples[_i].head),
	        span_from_string(samples[_i].places), out);

	assert_span(span_from(out, length), samples[_i].token);
}
END_TEST

START_TEST(places_are_known_by_name)
{
	static const char *const good[] = {
	    "bearer", "subprotocol", "cookie:id", "query:access_token"};
	static const char *const wrong[] = {"", "Bearer", "bearer:", "cookie",
	    "cookie:", "cookie:a b", "query:", "header:x", "subprotocol:x"};

	for (size_t i = 0; i < ARRAY_LENGTH(good); i++)
		ck_assert_msg(credential_is_place(span_from_string(good[i])),
		    "%s", good[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++)
		ck_assert_msg(!credential_is_place(span_from_string(wrong[i])),
		    "%s", wrong[i]);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("credential");
	TCase *tcase = tcase_create("places");

	tcase_add_loop_test(tcase, token_is_where_it_is_looked_for, 0,
	    (int)ARRAY_LENGTH(samples));
	tcase_add_test(tcase, places_are_known_by_name);
	suite_add_tcase(suite, tcase);
	return suite;
}
