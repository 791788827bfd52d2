/* Rates: a second's worth at once, and then as fast as it flows off. */
#include "base/rate.h"

#include "tests/unit/harness.h"

enum { PER_SECOND = 10 };

static const uint64_t tenth = RATE_SECOND_NS / PER_SECOND;

START_TEST(a_second_of_them_comes_at_once)
{
	struct rate rate = {0};
	uint64_t now_ns = 77 * RATE_SECOND_NS;

	for (unsigned i = 0; i < PER_SECOND; i++)
		ck_assert_uint_eq(rate_take(&rate, PER_SECOND, 1, now_ns), 0);
	ck_assert_uint_eq(rate_take(&rate, PER_SECOND, 1, now_ns), tenth);
	ck_assert_uint_eq(rate_take(&rate, PER_SECOND, 2, now_ns), 3 * tenth);
	/* then it flows off */
	now_ns += 3 * tenth;
	ck_assert_uint_eq(rate_take(&rate, PER_SECOND, 1, now_ns), tenth);
	now_ns += 2 * tenth;
	ck_assert_uint_eq(rate_take(&rate, PER_SECOND, 1, now_ns), 0);
}
END_TEST

START_TEST(silence_saves_no_more_than_a_second)
{
	struct rate rate = {0};
	uint64_t now_ns = RATE_SECOND_NS;

	ck_assert_uint_eq(rate_take(&rate, PER_SECOND, 1, now_ns), 0);
	now_ns += 1000 * RATE_SECOND_NS;
	ck_assert_uint_eq(rate_take(&rate, PER_SECOND, PER_SECOND, now_ns), 0);
	ck_assert_uint_eq(rate_take(&rate, PER_SECOND, 1, now_ns), tenth);
}
END_TEST

START_TEST(large_units_do_not_overflow)
{
	struct rate rate = {0};

	ck_assert_uint_eq(
	    rate_take(&rate, 1, UINT32_MAX, RATE_SECOND_NS) / RATE_SECOND_NS,
	    UINT32_MAX - 1);
}
END_TEST

START_TEST(what_is_not_taken_costs_nothing)
{
	_Atomic uint64_t shared = 0;
	uint64_t now_ns = RATE_SECOND_NS;

	for (unsigned i = 0; i < PER_SECOND; i++)
		ck_assert(rate_try(&shared, PER_SECOND, now_ns));
	for (unsigned i = 0; i < 100; i++)
		ck_assert(!rate_try(&shared, PER_SECOND, now_ns));
	now_ns += tenth;
	ck_assert(rate_try(&shared, PER_SECOND, now_ns));
	ck_assert(!rate_try(&shared, PER_SECOND, now_ns));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("rate");
	TCase *tcase = tcase_create("flow");

	tcase_add_test(tcase, a_second_of_them_comes_at_once);
	tcase_add_test(tcase, silence_saves_no_more_than_a_second);
	tcase_add_test(tcase, large_units_do_not_overflow);
	tcase_add_test(tcase, what_is_not_taken_costs_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
