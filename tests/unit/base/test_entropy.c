#include "base/entropy.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "tests/unit/harness.h"

/* More than the kernel gives at once to a process with signals pending. */
enum { MANY = 4096 };

START_TEST(fills_all_and_no_more)
{
	uint8_t bytes[MANY + 1] = {0};
	unsigned zeros = 0;

	entropy_fill(bytes, MANY);
	for (size_t i = 0; i < MANY; i++)
		zeros += bytes[i] == 0;
	/* 16 are likely, 100 are not in the life of this world */
	ck_assert_uint_lt(zeros, 100);
	ck_assert_uint_eq(bytes[MANY], 0);
}
END_TEST

START_TEST(never_fills_twice_the_same)
{
	uint8_t one[16], other[16];

	entropy_fill(one, sizeof(one));
	entropy_fill(other, sizeof(other));
	ck_assert_mem_ne(one, other, sizeof(one));
}
END_TEST

START_TEST(fills_nothing_given_no_room)
{
	uint8_t byte = 7;

	entropy_fill(&byte, 0);
	ck_assert_uint_eq(byte, 7);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("entropy");
	TCase *tcase = tcase_create("bytes");

	tcase_add_test(tcase, fills_all_and_no_more);
	tcase_add_test(tcase, never_fills_twice_the_same);
	tcase_add_test(tcase, fills_nothing_given_no_room);
	suite_add_tcase(suite, tcase);
	return suite;
}
