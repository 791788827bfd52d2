/*
 * Reading response heads: what is accepted, with which facts, and what is
 * refused; and that no cut of the input changes either. What comes behind the
 * start line is read as in requests, whose tests are in test_http.c.
 */
#include <check.h>
#include <stdio.h>

#include "proto/http.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/head_reading.h"
#include "tests/unit/proto/head_sample.h"

enum { MAX_BYTES = 300, MAX_HEADERS = 8 };

#define TEXT(literal) "" literal, sizeof(literal) - 1
#define OK            "HTTP/1.1 200 OK\r\n"
#define END           "\r\n"

static const struct good {
	const char *bytes;
	size_t length;
	uint16_t status;
	uint8_t version_minor;
	const char *reason;
	unsigned header_count;
} good[] = {
    {TEXT("HTTP/1.1 101 Switching Protocols\r\n" END), 101, 1,
        "Switching Protocols", 0},
    {TEXT("HTTP/1.1 100 \r\n" END), 100, 1, "", 0},
    {TEXT("HTTP/1.1 599\r\n" END), 599, 1, "", 0},
    {TEXT("HTTP/1.0 404 Not Found\r\n" END), 404, 0, "Not Found", 0},
    {TEXT("HTTP/1.9 200 OK\r\n" END), 200, 9, "OK", 0},
    {TEXT("HTTP/1.1 200  \t\x80\xff!~ \r\n" END), 200, 1, " \t\x80\xff!~ ", 0},
    {TEXT("HTTP/1.1 200 HTTP/1.1 200\r\n" END), 200, 1, "HTTP/1.1 200", 0},
    {TEXT(OK "A:b\r\nC: \t d e \t\r\nD:\r\n" END), 200, 1, "OK", 3},
    /* what comes once in a request is nothing here */
    {TEXT(OK "Host: a b\r\nHost:\r\n" END), 200, 1, "OK", 2},
    {TEXT(OK "Origin: a\r\nOrigin: b\r\n" END), 200, 1, "OK", 2},
    {TEXT(OK "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8\r\n" END),
        200, 1, "OK", 2},
    {TEXT(OK "Sec-WebSocket-Key: a\r\nSec-WebSocket-Key: b\r\n" END), 200, 1,
        "OK", 2},
    {TEXT(OK "X:1\r\nX:1\r\nX:1\r\nX:1\r\nX:1\r\nX:1\r\nX:1\r\nX:1\r\n" END),
        200, 1, "OK", 8},
};

#define LINE(line)    TEXT(line "\r\n" END)
#define FIELD(header) TEXT(OK header "\r\n" END)
#define TEN(text)     text text text text text text text text text text

static const struct bad {
	const char *bytes;
	size_t length;
} bad[] = {
    /* before the status line, and what is none */
    {LINE("\r\nHTTP/1.1 200 OK")},
    {LINE(" HTTP/1.1 200 OK")},
    {LINE("\nHTTP/1.1 200 OK")},
    {LINE("GET / HTTP/1.1")},
    {LINE("RFB 003.008")},
    {TEXT("\x15\x03\x01\x02")}, /* a TLS alert */
    /* version */
    {LINE("http/1.1 200 OK")},
    {LINE("HTTP/1 200 OK")},
    {LINE("HTTP/1.10 200 OK")},
    {LINE("HTTP/1,1 200 OK")},
    {LINE("HTTP/x.1 200 OK")},
    {LINE("HTTPS/1.1 200 OK")},
    {LINE("HTTP/2.0 200 OK")},
    {LINE("HTTP/0.9 200 OK")},
    {LINE("ICY 200 OK")},
    /* status */
    {LINE("HTTP/1.1")},
    {LINE("HTTP/1.1 ")},
    {LINE("HTTP/1.1 OK")},
    {LINE("HTTP/1.1 20 OK")},
    {LINE("HTTP/1.1 2000 OK")},
    {LINE("HTTP/1.1 +20 OK")},
    {LINE("HTTP/1.1 20x OK")},
    {LINE("HTTP/1.1  200 OK")},
    {LINE("HTTP/1.1\t200 OK")},
    {LINE("HTTP/1.1 200\tOK")},
    {LINE("HTTP/1.1 200OK")},
    {LINE("HTTP/1.1 000 OK")},
    {LINE("HTTP/1.1 099 OK")},
    {LINE("HTTP/1.1 600 OK")},
    {LINE("HTTP/1.1 999 OK")},
    /* reason and line ends */
    {LINE("HTTP/1.1 200 O\0K")},
    {LINE("HTTP/1.1 200 O\x01K")},
    {LINE("HTTP/1.1 200 O\x7fK")},
    {LINE("HTTP/1.1 200 O\rK")},
    {LINE("HTTP/1.1 200 OK\r")},
    {LINE("HTTP/1.1 200\r")},
    {TEXT("HTTP/1.1 200 OK\n\n")},
    {TEXT("HTTP/1.1 200\n\n")},
    {TEXT("HTTP/1.1 200 \n\n")},
    {TEXT(OK "\n")},
    {TEXT(OK "\rx")},
    /* headers: a sample of what test_http.c has */
    {FIELD(" X: y")},
    {FIELD("X : y")},
    {FIELD(": y")},
    {FIELD("X")},
    {FIELD("X: y\r\n z")}, /* obs-fold */
    {FIELD("X: \0")},
    {FIELD("X: a\rb")},
    {FIELD("X: a\nY: b")},
    /* headers that come once */
    {FIELD("Sec-WebSocket-Accept: a\r\nSec-WebSocket-Accept: a")},
    {FIELD("Sec-WebSocket-Protocol: a\r\nsec-websocket-protocol: b")},
    {FIELD("Sec-WebSocket-Extensions: a\r\nSEC-WEBSOCKET-EXTENSIONS:")},
    {FIELD("Content-Length: 5\r\nContent-Length: 5")},
    {FIELD("Content-Length:")},
    {FIELD("Content-Length: -5")},
    {FIELD("Content-Length: 18446744073709551616")},
    /* limits */
    {LINE("HTTP/1.1 200 " TEN(TEN("long")))},
    {FIELD("X: " TEN(TEN("long")))},
    {FIELD(TEN("X:1\r\n") "Y:1")},
};

static const struct http_limits usual = {MAX_BYTES, MAX_HEADERS};

static void
read_whole(struct head_reading *reading, const char *bytes, size_t length)
{
	head_reading_begin(reading, HTTP_RESPONSE, &usual);
	head_reading_show(reading, span_from(bytes, length));
}

START_TEST(reads_the_facts_of_good_heads)
{
	const struct good *sample = &good[_i];
	struct head_reading reading;
	const struct http_parser *parser = &reading.parser;

	read_whole(&reading, sample->bytes, sample->length);
	ck_assert_msg(reading.answer == PARSE_DONE, "%s", sample->bytes);
	ck_assert_uint_eq(parser->length, sample->length);
	ck_assert_uint_eq(parser->status, sample->status);
	ck_assert_uint_eq(parser->version_minor, sample->version_minor);
	ck_assert_uint_eq(parser->header_count, sample->header_count);
	assert_span(http_slice_get(span_from(sample->bytes, sample->length),
	                parser->reason),
	    sample->reason);
}
END_TEST

START_TEST(refuses_bad_heads)
{
	struct head_reading reading;

	read_whole(&reading, bad[_i].bytes, bad[_i].length);
	ck_assert_msg(reading.answer == PARSE_BAD, "%s", bad[_i].bytes);
	ck_assert_uint_eq(reading.error.code, 0);
	ck_assert_ptr_nonnull(reading.error.text);
}
END_TEST

START_TEST(reads_good_heads_the_same_for_every_cut)
{
	ck_assert_msg(head_reading_ignores_cuts(HTTP_RESPONSE, &usual,
	                  span_from(good[_i].bytes, good[_i].length)),
	    "%s", good[_i].bytes);
}
END_TEST

START_TEST(refuses_bad_heads_the_same_for_every_cut)
{
	ck_assert_msg(head_reading_ignores_cuts(HTTP_RESPONSE, &usual,
	                  span_from(bad[_i].bytes, bad[_i].length)),
	    "%s", bad[_i].bytes);
}
END_TEST

START_TEST(wants_more_until_the_last_byte)
{
	struct head_reading reading;

	for (size_t length = 0; length < good[_i].length; length++) {
		read_whole(&reading, good[_i].bytes, length);
		ck_assert_int_eq(reading.answer, PARSE_MORE);
	}
}
END_TEST

/* Such as the head behind an interim response. */
START_TEST(leaves_what_follows_the_head_alone)
{
	static const char text[] =
	    "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" OK;
	struct head_reading reading;

	read_whole(&reading, text, sizeof(text) - 1);
	ck_assert_int_eq(reading.answer, PARSE_DONE);
	ck_assert_uint_eq(reading.parser.status, 103);
	ck_assert_uint_eq(reading.parser.length, sizeof(text) - sizeof(OK));
}
END_TEST

START_TEST(takes_each_status_from_100_to_599)
{
	struct head_reading reading;
	char text[40];

	for (unsigned status = 0; status < 1000; status++) {
		int length = snprintf(
		    text, sizeof(text), "HTTP/1.1 %03u x\r\n\r\n", status);
		bool is_right = status >= 100 && status <= 599;

		read_whole(&reading, text, (size_t)length);
		ck_assert_int_eq(
		    reading.answer, is_right ? PARSE_DONE : PARSE_BAD);
		ck_assert(!is_right || reading.parser.status == status);
	}
}
END_TEST

START_TEST(tells_the_bytes_of_a_reason_apart)
{
	char text[] = "HTTP/1.1 200 x?y\r\n\r\n";
	struct head_reading reading;

	for (int byte = 0; byte < 256; byte++) {
		bool is_right = byte == '\t' || (byte >= ' ' && byte != 0x7f);

		text[sizeof("HTTP/1.1 200 x") - 1] = (char)byte;
		read_whole(&reading, text, sizeof(text) - 1);
		ck_assert_msg((reading.answer == PARSE_DONE) == is_right,
		    "byte %d", byte);
	}
}
END_TEST

START_TEST(says_what_was_too_long)
{
	static const char text[] = OK "X: y\r\n\r\n";
	enum { WHOLE = sizeof(text) - 1, STATUS_LINE = sizeof(OK) - 1 };
	static const struct {
		uint32_t max_bytes, max_headers;
		const char *text;
	} samples[] = {
	    {WHOLE, 0, "too many headers"},
	    {WHOLE - 1, 1, "headers too long"},
	    {STATUS_LINE, 1, "headers too long"},
	    {STATUS_LINE - 1, 1, "status line too long"},
	    {1, 1, "status line too long"},
	};
	struct head_reading reading;

	for (size_t i = 0; i < ARRAY_LENGTH(samples); i++) {
		const struct http_limits limits = {
		    samples[i].max_bytes, samples[i].max_headers};

		head_reading_begin(&reading, HTTP_RESPONSE, &limits);
		head_reading_show(&reading, span_from_string(text));
		ck_assert_int_eq(reading.answer, PARSE_BAD);
		ck_assert_str_eq(reading.error.text, samples[i].text);
	}
	head_reading_begin(
	    &reading, HTTP_RESPONSE, &(struct http_limits){WHOLE, 1});
	head_reading_show(&reading, span_from_string(text));
	ck_assert_int_eq(reading.answer, PARSE_DONE);
}
END_TEST

START_TEST(finds_headers_and_elements)
{
	struct head_sample sample;
	struct span value;
	const struct http_head *response = head_sample_response(&sample,
	    "HTTP/1.1 101\r\nUpgrade: websocket\r\n"
	    "Connection: keep-alive\r\nConnection: Upgrade\r\n\r\n");

	ck_assert_uint_eq(http_head_header(response, "upgrade", &value), 1);
	assert_span(value, "websocket");
	ck_assert(http_head_has_element(
	    response, "Connection", SPAN_LITERAL("upgrade")));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("http_response_head");
	TCase *tcase = tcase_create("http_response_head");
	int good_count = ARRAY_LENGTH(good), bad_count = ARRAY_LENGTH(bad);

	tcase_add_loop_test(
	    tcase, reads_the_facts_of_good_heads, 0, good_count);
	tcase_add_loop_test(tcase, refuses_bad_heads, 0, bad_count);
	tcase_add_loop_test(
	    tcase, reads_good_heads_the_same_for_every_cut, 0, good_count);
	tcase_add_loop_test(
	    tcase, refuses_bad_heads_the_same_for_every_cut, 0, bad_count);
	tcase_add_loop_test(
	    tcase, wants_more_until_the_last_byte, 0, good_count);
	tcase_add_test(tcase, leaves_what_follows_the_head_alone);
	tcase_add_test(tcase, takes_each_status_from_100_to_599);
	tcase_add_test(tcase, tells_the_bytes_of_a_reason_apart);
	tcase_add_test(tcase, says_what_was_too_long);
	tcase_add_test(tcase, finds_headers_and_elements);
	suite_add_tcase(suite, tcase);
	return suite;
}
