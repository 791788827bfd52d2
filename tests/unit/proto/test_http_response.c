/* The small responses: to the byte, for every size of the buffer. */
#include <check.h>

#include "proto/http.h"
#include "tests/unit/harness.h"

static const struct {
	int64_t now;
	const char *date;
} dates[] = {
    {0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"},
    {784111777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
    {951827696, "Date: Tue, 29 Feb 2000 12:34:56 GMT\r\n"},
    {1798761599, "Date: Thu, 31 Dec 2026 23:59:59 GMT\r\n"},
    {4107542400, "Date: Mon, 01 Mar 2100 00:00:00 GMT\r\n"},
};

START_TEST(writes_a_whole_response)
{
	static const char wanted[] = "HTTP/1.1 404 Not Found\r\n"
	                             "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	                             "Content-Type: text/plain\r\n"
	                             "Content-Length: 13\r\n"
	                             "X: y\r\n"
	                             "Connection: close\r\n"
	                             "\r\n"
	                             "nothing here\n";
	const struct http_response response = {
	    404, "X: y\r\n", "nothing here", 784111777, {NULL, 0}};
	char buffer[512];
	size_t length = http_response_write(&response, buffer, sizeof(buffer));

	ck_assert_uint_eq(length, sizeof(wanted) - 1);
	ck_assert_mem_eq(buffer, wanted, length);
}
END_TEST

START_TEST(writes_the_date_whatever_it_is)
{
	const struct http_response response = {
	    400, "", "no", dates[_i].now, {NULL, 0}};
	char buffer[512];

	ck_assert_uint_gt(
	    http_response_write(&response, buffer, sizeof(buffer)), 0);
	ck_assert_msg(
	    strstr(buffer, dates[_i].date) != NULL, "%s", dates[_i].date);
}
END_TEST

START_TEST(writes_no_second_connection_line)
{
	static const char *const extras[] = {
	    "connection: Upgrade, close\r\n",
	    "X: y\r\nConnection: Upgrade, close\r\nZ: z\r\n",
	};
	char buffer[512];

	for (size_t i = 0; i < ARRAY_LENGTH(extras); i++) {
		const struct http_response response = {
		    426, extras[i], "no", 0, {NULL, 0}};

		ck_assert_uint_gt(
		    http_response_write(&response, buffer, sizeof(buffer)), 0);
		ck_assert_ptr_nonnull(strstr(buffer, extras[i]));
		ck_assert_ptr_null(strstr(buffer, "Connection: close\r\n"));
	}
}
END_TEST

START_TEST(is_not_misled_by_a_connection_in_a_value)
{
	const struct http_response response = {
	    405, "Allow: Connection: \r\n", "no", 0, {NULL, 0}};
	char buffer[512];

	ck_assert_uint_gt(
	    http_response_write(&response, buffer, sizeof(buffer)), 0);
	ck_assert_ptr_nonnull(strstr(buffer, "\r\nConnection: close\r\n"));
}
END_TEST

START_TEST(sends_no_body_to_head)
{
	struct http_response response = {405, "", "no", 0, {NULL, 0}};
	char with[512], without[512];
	size_t with_length, without_length;

	with_length = http_response_write(&response, with, sizeof(with));
	response.method = SPAN_LITERAL("HEAD");
	without_length =
	    http_response_write(&response, without, sizeof(without));
	ck_assert_uint_eq(with_length, without_length + strlen("no\n"));
	ck_assert_mem_eq(with, without, without_length);
}
END_TEST

START_TEST(sends_no_body_with_304)
{
	const struct http_response response = {304, "", "no", 0, {NULL, 0}};
	char buffer[512];
	size_t length = http_response_write(&response, buffer, sizeof(buffer));

	ck_assert_uint_gt(length, 4);
	ck_assert_mem_eq(buffer + length - 4, "\r\n\r\n", 4);
}
END_TEST

START_TEST(writes_all_or_nothing)
{
	const struct http_response response = {400, "", "no", 0, {NULL, 0}};
	char buffer[512];
	size_t whole = http_response_write(&response, buffer, sizeof(buffer));

	ck_assert_uint_gt(whole, 0);
	for (size_t size = 0; size <= whole; size++)
		ck_assert_uint_eq(
		    http_response_write(&response, buffer, size), 0);
	ck_assert_uint_eq(
	    http_response_write(&response, buffer, whole + 1), whole);
}
END_TEST

START_TEST(refuses_times_beyond_the_calendar)
{
	const struct http_response response = {
	    400, "", "no", INT64_MAX, {NULL, 0}};
	char buffer[512];

	ck_assert_uint_eq(
	    http_response_write(&response, buffer, sizeof(buffer)), 0);
}
END_TEST

START_TEST(names_every_status_that_is_usual)
{
	static const uint16_t statuses[] = {300, 301, 302, 303, 304, 307, 308,
	    400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 413, 414, 426,
	    429, 431, 500, 501, 502, 503, 504, 505};

	for (size_t i = 0; i < ARRAY_LENGTH(statuses); i++)
		ck_assert_str_ne(http_status_name(statuses[i]), "");
	ck_assert_str_eq(http_status_name(426), "Upgrade Required");
	ck_assert_str_eq(http_status_name(599), "");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("http_response");
	TCase *tcase = tcase_create("http_response");

	tcase_add_test(tcase, writes_a_whole_response);
	tcase_add_loop_test(
	    tcase, writes_the_date_whatever_it_is, 0, ARRAY_LENGTH(dates));
	tcase_add_test(tcase, writes_no_second_connection_line);
	tcase_add_test(tcase, is_not_misled_by_a_connection_in_a_value);
	tcase_add_test(tcase, sends_no_body_to_head);
	tcase_add_test(tcase, sends_no_body_with_304);
	tcase_add_test(tcase, writes_all_or_nothing);
	tcase_add_test(tcase, refuses_times_beyond_the_calendar);
	tcase_add_test(tcase, names_every_status_that_is_usual);
	suite_add_tcase(suite, tcase);
	return suite;
}
