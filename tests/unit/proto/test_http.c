/*
 * Reading request heads: what is accepted, with which facts, and what is
 * refused, with which status; and that no cut of the input changes either.
 */
#include <check.h>
#include <stdio.h>

#include "proto/http.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/head_reading.h"
#include "tests/unit/proto/head_sample.h"

enum { MAX_BYTES = 400, MAX_HEADERS = 8 };

#define TEXT(literal) "" literal, sizeof(literal) - 1
#define HOST          "Host: a\r\n"
#define END           HOST "\r\n"

struct good {
	const char *bytes;
	size_t length;
	const char *target, *authority, *path, *query;
	unsigned header_count;
};

static const struct good good[] = {
    {TEXT("GET / HTTP/1.1\r\n" END), "/", "", "/", "", 1},
    {TEXT("\r\nGET / HTTP/1.1\r\n" END), "/", "", "/", "", 1},
    {TEXT("GET / HTTP/1.9\r\n" END), "/", "", "/", "", 1},
    {TEXT("GET / HTTP/1.0\r\n\r\n"), "/", "", "/", "", 0},
    {TEXT("m!#$%&'*+-.^_`|~9 / HTTP/1.1\r\n" END), "/", "", "/", "", 1},
    {TEXT("GET /a/b?c=d?e HTTP/1.1\r\n" END), "/a/b?c=d?e", "", "/a/b", "c=d?e",
        1},
    {TEXT("GET /? HTTP/1.1\r\n" END), "/?", "", "/", "", 1},
    {TEXT("GET //x/ HTTP/1.1\r\n" END), "//x/", "", "//x/", "", 1},
    {TEXT("GET /%41|^{} HTTP/1.1\r\n" END), "/%41|^{}", "", "/%41|^{}", "", 1},
    {TEXT("GET ws://h:80/p?q HTTP/1.1\r\n" END), "ws://h:80/p?q", "h:80", "/p",
        "q", 1},
    {TEXT("GET WsS://h HTTP/1.1\r\n" END), "WsS://h", "h", "/", "", 1},
    {TEXT("GET http://h?q/r HTTP/1.1\r\n" END), "http://h?q/r", "h", "/", "q/r",
        1},
    {TEXT("GET https://[::1]:1/ HTTP/1.1\r\n" END), "https://[::1]:1/",
        "[::1]:1", "/", "", 1},
    {TEXT("GET / HTTP/1.1\r\nA:b\r\nC: \t d e \t\r\nD:\r\nE: \t\r\n" END), "/",
        "", "/", "", 5},
    {TEXT("GET / HTTP/1.1\r\nhOST:\t1.2.3.4:080 \r\n\r\n"), "/", "", "/", "",
        1},
    {TEXT("GET / HTTP/1.1\r\nX: \x80\xff\t!~\r\n" END), "/", "", "/", "", 2},
    {TEXT("GET / HTTP/1.1\r\n" HOST "X:1\r\nX:1\r\nX:1\r\nX:1\r\nX:1\r\n"
          "X:1\r\nX:1\r\n\r\n"),
        "/", "", "/", "", 8},
};

struct bad {
	uint16_t status;
	const char *bytes;
	size_t length;
};

#define LINE(target)  TEXT("GET " target " HTTP/1.1\r\n" END)
#define FIELD(header) TEXT("GET / HTTP/1.1\r\n" HOST header "\r\n\r\n")
#define HOST_IS(host) TEXT("GET / HTTP/1.1\r\nHost: " host "\r\n\r\n")
#define TEN(text)     text text text text text text text text text text

static const struct bad bad[] = {
    /* before and around the request line */
    {400, TEXT("\r\n\r\nGET / HTTP/1.1\r\n" END)},
    {400, TEXT("\nGET / HTTP/1.1\r\n" END)},
    {400, TEXT("\rGET / HTTP/1.1\r\n" END)},
    {400, TEXT(" GET / HTTP/1.1\r\n" END)},
    {400, TEXT("\x16\x03\x01\x02")}, /* a TLS ClientHello */
    {400, TEXT("G@T / HTTP/1.1\r\n" END)},
    {400, TEXT("G\0T / HTTP/1.1\r\n" END)},
    {400, TEXT("G\xc3T / HTTP/1.1\r\n" END)},
    {400, TEXT("GET\t/ HTTP/1.1\r\n" END)},
    {400, TEXT("GET  / HTTP/1.1\r\n" END)},
    {400, TEXT("GET\r\n" END)},
    {400, TEXT("GET /\r\n" END)},
    {400, TEXT("GET /\n")},
    {400, TEXT("GET /  HTTP/1.1\r\n" END)},
    {400, TEXT("GET /\tHTTP/1.1\r\n" END)},
    {400, TEXT("GET / \r\n" END)},
    /* version */
    {400, TEXT("GET / http/1.1\r\n" END)},
    {400, TEXT("GET / HTTP/1.1 \r\n" END)},
    {400, TEXT("GET / HTTP/1\r\n" END)},
    {400, TEXT("GET / HTTP/1.\r\n" END)},
    {400, TEXT("GET / HTTP/1.10\r\n" END)},
    {400, TEXT("GET / HTTP/01.1\r\n" END)},
    {400, TEXT("GET / HTTP/1,1\r\n" END)},
    {400, TEXT("GET / HTTP/x.1\r\n" END)},
    {400, TEXT("GET / HTTP 1.1\r\n" END)},
    {400, TEXT("GET / HTTPS/1.1\r\n" END)},
    {400, TEXT("GET / HTTP/2.x\r\n" END)},
    {400, TEXT("GET / HTTP/2.0\n" END)},
    {505, TEXT("GET / HTTP/2.0\r\n" END)},
    {505, TEXT("GET / HTTP/0.9\r\n" END)},
    {505, TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
    {400, TEXT("GET / HTTP/1.1\n" HOST "\n")},
    {400, TEXT("GET / HTTP/1.1\rHost: a\r\n\r\n")},
    {400, TEXT("GET / HTTP/1.1\r\r\n" END)},
    /* target */
    {400, LINE("*")},
    {400, LINE("x")},
    {400, LINE("?q")},
    {400, LINE("host:80")},
    {400, LINE("/a#b")},
    {400, LINE("/a?b#")},
    {400, LINE("/a b")},
    {400, LINE("/\x01")},
    {400, LINE("/\x7f")},
    {400, LINE("/\xc3\xa9")},
    {400, LINE("/\0")},
    {400, LINE("ftp://h/")},
    {400, LINE("ws:/h/")},
    {400, LINE("ws:h/")},
    {400, LINE("ws://")},
    {400, LINE("ws:///p")},
    {400, LINE("ws://?q")},
    {400, LINE("ws://u@h/")},
    {400, LINE("ws://u:p@h/")},
    {400, LINE("ws://h:x/")},
    {400, LINE("ws://:80/")},
    {400, LINE("://h/")},
    /* header names */
    {400, FIELD(" X: y")},
    {400, FIELD("\tX: y")},
    {400, FIELD("X : y")},
    {400, FIELD("X\t: y")},
    {400, FIELD(": y")},
    {400, FIELD("X")},
    {400, FIELD("X y: z")},
    {400, FIELD("X\0: y")},
    {400, FIELD("X(: y")},
    {400, FIELD("X\xe9: y")},
    {400, FIELD("X: y\r\n z")}, /* obs-fold */
    {400, FIELD("X: y\r\n\t")},
    {400, TEXT("GET / HTTP/1.1\r\n Host: a\r\n\r\n")},
    /* header values and line ends */
    {400, FIELD("X: \0")},
    {400, FIELD("X: \x01")},
    {400, FIELD("X: \x7f")},
    {400, FIELD("X: a\rb")},
    {400, FIELD("X: a\r\rb")},
    {400, FIELD("X: a\nY: b")},
    {400, FIELD("X: a\n")},
    {400, TEXT("GET / HTTP/1.1\r\n" HOST "\n")},
    {400, TEXT("GET / HTTP/1.1\r\n" HOST "\rx")},
    /* Host */
    {400, TEXT("GET / HTTP/1.1\r\n\r\n")},
    {400, TEXT("GET ws://a/ HTTP/1.1\r\n\r\n")},
    {400, FIELD(HOST)},
    {400, FIELD("hOsT: a")},
    {400, TEXT("GET / HTTP/1.0\r\n" HOST END)},
    {400, HOST_IS("")},
    {400, HOST_IS("a b")},
    {400, HOST_IS("a/b")},
    {400, HOST_IS("u@a")},
    {400, HOST_IS("a, b")},
    {400, HOST_IS("http://a")},
    {400, HOST_IS("a:b")},
    {400, HOST_IS("a:8 0")},
    {400, HOST_IS("a:80:80")},
    {400, HOST_IS("a:65536")},
    {400, HOST_IS("a:99999999999999999999")},
    {400, HOST_IS(":80")},
    {400, HOST_IS("a%")},
    {400, HOST_IS("a%2")},
    {400, HOST_IS("a%2g")},
    {400, HOST_IS("\xe9")},
    {400, HOST_IS("::1")},
    {400, HOST_IS("[]")},
    {400, HOST_IS("[")},
    {400, HOST_IS("]")},
    {400, HOST_IS("[::1")},
    {400, HOST_IS("[::1]80")},
    {400, HOST_IS("[::1]]")},
    {400, HOST_IS("[::g]")},
    {400, HOST_IS("[1.2.3.4]")},
    {400, HOST_IS("[fe80::1%25lo]")},
    {400, HOST_IS("[v1.a]")},
    {400, HOST_IS("[" TEN("0000:") "]")},
    /* other headers that come once */
    {400, FIELD("Origin: a\r\nOrigin: a")},
    {400, FIELD("Sec-WebSocket-Key: a\r\nsec-websocket-key: a")},
    {400, FIELD("Sec-WebSocket-Version: 13\r\nSEC-WEBSOCKET-VERSION: 13")},
    {400, FIELD("Content-Length: 5\r\nContent-Length: 5")},
    {400, FIELD("Content-Length:")},
    {400, FIELD("Content-Length: +5")},
    {400, FIELD("Content-Length: -5")},
    {400, FIELD("Content-Length: 0x5")},
    {400, FIELD("Content-Length: 5 5")},
    {400, FIELD("Content-Length: 5, 5")},
    {400, FIELD("Content-Length: 5.0")},
    {400, FIELD("Content-Length: 18446744073709551616")},
    {400, FIELD("Content-Length: 18446744073709551620")},
    {400, FIELD("Content-Length: 99999999999999999999")},
    {400, FIELD("Content-Length: " TEN("0000000000") "x")},
    /* limits */
    {414, TEXT(TEN(TEN("GETGET")))},
    {414, TEXT("GET /" TEN(TEN("path")) " HTTP/1.1\r\n" END)},
    {431, FIELD("X: " TEN(TEN("long")))},
    {431, FIELD(TEN(TEN("Long")) ": x")},
    {431, TEXT("GET / HTTP/1.1\r\n" HOST TEN("X:1\r\n") "\r\n")},
    {431, TEXT("GET / HTTP/1.1\r\n" TEN("X:1\r\n") HOST "\r\n")},
};

static const struct http_limits usual = {MAX_BYTES, MAX_HEADERS};

static void
reading_begin(struct head_reading *reading)
{
	head_reading_begin(reading, HTTP_REQUEST, &usual);
}

static void
reading_show(struct head_reading *reading, const char *bytes, size_t length)
{
	head_reading_show(reading, span_from(bytes, length));
}

static void
check_every_cut(const char *bytes, size_t length)
{
	ck_assert_msg(head_reading_ignores_cuts(
	                  HTTP_REQUEST, &usual, span_from(bytes, length)),
	    "%s", bytes);
}

START_TEST(reads_the_facts_of_good_heads)
{
	const struct good *sample = &good[_i];
	struct span head = span_from(sample->bytes, sample->length);
	struct head_reading reading;
	const struct http_parser *parser = &reading.parser;

	reading_begin(&reading);
	reading_show(&reading, sample->bytes, sample->length);
	ck_assert_msg(reading.answer == PARSE_DONE, "%s", sample->bytes);
	ck_assert_uint_eq(parser->length, sample->length);
	ck_assert_uint_eq(parser->header_count, sample->header_count);
	assert_span(http_slice_get(head, parser->target), sample->target);
	assert_span(http_slice_get(head, parser->authority), sample->authority);
	assert_span(http_slice_get(head, parser->path), sample->path);
	assert_span(http_slice_get(head, parser->query), sample->query);
}
END_TEST

START_TEST(refuses_bad_heads_with_the_right_status)
{
	struct head_reading reading;

	reading_begin(&reading);
	reading_show(&reading, bad[_i].bytes, bad[_i].length);
	ck_assert_msg(reading.answer == PARSE_BAD, "%s", bad[_i].bytes);
	ck_assert_msg(reading.error.code == bad[_i].status, "%u: %s",
	    reading.error.code, bad[_i].bytes);
	ck_assert_ptr_nonnull(reading.error.text);
}
END_TEST

START_TEST(reads_good_heads_the_same_for_every_cut)
{
	check_every_cut(good[_i].bytes, good[_i].length);
}
END_TEST

START_TEST(refuses_bad_heads_the_same_for_every_cut)
{
	check_every_cut(bad[_i].bytes, bad[_i].length);
}
END_TEST

START_TEST(wants_more_until_the_last_byte)
{
	struct head_reading reading;

	for (size_t length = 0; length < good[_i].length; length++) {
		reading_begin(&reading);
		reading_show(&reading, good[_i].bytes, length);
		ck_assert_int_eq(reading.answer, PARSE_MORE);
	}
}
END_TEST

START_TEST(leaves_what_follows_the_head_alone)
{
	struct head_reading alone, followed;
	char bytes[MAX_BYTES];

	memset(bytes, '\0', sizeof(bytes));
	memcpy(bytes, good[_i].bytes, good[_i].length);
	reading_begin(&alone);
	reading_show(&alone, bytes, good[_i].length);
	reading_begin(&followed);
	reading_show(&followed, bytes, sizeof(bytes));
	ck_assert(head_reading_is_same(&alone, &followed));
}
END_TEST

START_TEST(gives_method_version_and_headers)
{
	static const char text[] = "PUT / HTTP/1.1\r\nHost:a\r\n"
	                           "X-Y:\t two  words\t \r\nZ:\r\n\r\n";
	struct span head = span_from_string(text);
	struct head_reading reading;

	reading_begin(&reading);
	reading_show(&reading, text, sizeof(text) - 1);
	ck_assert_int_eq(reading.answer, PARSE_DONE);
	ck_assert_uint_eq(reading.parser.version_minor, 1);
	assert_span(http_slice_get(head, reading.parser.method), "PUT");
	assert_span(http_slice_get(head, reading.headers[1].name), "X-Y");
	assert_span(
	    http_slice_get(head, reading.headers[1].value), "two  words");
	assert_span(http_slice_get(head, reading.headers[2].name), "Z");
	assert_span(http_slice_get(head, reading.headers[2].value), "");
}
END_TEST

START_TEST(reads_content_length_to_its_end)
{
	static const struct {
		const char *text;
		uint64_t length;
	} samples[] = {
	    {"GET / HTTP/1.1\r\n" END, 0},
	    {"GET / HTTP/1.1\r\nContent-Length: 0\r\n" END, 0},
	    {"GET / HTTP/1.1\r\nContent-Length: 007 \r\n" END, 7},
	    {"GET / HTTP/1.1\r\ncontent-length:18446744073709551615\r\n" END,
	        UINT64_MAX},
	};
	struct head_sample sample;

	for (size_t i = 0; i < ARRAY_LENGTH(samples); i++) {
		head_sample_request(&sample, samples[i].text);
		ck_assert_uint_eq(
		    sample.parser.content_length, samples[i].length);
	}
}
END_TEST

/* Reads one head in which `byte` stands behind `before`. */
static enum parse
answer_with_byte(const char *before, int byte, const char *behind)
{
	struct head_reading reading;
	char text[MAX_BYTES];
	int length;

	length = snprintf(
	    text, sizeof(text), "%s?%s\r\n" HOST "\r\n", before, behind);
	text[strlen(before)] = (char)byte;
	reading_begin(&reading);
	reading_show(&reading, text, (size_t)length);
	return reading.answer;
}

/* The grammar again, written another way than the table of classes. */
static bool
is_tchar(int byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	    (byte >= 'A' && byte <= 'Z') ||
	    (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

START_TEST(tells_all_bytes_apart)
{
	bool is_visible = _i > 0x20 && _i < 0x7f;

	ck_assert_int_eq(
	    answer_with_byte("M", _i, "T / HTTP/1.1") == PARSE_DONE,
	    is_tchar(_i));
	ck_assert_int_eq(
	    answer_with_byte("GET /", _i, "x HTTP/1.1") == PARSE_DONE,
	    is_visible && _i != '#');
	ck_assert_int_eq(
	    answer_with_byte("GET / HTTP/1.1\r\nX", _i, "Y:z") == PARSE_DONE,
	    is_tchar(_i) || _i == ':');
	ck_assert_int_eq(
	    answer_with_byte("GET / HTTP/1.1\r\nX:y", _i, "z") == PARSE_DONE,
	    is_visible || _i >= 0x80 || _i == ' ' || _i == '\t');
	ck_assert_int_eq(
	    answer_with_byte("GET / HTTP/1.", _i, "") == PARSE_DONE,
	    _i >= '0' && _i <= '9');
}
END_TEST

/* What a head of this text is answered with under these limits; 0: taken. */
static unsigned
status_within(const char *text, uint32_t max_bytes, uint32_t max_headers)
{
	const struct http_limits limits = {max_bytes, max_headers};
	struct http_header headers[MAX_HEADERS];
	struct http_parser parser;
	struct proto_error error = {0, NULL};
	enum parse answer;

	http_parser_init(&parser, &limits, headers);
	answer = http_parse(&parser, span_from_string(text), &error);
	ck_assert_int_eq(answer, error.code == 0 ? PARSE_DONE : PARSE_BAD);
	return error.code;
}

START_TEST(enforces_limits_to_the_byte)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
	enum { WHOLE = sizeof(text) - 1, REQUEST_LINE = 16 };

	ck_assert_uint_eq(status_within(text, WHOLE, 2), 0);
	ck_assert_uint_eq(status_within(text, WHOLE - 1, 2), 431);
	ck_assert_uint_eq(status_within(text, REQUEST_LINE, 2), 431);
	ck_assert_uint_eq(status_within(text, REQUEST_LINE - 1, 2), 414);
	ck_assert_uint_eq(status_within(text, 1, 2), 414);
	ck_assert_uint_eq(status_within(text, WHOLE, 1), 431);
	ck_assert_uint_eq(status_within(text, WHOLE, 0), 431);
}
END_TEST

START_TEST(never_wants_more_than_its_limit)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
	const struct http_limits limits = {sizeof(text) - 2, MAX_HEADERS};
	struct http_header headers[MAX_HEADERS];
	struct http_parser parser;
	struct proto_error error;

	http_parser_init(&parser, &limits, headers);
	ck_assert_int_eq(
	    http_parse(&parser, span_from(text, limits.max_bytes - 1), &error),
	    PARSE_MORE);
	ck_assert_int_eq(
	    http_parse(&parser, span_from(text, limits.max_bytes), &error),
	    PARSE_BAD);
	ck_assert_uint_eq(error.code, 431);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("http");
	TCase *tcase = tcase_create("http");
	int good_count = ARRAY_LENGTH(good), bad_count = ARRAY_LENGTH(bad);

	tcase_add_loop_test(
	    tcase, reads_the_facts_of_good_heads, 0, good_count);
	tcase_add_loop_test(
	    tcase, refuses_bad_heads_with_the_right_status, 0, bad_count);
	tcase_add_loop_test(
	    tcase, reads_good_heads_the_same_for_every_cut, 0, good_count);
	tcase_add_loop_test(
	    tcase, refuses_bad_heads_the_same_for_every_cut, 0, bad_count);
	tcase_add_loop_test(
	    tcase, wants_more_until_the_last_byte, 0, good_count);
	tcase_add_loop_test(
	    tcase, leaves_what_follows_the_head_alone, 0, good_count);
	tcase_add_test(tcase, gives_method_version_and_headers);
	tcase_add_test(tcase, reads_content_length_to_its_end);
	tcase_add_loop_test(tcase, tells_all_bytes_apart, 0, 256);
	tcase_add_test(tcase, enforces_limits_to_the_byte);
	tcase_add_test(tcase, never_wants_more_than_its_limit);
	suite_add_tcase(suite, tcase);
	return suite;
}
