/* Headers by name, lists over all their lines, and the host of a request. */
#include <check.h>

#include "proto/http.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/head_sample.h"

#define HEAD(lines) "GET / HTTP/1.1\r\nHost: h:1\r\n" lines "\r\n"

enum { ELEMENTS_MAX = 4 };

static const struct {
	const char *head;
	const char *elements[ELEMENTS_MAX];
} lists[] = {
    {HEAD(""), {NULL}},
    {HEAD("L:\r\n"), {NULL}},
    {HEAD("L: , ,,\t, \r\n"), {NULL}},
    {HEAD("L: a\r\n"), {"a"}},
    {HEAD("l: a,b , c\t,\td\r\n"), {"a", "b", "c", "d"}},
    {HEAD("L: ,a,, b,\r\n"), {"a", "b"}},
    {HEAD("L: a\r\nM: x\r\nL:\r\nL: ,\r\nL: b, c\r\n"), {"a", "b", "c"}},
    {HEAD("LL: x\r\nK: y\r\n"), {NULL}},
    {HEAD("L: a b; c=d, e\r\n"), {"a b; c=d", "e"}},
    {HEAD("L: a=\"b,c\", d\r\n"), {"a=\"b,c\"", "d"}},
    {HEAD("L: a=\"b\\\",c\", d\r\n"), {"a=\"b\\\",c\"", "d"}},
    {HEAD("L: a\\,b\r\n"), {"a\\", "b"}},
    {HEAD("L: a=\"b, c\r\nL: d\r\n"), {"a=\"b, c", "d"}},
    {HEAD("L: \"\\\r\nL: d\r\n"), {"\"\\", "d"}},
};

static const struct {
	const char *head, *host;
} hosts[] = {
    {HEAD(""), "h:1"},
    {"GET /ws://x/ HTTP/1.1\r\nHost: h\r\n\r\n", "h"},
    {"GET ws://a:2/ HTTP/1.1\r\nHost: h:1\r\n\r\n", "a:2"},
    {"GET wss://[::1]?q HTTP/1.1\r\nHost: h:1\r\n\r\n", "[::1]"},
    {"GET / HTTP/1.0\r\n\r\n", ""},
    {"GET ws://a/ HTTP/1.0\r\n\r\n", "a"},
};

START_TEST(walks_the_elements_of_all_lines)
{
	struct head_sample sample;
	struct http_list list;
	struct span element;
	size_t count = 0;

	http_list_init(
	    &list, head_sample_request(&sample, lists[_i].head), "L");
	while (http_list_next(&list, &element)) {
		ck_assert_uint_lt(count, ELEMENTS_MAX);
		ck_assert_ptr_nonnull(lists[_i].elements[count]);
		assert_span(element, lists[_i].elements[count++]);
	}
	ck_assert(count == ELEMENTS_MAX || lists[_i].elements[count] == NULL);
	ck_assert(!http_list_next(&list, &element));
}
END_TEST

START_TEST(finds_elements_in_letters_of_any_case)
{
	struct head_sample sample;
	const struct http_head *request = head_sample_request(&sample,
	    HEAD("Connection: keep-alive\r\nconnection: x, UpGrade\r\n"
	         "Other: upgrades, upgrad, up grade\r\n"));

	ck_assert(http_head_has_element(
	    request, "CONNECTION", SPAN_LITERAL("upgrade")));
	ck_assert(
	    !http_head_has_element(request, "Other", SPAN_LITERAL("upgrade")));
	ck_assert(
	    !http_head_has_element(request, "Connection", SPAN_LITERAL("")));
}
END_TEST

START_TEST(counts_headers_and_gives_the_first)
{
	struct head_sample sample;
	struct span value = SPAN_LITERAL("untouched");
	const struct http_head *request = head_sample_request(
	    &sample, HEAD("A: 1\r\nAA: 2\r\na: 3\r\nB:\r\n"));

	ck_assert_uint_eq(http_head_header(request, "C", &value), 0);
	assert_span(value, "untouched");
	ck_assert_uint_eq(http_head_header(request, "A", &value), 2);
	assert_span(value, "1");
	ck_assert_uint_eq(http_head_header(request, "aA", &value), 1);
	assert_span(value, "2");
	ck_assert_uint_eq(http_head_header(request, "b", &value), 1);
	assert_span(value, "");
}
END_TEST

START_TEST(prefers_the_authority_to_the_host_header)
{
	struct head_sample sample;

	assert_span(
	    http_request_host(head_sample_request(&sample, hosts[_i].head)),
	    hosts[_i].host);
}
END_TEST

static const char *
string_at(const char *head, struct http_slice slice)
{
	ck_assert_uint_eq(strlen(head + slice.offset), slice.length);
	return head + slice.offset;
}

START_TEST(terminated_pieces_are_strings_and_still_found_by_length)
{
	char text[] = "GET /a?b=c HTTP/1.1\r\nHost:h\r\nL: a, b \t\r\nE:\r\n"
	              "l:c\r\n\r\nframes";
	struct head_sample sample;
	const struct http_head *head = head_sample_request(&sample, text);
	const struct http_parser *parser = head->parser;
	struct span value;

	http_head_terminate(parser, (uint8_t *)text);
	ck_assert_str_eq(string_at(text, parser->method), "GET");
	ck_assert_str_eq(string_at(text, parser->target), "/a?b=c");
	ck_assert_str_eq(string_at(text, parser->query), "b=c");
	ck_assert_str_eq(string_at(text, parser->headers[1].name), "L");
	ck_assert_str_eq(string_at(text, parser->headers[1].value), "a, b");
	ck_assert_str_eq(string_at(text, parser->headers[2].name), "E");
	ck_assert_str_eq(string_at(text, parser->headers[3].value), "c");
	assert_span(http_slice_get(head->bytes, parser->path), "/a");
	assert_span(http_request_host(head), "h");
	ck_assert_uint_eq(http_head_header(head, "e", &value), 1);
	assert_span(value, "");
	ck_assert(http_head_has_element(head, "L", SPAN_LITERAL("b")));
	ck_assert(http_head_has_element(head, "L", SPAN_LITERAL("c")));
	ck_assert_str_eq(text + parser->length, "frames");
}
END_TEST

START_TEST(response_without_phrase_or_headers_is_terminated_too)
{
	char text[] = "HTTP/1.1 200 \r\n\r\n";
	char before[sizeof(text)];
	struct head_sample sample;

	memcpy(before, text, sizeof(text));
	head_sample_response(&sample, text);
	http_head_terminate(&sample.parser, (uint8_t *)text);
	ck_assert_mem_eq(text, before, sizeof(text));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("http_head");
	TCase *tcase = tcase_create("http_head");

	tcase_add_loop_test(
	    tcase, walks_the_elements_of_all_lines, 0, ARRAY_LENGTH(lists));
	tcase_add_test(tcase, finds_elements_in_letters_of_any_case);
	tcase_add_test(tcase, counts_headers_and_gives_the_first);
	tcase_add_loop_test(tcase, prefers_the_authority_to_the_host_header, 0,
	    ARRAY_LENGTH(hosts));
	tcase_add_test(
	    tcase, terminated_pieces_are_strings_and_still_found_by_length);
	tcase_add_test(
	    tcase, response_without_phrase_or_headers_is_terminated_too);
	suite_add_tcase(suite, tcase);
	return suite;
}
