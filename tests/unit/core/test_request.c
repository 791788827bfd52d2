/* The buffer of a request: it grows with what came, up to its limit. */
#include "core/request.h"

#include "tests/unit/harness.h"

static const struct conf_limits limits = {
    .max_header_bytes = 100, .max_headers = 4};

static struct request *request;

static void
setup(void)
{
	request = request_new(&limits);
	ck_assert_ptr_nonnull(request);
}

static void
teardown(void)
{
	request_free(&request);
	ck_assert_ptr_null(request);
	request_free(&request);
}

START_TEST(takes_no_more_than_a_legal_head_has)
{
	uint8_t bytes[70];

	memset(bytes, 'x', sizeof(bytes));
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(request_append(request,
		                     (struct bytes){bytes, sizeof(bytes)}),
		    0);
	ck_assert_uint_eq(request->length, limits.max_header_bytes);
	ck_assert_uint_eq(
	    request_head(request).bytes.length, limits.max_header_bytes);
}
END_TEST

START_TEST(costs_little_for_little)
{
	size_t empty = request_held(request);
	uint8_t byte = 'x';

	for (unsigned i = 1; i <= 50; i++) {
		ck_assert_int_eq(
		    request_append(request, (struct bytes){&byte, 1}), 0);
		ck_assert_uint_ge(request_held(request), empty + i);
		ck_assert_uint_le(request_held(request), empty + 2 * i);
	}
	ck_assert_uint_eq(request_held(NULL), 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("request");
	TCase *tcase = tcase_create("request");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, takes_no_more_than_a_legal_head_has);
	tcase_add_test(tcase, costs_little_for_little);
	suite_add_tcase(suite, tcase);
	return suite;
}
