/* URLs: what can be connected to, and the parts of it. */
#include "proto/url.h"

#include <check.h>
#include <stdlib.h>

#include "tests/unit/harness.h"
#include "tests/unit/proto/head_sample.h"

static const struct {
	const char *text;
	bool is_secure;
	uint16_t port;
	const char *host, *authority, *path, *query;
} tcp[] = {
    {"ws://h", false, 80, "h", "h", "/", ""},
    {"wss://h", true, 443, "h", "h", "/", ""},
    {"WsS://Example.ORG/", true, 443, "Example.ORG", "Example.ORG", "/", ""},
    {"ws://h/a/b", false, 80, "h", "h", "/a/b", ""},
    {"ws://h/a?b=c", false, 80, "h", "h", "/a", "b=c"},
    {"ws://h?b=c", false, 80, "h", "h", "/", "b=c"},
    {"ws://h?b/c", false, 80, "h", "h", "/", "b/c"},
    {"ws://h/?", false, 80, "h", "h", "/", ""},
    {"ws://h/a??b", false, 80, "h", "h", "/a", "?b"},
    {"ws://h//a:@%20|^", false, 80, "h", "h", "//a:@%20|^", ""},
    {"ws://h?a@b", false, 80, "h", "h", "/", "a@b"},
    {"ws://192.0.2.1:8080", false, 8080, "192.0.2.1", "192.0.2.1:8080", "/",
        ""},
    {"ws://[::1]", false, 80, "::1", "[::1]", "/", ""},
    {"wss://[2001:db8::1]:8443/x", true, 8443, "2001:db8::1",
        "[2001:db8::1]:8443", "/x", ""},
    {"ws://h:1/", false, 1, "h", "h:1", "/", ""},
    {"ws://h:65535/", false, 65535, "h", "h:65535", "/", ""},
    {"ws://h:/", false, 80, "h", "h", "/", ""},
    {"ws://[::1]:/", false, 80, "::1", "[::1]", "/", ""},
    /* the default is not told to the server */
    {"ws://h:80/", false, 80, "h", "h", "/", ""},
    {"ws://h:0080/", false, 80, "h", "h", "/", ""},
    {"wss://h:443/", true, 443, "h", "h", "/", ""},
    {"ws://[::1]:80", false, 80, "::1", "[::1]", "/", ""},
    {"ws://h:443/", false, 443, "h", "h:443", "/", ""},
    {"wss://h:80/", true, 80, "h", "h:80", "/", ""},
    {"ws://a%41.b-c_d~!$&'()*+,;=", false, 80,
        "a%41.b-c_d~!$&'()*+,;=", "a%41.b-c_d~!$&'()*+,;=", "/", ""},
};

static const struct {
	const char *text;
	const char *socket, *path, *query;
} local[] = {
    {"ws+unix:///run/x.sock", "/run/x.sock", "/", ""},
    {"ws+unix:///run/x.sock:/a/b", "/run/x.sock", "/a/b", ""},
    {"ws+unix:/run/x.sock:/a", "/run/x.sock", "/a", ""},
    {"WS+Unix:/x:/a?b:c", "/x", "/a", "b:c"},
    {"ws+unix:/x?b", "/x", "/", "b"},
    {"ws+unix:/x:", "/x", "/", ""},
    {"ws+unix:/x:?b", "/x", "/", "b"},
    {"ws+unix:/x:/a:/b", "/x", "/a:/b", ""},
    {"ws+unix:/a@b%20", "/a@b%20", "/", ""},
};

/* "text, sizeof" for those with a NUL */
#define TEXT(literal) "" literal, sizeof(literal) - 1

static const struct {
	const char *error; /* how it begins */
	const char *text;
	size_t length;
} bad[] = {
    {"a URL begins", TEXT("")},
    {"a URL begins", TEXT("h")},
    {"a URL begins", TEXT("/a")},
    {"a URL begins", TEXT("ws")},
    {"a URL begins", TEXT("ws:h")},
    {"a URL begins", TEXT("ws:/h")},
    {"a URL begins", TEXT("wss:/")},
    {"a URL begins", TEXT("http://h/")},
    {"a URL begins", TEXT("wsx://h/")},
    {"a URL begins", TEXT("://h/")},
    {"a URL begins", TEXT("ws+unix")},
    {"a URL begins", TEXT("wss+unix:/x")},
    {"a URL to connect", TEXT("ws://h/#a")},
    {"a URL to connect", TEXT("ws://h#")},
    {"a URL to connect", TEXT("ws+unix:/x#a")},
    {"blanks", TEXT("ws://h/a b")},
    {"blanks", TEXT(" ws://h/")},
    {"blanks", TEXT("ws://h/\n")},
    {"blanks", TEXT("ws://h/\r\nX: y")},
    {"blanks", TEXT("ws://h/\0")},
    {"blanks", TEXT("ws://h\0/")},
    {"blanks", TEXT("ws://h/\x7f")},
    {"blanks", TEXT("ws://\xc3\xa9/")},
    {"blanks", TEXT("ws://h/\xc3\xa9")},
    {"blanks", TEXT("ws+unix:/a b")},
    {"user", TEXT("ws://u@h/")},
    {"user", TEXT("ws://u:p@h/")},
    {"user", TEXT("ws://@h/")},
    {"malformed host", TEXT("ws://")},
    {"malformed host", TEXT("ws:///a")},
    {"malformed host", TEXT("ws://?a")},
    {"malformed host", TEXT("ws://:80/")},
    {"malformed host", TEXT("ws://h:x/")},
    {"malformed host", TEXT("ws://h:80:80/")},
    {"malformed host", TEXT("ws://h:-1/")},
    {"malformed host", TEXT("ws://h:65536/")},
    {"malformed host", TEXT("ws://h:4294967376/")},
    {"malformed host", TEXT("ws://h%/")},
    {"malformed host", TEXT("ws://h%4/")},
    {"malformed host", TEXT("ws://h\\a/")},
    {"malformed host", TEXT("ws://a\"b/")},
    {"malformed host", TEXT("ws://::1/")},
    {"malformed host", TEXT("ws://[::1/")},
    {"malformed host", TEXT("ws://[]/")},
    {"malformed host", TEXT("ws://[::g]/")},
    {"malformed host", TEXT("ws://[fe80::1%25lo]/")},
    {"malformed host", TEXT("ws://[v1.a]/")},
    {"malformed host", TEXT("ws://[1.2.3.4]/")},
    {"port 0", TEXT("ws://h:0/")},
    {"port 0", TEXT("wss://[::1]:000")},
    {"the path of a socket", TEXT("ws+unix:")},
    {"the path of a socket", TEXT("ws+unix://")},
    {"the path of a socket", TEXT("ws+unix:x")},
    {"the path of a socket", TEXT("ws+unix:?a")},
    {"the path of a socket", TEXT("ws+unix::/a")},
    {"the path of a socket", TEXT("ws+unix://h/x")},
    {"behind the socket", TEXT("ws+unix:/x:a")},
    {"behind the socket", TEXT("ws+unix:/x::/a")},
};

START_TEST(takes_apart_what_is_reached_by_tcp)
{
	struct url url;
	const char *error = "";

	ck_assert_msg(
	    url_parse(span_from_string(tcp[_i].text), &url, &error) == 0,
	    "%s: %s", tcp[_i].text, error);
	ck_assert_int_eq(url.kind, URL_TCP);
	ck_assert(url.is_secure == tcp[_i].is_secure);
	ck_assert_uint_eq(url.port, tcp[_i].port);
	assert_span(url.host, tcp[_i].host);
	assert_span(url.authority, tcp[_i].authority);
	assert_span(url.path, tcp[_i].path);
	assert_span(url.query, tcp[_i].query);
	ck_assert_uint_eq(url.socket.length, 0);
}
END_TEST

START_TEST(takes_apart_what_is_reached_by_a_socket)
{
	struct url url;
	const char *error = "";

	ck_assert_msg(
	    url_parse(span_from_string(local[_i].text), &url, &error) == 0,
	    "%s: %s", local[_i].text, error);
	ck_assert_int_eq(url.kind, URL_UNIX);
	ck_assert(!url.is_secure);
	assert_span(url.socket, local[_i].socket);
	assert_span(url.authority, "localhost");
	assert_span(url.path, local[_i].path);
	assert_span(url.query, local[_i].query);
	ck_assert_uint_eq(url.host.length, 0);
}
END_TEST

/* In blocks of their own, whose end the sanitizer sees. */
START_TEST(refuses_what_cannot_be_connected_to)
{
	uint8_t *copy = malloc(bad[_i].length > 0 ? bad[_i].length : 1);
	const char *error = "";
	struct url url;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bad[_i].text, bad[_i].length);
	ck_assert_msg(
	    url_parse(span_from(copy, bad[_i].length), &url, &error) == -1,
	    "%s", bad[_i].text);
	ck_assert_msg(strncmp(error, bad[_i].error, strlen(bad[_i].error)) == 0,
	    "'%s' for %s", error, bad[_i].text);
	free(copy);
}
END_TEST

START_TEST(refuses_a_text_of_nothing)
{
	struct url url;
	const char *error;

	ck_assert_int_eq(url_parse((struct span){NULL, 0}, &url, &error), -1);
}
END_TEST

START_TEST(takes_no_byte_that_a_target_cannot_have)
{
	char text[] = "ws://h/?";
	struct url url;
	const char *error;

	for (int byte = 0; byte < 256; byte++) {
		bool is_right = byte > ' ' && byte < 0x7f && byte != '#';

		text[sizeof(text) - 2] = (char)byte;
		ck_assert_msg((url_parse(span_from(text, sizeof(text) - 1),
		                   &url, &error) == 0) == is_right,
		    "byte %d", byte);
	}
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("url");
	TCase *tcase = tcase_create("url");

	tcase_add_loop_test(
	    tcase, takes_apart_what_is_reached_by_tcp, 0, ARRAY_LENGTH(tcp));
	tcase_add_loop_test(tcase, takes_apart_what_is_reached_by_a_socket, 0,
	    ARRAY_LENGTH(local));
	tcase_add_loop_test(
	    tcase, refuses_what_cannot_be_connected_to, 0, ARRAY_LENGTH(bad));
	tcase_add_test(tcase, refuses_a_text_of_nothing);
	tcase_add_test(tcase, takes_no_byte_that_a_target_cannot_have);
	suite_add_tcase(suite, tcase);
	return suite;
}
