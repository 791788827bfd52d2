/* What proxies say of whom they speak for, and how much of it is believed. */
#include "proto/forwarded.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "tests/unit/harness.h"
#include "tests/unit/proto/head_sample.h"

#define HEAD(lines) "GET / HTTP/1.1\r\nHost: h\r\n" lines "\r\n"
#define X(value)    HEAD("X-Forwarded-For: " value "\r\n")
#define F(value)    HEAD("Forwarded: " value "\r\n")

static const char trusted[] = "10.0.0.0/8\nunix\n2001:db8:1::/48\n";

static const struct {
	enum forwarded_family family;
	const char *head;
	const char *client; /* "": there is none */
} samples[] = {
    {FORWARDED_X, HEAD(""), ""},
    {FORWARDED_X, X("203.0.113.9"), "203.0.113.9:0"},
    {FORWARDED_X, X("203.0.113.9:4711"), "203.0.113.9:4711"},
    {FORWARDED_X, X("2001:db8::9"), "2001:db8::9:0"},
    {FORWARDED_X, X("[2001:db8::9]"), "2001:db8::9:0"},
    {FORWARDED_X, X("[2001:db8::9]:4711"), "2001:db8::9:4711"},
    {FORWARDED_X, X("::ffff:203.0.113.9"), "203.0.113.9:0"},
    /* the right-most that is not trusted */
    {FORWARDED_X, X("6.6.6.6, 203.0.113.9"), "203.0.113.9:0"},
    {FORWARDED_X, X("6.6.6.6, 203.0.113.9, 10.1.1.1"), "203.0.113.9:0"},
    {FORWARDED_X, X("203.0.113.9,10.1.1.1,\t10.2.2.2"), "203.0.113.9:0"},
    {FORWARDED_X, X("203.0.113.9, 2001:db8:1::5"), "203.0.113.9:0"},
    {FORWARDED_X, X("203.0.113.9, ::ffff:10.1.1.1"), "203.0.113.9:0"},
    {FORWARDED_X, X("10.1.1.1, 10.2.2.2"), "10.1.1.1:0"},
    /* over several lines */
    {FORWARDED_X,
        HEAD("X-Forwarded-For: 6.6.6.6\r\nX-forwarded-for: 203.0.113.9\r\n"
             "A: b\r\nX-FORWARDED-FOR: 10.1.1.1\r\n"),
        "203.0.113.9:0"},
    /* nobody answers for what stands before these */
    {FORWARDED_X, X("203.0.113.9, unknown"), ""},
    {FORWARDED_X, X("203.0.113.9, unknown, 10.1.1.1"), "10.1.1.1:0"},
    {FORWARDED_X, X("203.0.113.9, , 10.1.1.1"), "10.1.1.1:0"},
    {FORWARDED_X, X("203.0.113.9,"), ""},
    {FORWARDED_X, X("203.0.113.9 10.1.1.1"), ""},
    {FORWARDED_X, X("203.0.113.9:"), ""},
    {FORWARDED_X, X("203.0.113.9:65536"), ""},
    {FORWARDED_X, X("203.0.113.9:1x"), ""},
    {FORWARDED_X, X("203.0.113.9/32"), ""},
    {FORWARDED_X, X("[2001:db8::9"), ""},
    {FORWARDED_X, X("[2001:db8::9]4711"), ""},
    {FORWARDED_X, X("[]"), ""},
    {FORWARDED_X, X("localhost"), ""},
    /* an open quote of the client's swallows nothing */
    {FORWARDED_X, X("\"6.6.6.6, 203.0.113.9"), "203.0.113.9:0"},
    /* the other family is not looked at */
    {FORWARDED_X, F("for=203.0.113.9"), ""},
    {FORWARDED_RFC7239, X("203.0.113.9"), ""},
    {FORWARDED_OFF, X("203.0.113.9"), ""},

    {FORWARDED_RFC7239, F("for=203.0.113.9"), "203.0.113.9:0"},
    {FORWARDED_RFC7239, F("For=\"203.0.113.9:4711\""), "203.0.113.9:4711"},
    {FORWARDED_RFC7239, F("FOR=\"[2001:db8::9]:4711\""), "2001:db8::9:4711"},
    {FORWARDED_RFC7239, F("proto=https;for=203.0.113.9;by=10.1.1.1"),
        "203.0.113.9:0"},
    {FORWARDED_RFC7239,
        F("for=6.6.6.6, for=203.0.113.9;host=\"a,b\", "
          "for=10.1.1.1"),
        "203.0.113.9:0"},
    {FORWARDED_RFC7239, F("for=203.0.113.9, for=_hidden, for=10.1.1.1"),
        "10.1.1.1:0"},
    {FORWARDED_RFC7239, F("for=203.0.113.9, proto=http, for=10.1.1.1"),
        "10.1.1.1:0"},
    {FORWARDED_RFC7239, F("for=\"6.6.6.6, for=203.0.113.9"), "203.0.113.9:0"},
    {FORWARDED_RFC7239, F("for=\"203.0.113\\.9\""), ""},
    {FORWARDED_RFC7239, F("for"), ""},
    {FORWARDED_RFC7239, F("for=203.0.113.9;for=6.6.6.6"), ""},
    {FORWARDED_RFC7239, F("for="), ""},
    {FORWARDED_RFC7239, F(";;for=203.0.113.9;;"), "203.0.113.9:0"},
};

static struct forwarded
read_sample(enum forwarded_family family, const char *head)
{
	struct head_sample sample;
	struct forwarded forwarded;

	forwarded_read(head_sample_request(&sample, head), family,
	    span_from_string(trusted), &forwarded);
	return forwarded;
}

START_TEST(right_most_untrusted_address_is_the_client)
{
	struct forwarded found =
	    read_sample(samples[_i].family, samples[_i].head);
	char text[INET6_ADDRSTRLEN + 8] = "", ip[INET6_ADDRSTRLEN];

	if (found.has_client)
		snprintf(text, sizeof(text), "%s:%u",
		    inet_ntop(found.is_ipv6 ? AF_INET6 : AF_INET, found.ip, ip,
		        sizeof(ip)),
		    found.port);
	ck_assert_str_eq(text, samples[_i].client);
}
END_TEST

static const struct {
	enum forwarded_family family;
	const char *head;
	enum origin_scheme scheme;
	const char *host;
} hosts[] = {
    {FORWARDED_X, HEAD(""), ORIGIN_ANY, ""},
    {FORWARDED_X, HEAD("X-Forwarded-Proto: https\r\n"), ORIGIN_HTTPS, ""},
    {FORWARDED_X, HEAD("X-Forwarded-Proto: WSS\r\n"), ORIGIN_HTTPS, ""},
    {FORWARDED_X, HEAD("X-Forwarded-Proto: http\r\n"), ORIGIN_HTTP, ""},
    {FORWARDED_X, HEAD("X-Forwarded-Proto: ws\r\n"), ORIGIN_HTTP, ""},
    {FORWARDED_X, HEAD("X-Forwarded-Proto: gopher\r\n"), ORIGIN_ANY, ""},
    {FORWARDED_X, HEAD("X-Forwarded-Proto: http, https\r\n"), ORIGIN_HTTPS, ""},
    {FORWARDED_X,
        HEAD("X-Forwarded-Host: evil\r\nX-Forwarded-Host: a.org:8443\r\n"),
        ORIGIN_ANY, "a.org:8443"},
    /* of the element that names the client */
    {FORWARDED_RFC7239,
        F("for=6.6.6.6;proto=http;host=evil, "
          "for=203.0.113.9;proto=https;host=\"a.org:8443\", "
          "for=10.1.1.1;proto=http;host=inside"),
        ORIGIN_HTTPS, "a.org:8443"},
    {FORWARDED_RFC7239, F("proto=https;host=a.org"), ORIGIN_ANY, ""},
    {FORWARDED_RFC7239, F("for=203.0.113.9;host=\"a\\\"b\""), ORIGIN_ANY, ""},
};

START_TEST(scheme_and_host_are_those_of_the_client)
{
	struct forwarded found = read_sample(hosts[_i].family, hosts[_i].head);

	ck_assert_int_eq(found.scheme, hosts[_i].scheme);
	assert_span(found.host, hosts[_i].host);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("forwarded");
	TCase *tcase = tcase_create("headers");

	tcase_add_loop_test(tcase, right_most_untrusted_address_is_the_client,
	    0, (int)ARRAY_LENGTH(samples));
	tcase_add_loop_test(tcase, scheme_and_host_are_those_of_the_client, 0,
	    (int)ARRAY_LENGTH(hosts));
	suite_add_tcase(suite, tcase);
	return suite;
}
