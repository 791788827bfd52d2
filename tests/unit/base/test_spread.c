/* Places that lie evenly, however many there are. */
#include "base/spread.h"

#include "base/guard.h"
#include "tests/unit/harness.h"

enum { RANGE = 10000, TENTHS = 10 };

static const uint32_t beginnings[] = {
    0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 123456789};

START_TEST(any_number_of_places_is_even)
{
	static const unsigned counts[] = {10, 57, 100, 1000, 54321};

	for (size_t c = 0; c < ARRAY_LENGTH(counts); c++) {
		struct spread spread = {beginnings[_i]};
		unsigned seen[TENTHS] = {0}, count = counts[c];

		for (unsigned i = 0; i < count; i++) {
			uint32_t place = spread_next(&spread, RANGE);

			ck_assert_uint_lt(place, RANGE);
			seen[place * TENTHS / RANGE]++;
		}
		for (unsigned i = 0; i < TENTHS; i++) {
			ck_assert_uint_ge(seen[i] + 3, count / TENTHS);
			ck_assert_uint_le(seen[i], count / TENTHS + 3);
		}
	}
}
END_TEST

START_TEST(successive_places_are_far_from_each_other)
{
	struct spread spread = {beginnings[_i]};
	uint32_t before = spread_next(&spread, RANGE);

	for (unsigned i = 0; i < 1000; i++) {
		uint32_t place = spread_next(&spread, RANGE);
		uint32_t apart =
		    place > before ? place - before : before - place;

		ck_assert_uint_gt(apart, RANGE / 3);
		before = place;
	}
}
END_TEST

START_TEST(no_range_and_the_widest_one)
{
	struct spread spread = {beginnings[_i]};
	unsigned high = 0;

	for (unsigned i = 0; i < 100; i++)
		ck_assert_uint_eq(spread_next(&spread, 0), 0);
	for (unsigned i = 0; i < 100; i++)
		high += spread_next(&spread, UINT32_MAX) > UINT32_MAX / 2;
	ck_assert_uint_ge(high, 47);
	ck_assert_uint_le(high, 53);
}
END_TEST

Suite *
test_suite(void)
{
	const int count = (int)ARRAY_LENGTH(beginnings);
	Suite *suite = suite_create("spread");
	TCase *tcase = tcase_create("spread");

	tcase_add_loop_test(tcase, any_number_of_places_is_even, 0, count);
	tcase_add_loop_test(
	    tcase, successive_places_are_far_from_each_other, 0, count);
	tcase_add_loop_test(tcase, no_range_and_the_widest_one, 0, count);
	suite_add_tcase(suite, tcase);
	return suite;
}
