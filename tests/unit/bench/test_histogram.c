/* Latencies: each quantile is at most 1/64 too large, and never too small. */
#include "bench/histogram.h"

#include "tests/unit/harness.h"

static struct histogram histogram;

static void
setup(void)
{
	histogram = (struct histogram){0};
}

START_TEST(empty_one_has_no_quantiles)
{
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), 0);
	ck_assert_uint_eq(histogram_quantile(&histogram, 1), 0);
}
END_TEST

START_TEST(one_value_is_all_quantiles)
{
	/* beyond the last bucket, too */
	static const uint64_t values[] = {
	    0, 1, 63, 64, 127, 128, 1000, 123456789, UINT64_C(1) << 60};

	histogram_add(&histogram, values[_i]);
	ck_assert_uint_eq(histogram.max, values[_i]);
	ck_assert_uint_eq(histogram_quantile(&histogram, 1), values[_i]);
	if (_i < 8)
		ck_assert_uint_eq(
		    histogram_quantile(&histogram, 0.001), values[_i]);
}
END_TEST

/* Each value lies in a bucket that ends at most 1/64 above it. */
START_TEST(buckets_are_narrow)
{
	for (uint64_t value = 0; value < UINT64_C(1) << 40;
	     value += 1 + value / 1000) {
		uint64_t found;

		setup();
		histogram_add(&histogram, value);
		histogram_add(&histogram, UINT64_C(1) << 41);
		found = histogram_quantile(&histogram, 0.5);
		ck_assert_uint_ge(found, value);
		ck_assert_uint_le(found - value, value / 64);
	}
}
END_TEST

START_TEST(quantiles_count_values)
{
	for (uint64_t value = 1; value <= 100; value++)
		histogram_add(&histogram, value);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.01), 1);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), 50);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.9), 90);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.901), 91);
	ck_assert_uint_eq(histogram_quantile(&histogram, 1), 100);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("histogram");
	TCase *tcase = tcase_create("histogram");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, empty_one_has_no_quantiles);
	tcase_add_loop_test(tcase, one_value_is_all_quantiles, 0, 9);
	tcase_add_test(tcase, buckets_are_narrow);
	tcase_add_test(tcase, quantiles_count_values);
	suite_add_tcase(suite, tcase);
	return suite;
}
