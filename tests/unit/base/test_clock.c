#define _POSIX_C_SOURCE 200809L

#include "base/clock.h"

#include <check.h>
#include <time.h>

#include "tests/unit/harness.h"

/* Our reading lies between two of the system's. */
START_TEST(now_is_the_monotonic_clock_in_milliseconds)
{
	struct timespec before, after;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &before);
	now = clock_now_ms();
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_uint_ge(now,
	    (uint64_t)before.tv_sec * 1000 +
	        (uint64_t)before.tv_nsec / 1000000);
	ck_assert_uint_le(now,
	    (uint64_t)after.tv_sec * 1000 + (uint64_t)after.tv_nsec / 1000000);
}
END_TEST

START_TEST(wall_is_the_calendar_in_seconds)
{
	struct timespec before, after;
	int64_t wall;

	clock_gettime(CLOCK_REALTIME, &before);
	wall = clock_wall_s();
	clock_gettime(CLOCK_REALTIME, &after);
	ck_assert_int_ge(wall, before.tv_sec);
	ck_assert_int_le(wall, after.tv_sec);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("clock");
	TCase *tc = tcase_create("clock");

	tcase_add_test(tc, now_is_the_monotonic_clock_in_milliseconds);
	tcase_add_test(tc, wall_is_the_calendar_in_seconds);
	suite_add_tcase(suite, tc);
	return suite;
}
