/* Header lines of others: what may stand in a head of ours. */
#include <check.h>
#include <stdlib.h>

#include "proto/http_lines.h"
#include "tests/unit/harness.h"

#define TEXT(literal) "" literal, sizeof(literal) - 1

struct sample {
	const char *lines;
	size_t length;
};

static const struct sample good[] = {
    {TEXT("")},
    {TEXT("A: b\r\n")},
    {TEXT("A:\r\n")},
    {TEXT("A: \t\r\n")},
    {TEXT("A:b:c, \"d\"\t\xc3\xa9\xff\r\n")},
    {TEXT("A: b\r\nA: c\r\nX-!#$%&'*+-.^_`|~9: d\r\n")},
    {TEXT("Authorization: Basic QTpi\r\nCookie: a=b; c=d\r\n")},
    {TEXT("User-Agent: x\r\nSet-Cookie: a\r\nWWW-Authenticate: b\r\n")},
    /* like ours, yet not ours */
    {TEXT("Hosts: a\r\nHos: a\r\nX-Host: a\r\nUpgrade-Insecure: 1\r\n")},
    {TEXT("Sec-WebSocket: a\r\nSec-Web: a\r\nSec-Fetch-Mode: a\r\n")},
};

static const struct sample bad[] = {
    /* what ends a line, or the head */
    {TEXT("A: b")},
    {TEXT("A: b\r")},
    {TEXT("A: b\n")},
    {TEXT("A: b\r\nC: d")},
    {TEXT("A: b\r\n\r\n")},
    {TEXT("\r\nA: b\r\n")},
    {TEXT("\r\n")},
    {TEXT("\r")},
    {TEXT("\n")},
    {TEXT("A: b\nC: d\r\n")},
    {TEXT("A: b\rC: d\r\n")},
    {TEXT("A: b\r\r\n")},
    {TEXT("A: b\n\r\n")},
    {TEXT("A: \0\r\n")},
    {TEXT("A: b\r\n\0")},
    {TEXT("A: \x01\r\n")},
    {TEXT("A: \x7f\r\n")},
    /* names */
    {TEXT("A\r\n")},
    {TEXT(": b\r\n")},
    {TEXT("A : b\r\n")},
    {TEXT(" A: b\r\n")},
    {TEXT("A: b\r\n c: d\r\n")}, /* obs-fold */
    {TEXT("A: b\r\n\tc\r\n")},
    {TEXT("A b: c\r\n")},
    {TEXT("A\0: b\r\n")},
    {TEXT("A\xe9: b\r\n")},
    {TEXT("GET / HTTP/1.1\r\n")},
    /* ours */
    {TEXT("Connection: close\r\n")},
    {TEXT("Content-Length: 0\r\n")},
    {TEXT("Content-Type: text/html\r\n")},
    {TEXT("Date: now\r\n")},
    {TEXT("Host: a\r\n")},
    {TEXT("Origin: a\r\n")},
    {TEXT("Transfer-Encoding: chunked\r\n")},
    {TEXT("Upgrade: h2c\r\n")},
    {TEXT("Sec-WebSocket-Key: a\r\n")},
    {TEXT("Sec-WebSocket-Accept: a\r\n")},
    {TEXT("Sec-WebSocket-Protocol: a\r\n")},
    {TEXT("Sec-WebSocket-Future: a\r\n")},
    {TEXT("A: b\r\nhOST: a\r\n")},
    {TEXT("sec-websocket-version: 13\r\nA: b\r\n")},
};

/* In a block of its own, whose end the sanitizer sees. */
static int
check_copy(const struct sample *sample, const char **error_out)
{
	uint8_t *copy = malloc(sample->length > 0 ? sample->length : 1);
	int rc;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, sample->lines, sample->length);
	rc = http_lines_check(span_from(copy, sample->length), error_out);
	free(copy);
	return rc;
}

START_TEST(takes_complete_lines)
{
	const char *error = NULL;

	ck_assert_msg(check_copy(&good[_i], &error) == 0, "%s", good[_i].lines);
	ck_assert_ptr_null(error);
}
END_TEST

START_TEST(refuses_what_would_not_stay_a_line_of_its_own)
{
	const char *error = NULL;

	ck_assert_msg(check_copy(&bad[_i], &error) == -1, "%s", bad[_i].lines);
	ck_assert_ptr_nonnull(error);
}
END_TEST

START_TEST(takes_no_lines_at_all)
{
	const char *error;

	ck_assert_int_eq(http_lines_check((struct span){NULL, 0}, &error), 0);
}
END_TEST

START_TEST(refuses_every_piece_that_is_not_whole_lines)
{
	static const char text[] = "A: b\r\nC:\r\n";
	const char *error;

	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		struct sample piece = {text, length};
		bool is_whole = length == 0 || text[length - 1] == '\n';

		ck_assert_msg((check_copy(&piece, &error) == 0) == is_whole,
		    "%zu bytes", length);
	}
}
END_TEST

START_TEST(finds_a_line_by_its_whole_name)
{
	struct span lines =
	    SPAN_LITERAL("Allow: Retry-After: 1\r\nX-Y:\r\nlast: z\r\n");

	ck_assert(http_lines_have(lines, SPAN_LITERAL("allow")));
	ck_assert(http_lines_have(lines, SPAN_LITERAL("X-y")));
	ck_assert(http_lines_have(lines, SPAN_LITERAL("Last")));
	ck_assert(!http_lines_have(lines, SPAN_LITERAL("Retry-After")));
	ck_assert(!http_lines_have(lines, SPAN_LITERAL("X")));
	ck_assert(!http_lines_have(lines, SPAN_LITERAL("X-Y-Z")));
	ck_assert(!http_lines_have((struct span){NULL, 0}, SPAN_LITERAL("X")));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("http_lines");
	TCase *tcase = tcase_create("http_lines");

	tcase_add_loop_test(tcase, takes_complete_lines, 0, ARRAY_LENGTH(good));
	tcase_add_loop_test(tcase,
	    refuses_what_would_not_stay_a_line_of_its_own, 0,
	    ARRAY_LENGTH(bad));
	tcase_add_test(tcase, takes_no_lines_at_all);
	tcase_add_test(tcase, refuses_every_piece_that_is_not_whole_lines);
	tcase_add_test(tcase, finds_a_line_by_its_whole_name);
	suite_add_tcase(suite, tcase);
	return suite;
}
