#define _POSIX_C_SOURCE 200809L

#include "conf/load.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "tests/unit/conf/text_file.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"

/* What every right file has, so that the wrong thing stands alone. */
#define LISTENERS "listeners = ({ address = \"::1\"; port = 0; });\n"
#define ENDPOINTS "endpoints = ({ path = \"/\"; module = \"m\"; });\n"
#define REST      LISTENERS ENDPOINTS
/* One endpoint with members besides the required ones, all on line 2. */
#define ENDPOINT(members)                                                      \
	LISTENERS "endpoints = ({ path = \"/\"; module = \"m\"; " members " }" \
	          ");"
#define ROUTE(text) \
	LISTENERS "endpoints = ({ module = \"m\"; path = " text " });"
#define TEN_TIMES(text) text text text text text text text text text text
/* One listener with members, on line 1. */
#define LISTENER(members) "listeners = ({ " members " });\n" ENDPOINTS

/* Without "framed: a.conf:" in front and the newline behind. */
struct wrong_file {
	const char *text;
	const char *complaint;
};

static const struct wrong_file wrong_files[] = {
    /* keys */
    {REST "threads = 1;", "3: unknown option \"threads\""},
    {REST "wrokers = 1;",
        "3: unknown option \"wrokers\", did you mean \"workers\"?"},
    {REST "limits = { x = 1; };", "3: unknown option \"limits.x\""},
    {REST "limits = { max_header = 1; };",
        "3: unknown option \"limits.max_header\", "
        "did you mean \"limits.max_headers\"?"},
    {REST "keepalive = { x = 1; };", "3: unknown option \"keepalive.x\""},
    {REST "log = { colour = \"x\"; };", "3: unknown option \"log.colour\""},
    {REST "log = { areas = \"x:info\"; };",
        "3: \"log.areas\" must be AREA:LEVEL, the areas being server, request, "
        "session and module"},
    {REST "log = { areas = [ \"module:info\", \"session\" ]; };",
        "3: \"log.areas\" must be AREA:LEVEL, the areas being server, request, "
        "session and module"},
    {REST "deflate = { x = 1; };", "3: unknown option \"deflate.x\""},
    {REST "tls = { };", "3: unknown option \"tls\""},
    {REST "settings = { };", "3: unknown option \"settings\""},
    {REST "workers = 1;\nworkers = 1;", "4: duplicate setting name"},
    {LISTENER("address = \"::1\"; port = 0; tls = 1;"),
        "1: \"listeners[].tls\" must be a group, not an integer"},
    {ENDPOINT("workers = 1;"), "2: unknown option \"endpoints[].workers\""},
    {ENDPOINT("log = { level = \"info\"; };"),
        "2: unknown option \"endpoints[].log\""},
    {ENDPOINT("limits = { x = 1; };"),
        "2: unknown option \"endpoints[].limits.x\""},
    {ENDPOINT("limits = { max_headers = 9; };"),
        "2: \"endpoints[].limits.max_headers\" cannot be set for an endpoint: "
        "it rules before one is chosen"},
    {ENDPOINT("limits = { max_header_bytes = 999; };"),
        "2: \"endpoints[].limits.max_header_bytes\" cannot be set for an "
        "endpoint: it rules before one is chosen"},
    {ENDPOINT("limits = { handshake_timeout_ms = 9; };"),
        "2: \"endpoints[].limits.handshake_timeout_ms\" cannot be set for an "
        "endpoint: it rules before one is chosen"},

    /* types */
    {REST "workers = \"1\";",
        "3: \"workers\" must be an integer, not a string"},
    {REST "workers = 1.5;",
        "3: \"workers\" must be an integer, not a floating-point number"},
    {REST "workers = true;",
        "3: \"workers\" must be an integer, not a boolean"},
    {REST "workers = [1];", "3: \"workers\" must be an integer, not an array"},
    {REST "workers = (1);", "3: \"workers\" must be an integer, not a list"},
    {REST "workers = { };", "3: \"workers\" must be an integer, not a group"},
    {REST "user = 1;", "3: \"user\" must be a string, not an integer"},
    {REST "limits = 1;", "3: \"limits\" must be a group, not an integer"},
    {REST "log = { level = 1; };",
        "3: \"log.level\" must be \"error\", \"warn\", \"info\" or \"debug\", "
        "not an integer"},
    {REST "keepalive = { any_traffic = 1; };",
        "3: \"keepalive.any_traffic\" must be true or false, not an integer"},
    {REST "limits = { max_headers = \"1K\"; };",
        "3: \"limits.max_headers\" must be an integer, not a string"},
    {REST "limits = { queue_bytes = 1.0; };",
        "3: \"limits.queue_bytes\" must be an integer or a size like \"64K\", "
        "not a floating-point number"},
    {ENDPOINT("limits = 1;"),
        "2: \"endpoints[].limits\" must be a group, not an integer"},
    {ENDPOINT("settings = 1;"),
        "2: \"endpoints[].settings\" must be a group, not an integer"},
    {ENDPOINT("settings = { x = { }; };"),
        "2: \"settings.x\" must be a string, number or boolean, not a group"},
    {ENDPOINT("settings = { x = [1]; };"),
        "2: \"settings.x\" must be a string, number or boolean, not an array"},
    {ENDPOINT("settings = { x = 1.0e999; };"),
        "2: \"settings.x\" is too large a number"},
    {"listeners = 1;\n" ENDPOINTS,
        "1: \"listeners\" must be a list, not an integer"},
    {"listeners = (5);\n" ENDPOINTS,
        "1: \"listeners\" must hold groups, not an integer"},
    {LISTENERS "endpoints = { };",
        "2: \"endpoints\" must be a list, not a group"},

    /* ranges */
    {REST "workers = 256;", "3: \"workers\" must be from 0 to 255, not 256"},
    {REST "workers = -1;", "3: \"workers\" must be from 0 to 255, not -1"},
    {REST "workers = 4294967296;",
        "3: \"workers\" must be from 0 to 255, not 4294967296"},
    {REST "workers = 0x100000001;",
        "3: \"workers\" must be from 0 to 255, not 4294967297"},
    {REST "workers = 4294967297L;",
        "3: \"workers\" must be from 0 to 255, not 4294967297"},
    {REST "workers = -4294967295;",
        "3: \"workers\" must be from 0 to 255, not -4294967295"},
    {REST "workers = 4294967296user = \"u\";",
        "3: \"workers\" must be from 0 to 255, not 4294967296"},
    {REST "workers = 9223372036854775808;", "3: integer does not fit 64 bits"},
    {REST "workers = -9223372036854775809;", "3: integer does not fit 64 bits"},
    {REST "workers = 0xFFFFFFFFFFFFFFFF;", "3: integer does not fit 64 bits"},
    {REST "workers = 18446744073709551617L;",
        "3: integer does not fit 64 bits"},
    {REST "limits = { max_sessions = 0; };",
        "3: \"limits.max_sessions\" must be from 1 to 10000000, not 0"},
    {REST "limits = { max_message_bytes = 0; };",
        "3: \"limits.max_message_bytes\" must be from 1 to 1073741824, not 0"},
    {REST "limits = { max_message_bytes = \"2G\"; };",
        "3: \"limits.max_message_bytes\" must be from 1 to 1073741824, "
        "not 2147483648"},
    {REST "limits = { max_frame_bytes = 0; };",
        "3: \"limits.max_frame_bytes\" must be from 1 to 1073741824, not 0"},
    {REST "limits = { queue_bytes = 1023; };",
        "3: \"limits.queue_bytes\" must be from 1024 to 1073741824, not 1023"},
    {REST "limits = { queue_bytes = \"64X\"; };",
        "3: \"limits.queue_bytes\" must be an integer or a size like \"64K\""},
    {REST "limits = { max_header_bytes = 255; };",
        "3: \"limits.max_header_bytes\" must be from 256 to 65536, not 255"},
    {REST "limits = { max_headers = 1001; };",
        "3: \"limits.max_headers\" must be from 1 to 1000, not 1001"},
    {REST "limits = { handshake_timeout_ms = 0; };",
        "3: \"limits.handshake_timeout_ms\" must be from 1 to 86400000, "
        "not 0"},
    {REST "limits = { close_timeout_ms = 86400001; };",
        "3: \"limits.close_timeout_ms\" must be from 1 to 86400000, "
        "not 86400001"},
    {REST "keepalive = { timeout_ms = 0; };",
        "3: \"keepalive.timeout_ms\" must be from 1 to 86400000, not 0"},
    {REST "keepalive = { ping_interval_ms = -1; };",
        "3: \"keepalive.ping_interval_ms\" must be from 0 to 86400000, "
        "not -1"},
    {LISTENER("address = \"::1\"; port = 65536;"),
        "1: \"listeners[].port\" must be from 0 to 65535, not 65536"},
    {ENDPOINT("limits = { max_sessions = 0; };"),
        "2: \"endpoints[].limits.max_sessions\" must be from 1 to 10000000, "
        "not 0"},

    /* strings */
    {REST "user = \"\";", "3: \"user\" must not be empty"},
    {REST "user = \"a\\x00b\";", "3: NUL byte in a string"},
    {REST "log = { level = \"loud\"; };",
        "3: \"log.level\" must be \"error\", \"warn\", \"info\" or \"debug\""},
    {ENDPOINT("queue_policy = \"drop\";"),
        "2: \"endpoints[].queue_policy\" must be \"pause-reading\", "
        "\"drop-newest\", \"drop-oldest\", \"conflate\" or \"close\""},
    {LISTENER("address = \"localhost\"; port = 1;"),
        "1: \"listeners[].address\" must be a numeric IPv4 or IPv6 address"},
    {LISTENER("address = \"127.1\"; port = 1;"),
        "1: \"listeners[].address\" must be a numeric IPv4 or IPv6 address"},
    {LISTENER("address = \"[::1]\"; port = 1;"),
        "1: \"listeners[].address\" must be a numeric IPv4 or IPv6 address"},
    {LISTENER("address = \"fe80::1%eth0\"; port = 1;"),
        "1: \"listeners[].address\" must be a numeric IPv4 or IPv6 address"},
    {ROUTE("\"a\";"), "2: \"endpoints[].path\" must start with \"/\""},
    {ROUTE("\"*\";"), "2: \"endpoints[].path\" must start with \"/\""},
    {ROUTE("\"/*/a\";"),
        "2: \"endpoints[].path\" may hold \"*\" only in a final \"/*\""},
    {ROUTE("\"/a*\";"),
        "2: \"endpoints[].path\" may hold \"*\" only in a final \"/*\""},
    {ROUTE("\"/**\";"),
        "2: \"endpoints[].path\" may hold \"*\" only in a final \"/*\""},
    {ROUTE("\"/a?b\";"),
        "2: \"endpoints[].path\" must not hold \"?\" or \"#\""},
    {ROUTE("\"/a#b\";"),
        "2: \"endpoints[].path\" must not hold \"?\" or \"#\""},
    {ROUTE("\"/a\\nb\";"),
        "2: \"endpoints[].path\" must be printable ASCII without blanks"},
    {ROUTE("\"/a b\";"),
        "2: \"endpoints[].path\" must be printable ASCII without blanks"},
    {ROUTE("\"/\\x7f\";"),
        "2: \"endpoints[].path\" must be printable ASCII without blanks"},
    {ROUTE("\"/\xc3\xa9\";"),
        "2: \"endpoints[].path\" must be printable ASCII without blanks"},
    {LISTENERS "endpoints = ({ path = \"/\"; module = \"../m\"; });",
        "2: \"endpoints[].module\" must be a file name, without a folder or "
        "leading dot"},
    {LISTENERS "endpoints = ({ path = \"/\"; module = \".m\"; });",
        "2: \"endpoints[].module\" must be a file name, without a folder or "
        "leading dot"},
    {ENDPOINT("host = \"a:1\";"),
        "2: \"endpoints[].host\" must be a host name or address, without a "
        "port"},
    {ENDPOINT("host = \"[::1]:1\";"),
        "2: \"endpoints[].host\" must be a host name or address, without a "
        "port"},
    {ENDPOINT("host = \"[\";"),
        "2: \"endpoints[].host\" must be a host name or address, without a "
        "port"},
    {ENDPOINT("host = \"[127.0.0.1]\";"),
        "2: \"endpoints[].host\" must be a host name or address, without a "
        "port"},
    {ENDPOINT("host = \".\";"),
        "2: \"endpoints[].host\" must be a host name or address, without a "
        "port"},
    {ENDPOINT("host = \"a..\";"),
        "2: \"endpoints[].host\" must be a host name or address, without a "
        "port"},
    {ENDPOINT("host = \"" TEN_TIMES(TEN_TIMES("abc")) "\";"),
        "2: \"endpoints[].host\" must be a host name or address, without a "
        "port"},
    {ENDPOINT("subprotocol = \"" TEN_TIMES(TEN_TIMES("abc")) "\";"),
        "2: \"endpoints[].subprotocol\" must be of at most 255 bytes"},
    {"listeners = ({ address = \"::1\"; port = 1; proxy_protocol = true; });\n"
     "endpoints = ({ path = \"/\"; module = \"m\"; });\n",
        "1: \"listeners[].proxy_protocol\" needs \"trusted_proxies\": who may "
        "say whom it speaks for"},
    {"listeners = ({ address = \"::1\"; port = 1;\n"
     "trusted_proxies = [ \"10.0.0.1/8\" ]; });\n"
     "endpoints = ({ path = \"/\"; module = \"m\"; });\n",
        "2: \"listeners[].trusted_proxies\" must hold addresses, networks like "
        "\"192.0.2.0/24\", whose other bits are zero, or \"unix\""},
    {ENDPOINT("origins = 1;"),
        "2: \"endpoints[].origins\" must be a string or an array of strings, "
        "not an integer"},
    {ENDPOINT("origins = \"b.org\";"),
        "2: \"endpoints[].origins\" must hold origins like "
        "\"https://example.org\", \"null\" or \"*\""},
    {ENDPOINT("origins = [ 1 ];"),
        "2: \"endpoints[].origins\" must be a string or an array of strings"},
    {ENDPOINT("origins = [ \"https://a.org\", \"b.org\" ];"),
        "2: \"endpoints[].origins\" must hold origins like "
        "\"https://example.org\", \"null\" or \"*\""},
    {ENDPOINT("origins = [ \"https://a.org/\" ];"),
        "2: \"endpoints[].origins\" must hold origins like "
        "\"https://example.org\", \"null\" or \"*\""},
    {ENDPOINT("origins = [ \"https://*.org\" ];"),
        "2: \"endpoints[].origins\" must hold origins like "
        "\"https://example.org\", \"null\" or \"*\""},
    {ENDPOINT("origins = [ \"https://A.org\" ];"),
        "2: \"endpoints[].origins\" must be in small letters, as browsers "
        "send it"},
    {ENDPOINT("subprotocol = \"a b\";"),
        "2: \"endpoints[].subprotocol\" must be a token: letters, digits and "
        "!#$%&'*+-.^_`|~"},
    {ENDPOINT("subprotocol = \"a,b\";"),
        "2: \"endpoints[].subprotocol\" must be a token: letters, digits and "
        "!#$%&'*+-.^_`|~"},

    /* what is missing, or there twice */
    {ENDPOINTS, " no listeners"},
    {LISTENERS, " no endpoints"},
    {"\nlisteners = ();\n" ENDPOINTS, "2: no listeners"},
    {LISTENERS "endpoints = ();", "2: no endpoints"},
    {LISTENER("address = \"::1\";"), "1: \"listeners[].port\" is missing"},
    {LISTENERS "endpoints = ({ path = \"/\"; });",
        "2: \"endpoints[].module\" is missing"},
    {LISTENERS "endpoints = ({ module = \"m\"; });",
        "2: \"endpoints[].path\" is missing"},
    {REST "group = \"g\";", "3: \"group\" needs \"user\""},
    {"listeners = ({ address = \"::1\"; port = 1; },\n"
     "{ address = \"0:0::1\"; port = 1; });\n" ENDPOINTS,
        "2: same address and port as the listener at a.conf:1"},
    {LISTENERS "endpoints = ({ path = \"/a\"; module = \"m\"; },\n"
               "{ path = \"/a\"; module = \"n\"; });",
        "3: same path, host and subprotocol as the endpoint at a.conf:2"},
    {LISTENERS
        "endpoints = (\n"
        "{ path = \"/a/*\"; module = \"m\"; host = \"A\"; subprotocol = \"p\"; "
        "},\n"
        "{ path = \"/a/*\"; module = \"m\"; host = \"a\"; subprotocol = \"p\"; "
        "});",
        "4: same path, host and subprotocol as the endpoint at a.conf:3"},
    {LISTENERS "endpoints = (\n"
               "{ path = \"/\"; module = \"m\"; host = \"example.org\"; },\n"
               "{ path = \"/\"; module = \"m\"; host = \"example.org.\"; });",
        "4: same path, host and subprotocol as the endpoint at a.conf:3"},
    {LISTENERS "endpoints = (\n"
               "{ path = \"/\"; module = \"m\"; host = \"[::1]\"; },\n"
               "{ path = \"/\"; module = \"m\"; host = \"[0:0::1]\"; });",
        "4: same path, host and subprotocol as the endpoint at a.conf:3"},

    /* text; no string just before a syntax error: libconfig leaks it */
    {REST "workers = ;", "3: syntax error"},
    {REST "workers = 1 2;", "3: syntax error"},
    {REST "workers = 1K;", "3: syntax error"},
    {REST "include 1;", "3: syntax error"},
    {REST "@include x", "3: syntax error"},
    {REST "@include \"x\n\"", "3: syntax error"},
    {REST "workers = 1; @include \"b.conf\"", "3: syntax error"},
    {REST "user = @\"u\";", "3: syntax error"},
    {REST "/* x */ @include \"a.conf\"", "3: syntax error"},
    {REST "/* x\n */ @include \"a.conf\"", "4: syntax error"},
    {REST "user = \"a\n\n", "3: unfinished string"},
    {REST "user = \"a\\\"", "3: unfinished string"},
    {REST "/* a\n\n*", "3: unfinished comment"},
    {REST "@include \"none.conf\"",
        "3: cannot include none.conf: No such file or directory"},
    {REST "@include \"a.conf\"", "3: a.conf includes itself"},
    {REST "@include \"./a.conf\"", "3: ./a.conf includes itself"},
};

START_TEST(refuses_with_file_and_line)
{
	char wanted[512];
	char *complaints;

	text_file_write("a.conf", wrong_files[_i].text);
	ck_assert_ptr_null(text_file_load("a.conf", &complaints));
	snprintf(wanted, sizeof wanted, "framed: a.conf:%s\n",
	    wrong_files[_i].complaint);
	ck_assert_str_eq(complaints, wanted);
	free(complaints);
}
END_TEST

START_TEST(reports_everything_wrong_at_once)
{
	text_file_write("a.conf",
	    "workers = 256;\n"
	    "limits = { x = 1;\n max_headers = 0; };\n"
	    "listeners = ({ port = true; },\n"
	    " 5,\n"
	    " { address = \"x\"; port = 1; });\n"
	    "endpoints = ({ path = \"/\"; module = \"m\"; y = 1; },\n"
	    " { path = \"/\"; module = \"m\"; });\n");
	text_file_assert_refused("a.conf",
	    "framed: a.conf:1: \"workers\" must be from 0 to 255, not 256\n"
	    "framed: a.conf:2: unknown option \"limits.x\"\n"
	    "framed: a.conf:3: \"limits.max_headers\" must be from 1 to 1000, "
	    "not 0\n"
	    "framed: a.conf:4: \"listeners[].port\" must be an integer, not a "
	    "boolean\n"
	    "framed: a.conf:4: a listener has either \"address\" and "
	    "\"port\", or \"path\", or \"fd_name\"\n"
	    "framed: a.conf:4: \"listeners[].port\" needs \"address\"\n"
	    "framed: a.conf:5: \"listeners\" must hold groups, not an "
	    "integer\n"
	    "framed: a.conf:6: \"listeners[].address\" must be a numeric IPv4 "
	    "or IPv6 address\n"
	    "framed: a.conf:7: unknown option \"endpoints[].y\"\n"
	    "framed: a.conf:8: same path, host and subprotocol as the endpoint "
	    "at a.conf:7\n");
}
END_TEST

START_TEST(what_looks_like_text_in_strings_is_left_alone)
{
	struct conf *conf;

	text_file_write("a.conf",
	    ENDPOINT("settings = { a = \"5000000000 # // /* \\\" @include\";"
	             " b = \"x\" /* y */ \"z\" // z\n ; };"));
	conf = text_file_load_good("a.conf");
	ck_assert_uint_eq(conf->endpoints[0].setting_count, 2);
	ck_assert_str_eq(conf->endpoints[0].settings[0].string,
	    "5000000000 # // /* \" @include");
	ck_assert_str_eq(conf->endpoints[0].settings[1].string, "xz");
	conf_free(&conf);
}
END_TEST

START_TEST(numbers_keep_their_value_and_kind)
{
	static const struct {
		const char *name;
		enum setting_type type;
		int64_t integer;
		double number;
	} wanted[] = {
	    {"a", SETTING_INT, 5000000000, 0},
	    {"b", SETTING_INT, INT64_MIN, 0},
	    {"c", SETTING_INT, 4294967295, 0},
	    {"d", SETTING_INT, 10, 0},
	    {"e", SETTING_INT, 7, 0},
	    {"f", SETTING_INT, INT64_MAX, 0},
	    {"x5000000000", SETTING_INT, 1, 0},
	    {"g", SETTING_FLOAT, 0, 1.5},
	    {"h", SETTING_FLOAT, 0, -0.25},
	    {"i", SETTING_FLOAT, 0, 5e9},
	    {"j", SETTING_FLOAT, 0, 3},
	    {"k", SETTING_BOOL, 1, 0},
	    {"l", SETTING_BOOL, 0, 0},
	    {"m-9", SETTING_INT, 2, 0},
	};
	struct conf *conf;
	const struct setting *settings;

	text_file_write("a.conf",
	    ENDPOINT("settings = { a = 5000000000; b = -9223372036854775808;"
	             "c = 0xFFFFFFFF; d = 010; e = +7L;"
	             "f = 0x7fffffffffffffffLL; x5000000000 = 1; g = 1.5;"
	             "h = -.25; i = 5.0E+9; j = 3.; k = True; l = FALSE;"
	             "m-9 = 2; };"));
	conf = text_file_load_good("a.conf");
	ck_assert_uint_eq(
	    conf->endpoints[0].setting_count, ARRAY_LENGTH(wanted));
	settings = conf->endpoints[0].settings;
	for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++) {
		ck_assert_str_eq(settings[i].name, wanted[i].name);
		ck_assert_int_eq(settings[i].type, wanted[i].type);
		ck_assert_int_eq(settings[i].integer, wanted[i].integer);
		ck_assert_double_eq(settings[i].number, wanted[i].number);
	}
	conf_free(&conf);
}
END_TEST

START_TEST(endpoints_begin_with_the_global_values)
{
	struct conf *conf;

	text_file_write("a.conf",
	    ENDPOINT(
	        "limits = { queue_bytes = \"2K\"; };"
	        "keepalive = { timeout_ms = 5; }; ") "limits = { queue_bytes = "
	                                             "1024; max_sessions = 3; "
	                                             "};\n"
	                                             "keepalive = { "
	                                             "any_traffic = true; "
	                                             "};\n");
	conf = text_file_load_good("a.conf");
	ck_assert_uint_eq(conf->limits.queue_bytes, 1024);
	ck_assert_uint_eq(conf->endpoints[0].limits.queue_bytes, 2048);
	ck_assert_uint_eq(conf->endpoints[0].limits.max_sessions, 3);
	ck_assert_uint_eq(conf->endpoints[0].keepalive.timeout_ms, 5);
	ck_assert(conf->endpoints[0].keepalive.any_traffic);
	ck_assert_uint_eq(conf->keepalive.timeout_ms, 15000);
	conf_free(&conf);
}
END_TEST

START_TEST(routes_that_differ_may_share_a_path)
{
	struct conf *conf;

	text_file_write("a.conf",
	    LISTENERS
	    "endpoints = ({ path = \"/a/\"; module = \"m\"; },\n"
	    "{ path = \"/a/*\"; module = \"m\"; },\n"
	    "{ path = \"/a/\"; module = \"m\"; host = \"EXAMPLE.org.\"; },\n"
	    "{ path = \"/a/\"; module = \"m\"; host = \"[0::1]\"; },\n"
	    "{ path = \"/a/\"; module = \"m\"; subprotocol = \"P\"; });\n");
	conf = text_file_load_good("a.conf");
	ck_assert_uint_eq(conf->endpoint_count, 5);
	ck_assert(!conf->endpoints[0].is_prefix);
	ck_assert(conf->endpoints[1].is_prefix);
	ck_assert_str_eq(conf->endpoints[1].path, "/a/");
	ck_assert_str_eq(conf->endpoints[2].host, "example.org");
	ck_assert_str_eq(conf->endpoints[3].host, "[::1]");
	ck_assert_str_eq(conf->endpoints[4].subprotocol, "P");
	conf_free(&conf);
}
END_TEST

START_TEST(lists_end_each_string_with_lf)
{
	struct conf *conf;

	text_file_write("a.conf",
	    "listeners = ({ address = \"::1\"; port = 1; });\n"
	    "endpoints = ({ path = \"/a\"; module = \"m\"; },\n"
	    "{ path = \"/b\"; module = \"m\"; origins = [ ]; },\n"
	    "{ path = \"/c\"; module = \"m\"; origins = [ "
	    "\"https://a.org:81\", "
	    "\"null\", \"*\" ]; });\n");
	conf = text_file_load_good("a.conf");
	ck_assert_ptr_null(conf->endpoints[0].origins);
	ck_assert_str_eq(conf->endpoints[1].origins, "");
	ck_assert_str_eq(
	    conf->endpoints[2].origins, "https://a.org:81\nnull\n*\n");
	conf_free(&conf);
}
END_TEST

START_TEST(subprotocols_may_have_255_bytes)
{
	char text[1024], name[256];
	struct conf *conf;

	memset(name, 'p', 255);
	name[255] = '\0';
	snprintf(text, sizeof text, ENDPOINT("subprotocol = \"%s\";"), name);
	text_file_write("a.conf", text);
	conf = text_file_load_good("a.conf");
	ck_assert_str_eq(conf->endpoints[0].subprotocol, name);
	conf_free(&conf);
}
END_TEST

START_TEST(any_free_port_may_be_taken_twice)
{
	struct conf *conf;

	text_file_write("a.conf",
	    "listeners = ({ address = \"::\"; port = 0; },\n"
	    "{ address = \"::\"; port = 0; },\n"
	    "{ address = \"0.0.0.0\"; port = 1; },\n"
	    "{ address = \"::\"; port = 1; });\n" ENDPOINTS);
	conf = text_file_load_good("a.conf");
	ck_assert_uint_eq(conf->listener_count, 4);
	conf_free(&conf);
}
END_TEST

/* Loads a.conf while the n-th allocation fails; returns how many there were. */
static size_t
load_failing(size_t n, struct conf **conf_out, char *said, size_t size)
{
	struct conf_report report = {.stream = fmemopen(said, size, "w")};
	size_t count;

	setvbuf(report.stream, NULL, _IONBF, 0);
	alloc_fail_start(n);
	*conf_out = conf_load("a.conf", &report);
	count = alloc_fail_stop();
	fclose(report.stream);
	return count;
}

/* libconfig's own allocations are beyond reach: it checks none of them. */
START_TEST(running_out_of_memory_is_one_complaint)
{
	char said[256];
	struct conf *conf;
	size_t count;

	text_file_write("a.conf",
	    "user = \"u\"; group = \"g\";\n@include \"b.conf\"\n" LISTENERS);
	text_file_write("b.conf",
	    "endpoints = ({ path = \"/a/*\"; module = \"m\"; host = \"h\";\n"
	    "subprotocol = \"p\"; settings = { a = \"x\"; b = 1; }; },\n"
	    "{ path = \"/b\"; module = \"m\"; });\n");
	count = load_failing(0, &conf, said, sizeof said);
	ck_assert_ptr_nonnull(conf);
	conf_free(&conf);
	ck_assert_uint_gt(count, 30);
	for (size_t n = 1; n <= count; n++) {
		memset(said, 0, sizeof said);
		load_failing(n, &conf, said, sizeof said);
		ck_assert_msg(conf == NULL, "allocation %zu", n);
		ck_assert_str_eq(said, "framed: a.conf: out of memory\n");
	}
}
END_TEST

static void
add_right_files(TCase *tc)
{
	tcase_add_test(tc, what_looks_like_text_in_strings_is_left_alone);
	tcase_add_test(tc, numbers_keep_their_value_and_kind);
	tcase_add_test(tc, endpoints_begin_with_the_global_values);
	tcase_add_test(tc, routes_that_differ_may_share_a_path);
	tcase_add_test(tc, lists_end_each_string_with_lf);
	tcase_add_test(tc, subprotocols_may_have_255_bytes);
	tcase_add_test(tc, any_free_port_may_be_taken_twice);
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("load");
	TCase *tc = tcase_create("load");

	tcase_add_checked_fixture(tc, text_file_enter, text_file_leave);
	tcase_add_loop_test(
	    tc, refuses_with_file_and_line, 0, (int)ARRAY_LENGTH(wrong_files));
	tcase_add_test(tc, reports_everything_wrong_at_once);
	tcase_add_test(tc, running_out_of_memory_is_one_complaint);
	add_right_files(tc);
	suite_add_tcase(suite, tc);
	return suite;
}
