/* Options of listeners, and of endpoints that want a token, that do not go
 * together or are wrong by themselves. */
#define _POSIX_C_SOURCE 200809L

#include "conf/check.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/conf/text_file.h"
#include "tests/unit/harness.h"

#define ENDPOINTS "endpoints = ({ path = \"/\"; module = \"m\"; });\n"
/* One listener with members, from line 1 on. */
#define LISTENER(members) "listeners = ({ " members " });\n" ENDPOINTS

/* Without "framed: a.conf:" in front and the newline behind. */
static const struct {
	const char *text;
	const char *complaint;
} wrong_listeners[] = {
    {LISTENER("backlog = 1;"),
        "1: a listener has either \"address\" and \"port\", or \"path\", or "
        "\"fd_name\""},
    {LISTENER("address = \"::1\"; port = 1; path = \"/s\";"),
        "1: a listener has either \"address\" and \"port\", or \"path\", or "
        "\"fd_name\""},
    {LISTENER("path = \"/s\"; port = 1;"),
        "1: \"listeners[].port\" needs \"address\""},
    {LISTENER("path = \"/s\"; tcp = { keepalive_ms = 1; };"),
        "1: \"listeners[].tcp.keepalive_ms\" needs \"address\""},
    {LISTENER("address = \"::1\"; port = 1; mode = \"600\";"),
        "1: \"listeners[].mode\" needs \"path\""},
    {LISTENER("address = \"::1\"; port = 1; tls = { key = \"/k\"; };"),
        "1: \"listeners[].tls.key\" needs \"tls.certificate\""},
    {LISTENER("address = \"::1\"; port = 1; tls = { certificate = [ ]; };"),
        "1: \"listeners[].tls.certificate\" must name a file"},
    {LISTENER("address = \"::1\"; port = 1;\n"
              "tls = { certificate = [ \"/a\", \"/b\" ]; key = \"/a\"; };"),
        "1: \"listeners[].tls.key\" must name as many files as "
        "\"tls.certificate\""},
    {LISTENER("address = \"::1\"; port = 1;\n"
              "tls = { certificate = \"/a\"; client_ca = \"/c\"; };"),
        "1: \"listeners[].tls.verify_client\" and \"tls.client_ca\" go "
        "together"},
    {LISTENER("path = \"/s\"; forwarded = \"off\";"),
        "1: \"listeners[].forwarded\" needs \"trusted_proxies\""},
    {LISTENER("path = \"@s\"; trusted_proxies = [ \"::1\", \"unix\" ];"),
        "1: \"unix\" cannot be trusted on an abstract socket: anybody may "
        "connect to it"},
    {LISTENER("path = \"s\";"),
        "1: \"listeners[].path\" must start with \"/\", or with \"@\" for an "
        "abstract name"},
    {LISTENER("fd_name = \"a:b\";"),
        "1: \"listeners[].fd_name\" must be printable ASCII without blanks or "
        "\":\", of at most 255 bytes"},
    {LISTENER("path = \"/s\"; fd_name = \"ws\";"),
        "1: a listener has either \"address\" and \"port\", or \"path\", or "
        "\"fd_name\""},
    {"listeners = ({ fd_name = \"s\"; },\n{ fd_name = \"s\"; });\n" ENDPOINTS,
        "2: same fd_name as the listener at a.conf:1"},
    {LISTENER("path = \"/s\"; mode = \"1777\";"),
        "1: \"listeners[].mode\" must be three octal digits, like \"660\""},
    {"listeners = ({ path = \"/s\"; },\n{ path = \"/s\"; });\n" ENDPOINTS,
        "2: same path as the listener at a.conf:1"},
};

/* An endpoint in line 2, of which the members of auth are. */
#define AUTH(members)                         \
	"listeners = ({ path = \"/s\"; });\n" \
	"endpoints = (\n"                     \
	"{ path = \"/\"; module = \"m\";\n"   \
	"auth = { " members " }; });\n"
#define TOGETHER "3: \"endpoints[].auth.type\" and \"auth.file\" go together"
#define JWT_ONLY                                                        \
	"3: \"endpoints[].auth.audience\" and \"auth.issuer\" are for " \
	"\"jwt\" only"

static const struct {
	const char *text;
	const char *complaint;
} wrong_auths[] = {
    {AUTH("type = \"jwt\";"), TOGETHER},
    {AUTH("type = \"token-file\";"), TOGETHER},
    {AUTH("file = \"/t\";"), TOGETHER},
    {AUTH("type = \"token-file\"; file = \"/t\"; audience = \"a\";"), JWT_ONLY},
    {AUTH("type = \"token-file\"; file = \"/t\"; issuer = \"i\";"), JWT_ONLY},
    {AUTH("type = \"token-file\"; file = \"/t\"; from = [ ];"),
        "3: \"endpoints[].auth.from\" must name a place"},
    {AUTH("leeway_ms = 1;"),
        "4: \"endpoints[].auth.leeway_ms\" needs \"auth.file\""},
    {AUTH("type = \"basic\";"),
        "4: \"endpoints[].auth.type\" must be \"off\", \"token-file\" or "
        "\"jwt\""},
};

static void
assert_complaint(const char *text, const char *complaint)
{
	char wanted[512];

	text_file_write("a.conf", text);
	snprintf(wanted, sizeof wanted, "framed: a.conf:%s\n", complaint);
	text_file_assert_refused("a.conf", wanted);
}

START_TEST(refuses_tokens_that_cannot_be_asked_for)
{
	assert_complaint(wrong_auths[_i].text, wrong_auths[_i].complaint);
}
END_TEST

START_TEST(refuses_listeners_with_file_and_line)
{
	assert_complaint(
	    wrong_listeners[_i].text, wrong_listeners[_i].complaint);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("check");
	TCase *tc = tcase_create("listeners");

	tcase_add_checked_fixture(tc, text_file_enter, text_file_leave);
	tcase_add_loop_test(tc, refuses_listeners_with_file_and_line, 0,
	    (int)ARRAY_LENGTH(wrong_listeners));
	suite_add_tcase(suite, tc);
	tc = tcase_create("auth");
	tcase_add_checked_fixture(tc, text_file_enter, text_file_leave);
	tcase_add_loop_test(tc, refuses_tokens_that_cannot_be_asked_for, 0,
	    (int)ARRAY_LENGTH(wrong_auths));
	suite_add_tcase(suite, tc);
	return suite;
}
