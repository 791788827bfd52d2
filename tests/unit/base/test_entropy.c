#include "base/entropy.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/guard.h"
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

/* Key after key, through several fills of the pool. */
START_TEST(pool_gives_each_byte_once)
{
	static struct entropy_pool pool;
	uint32_t keys[1000];
	unsigned same = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
		uint32_t left = pool.left;

		entropy_take(&pool, &keys[i], sizeof(keys[i]));
		/* what was given out is forgotten */
		ck_assert_mem_eq(pool.bytes + pool.left, "\0\0\0", 4);
		if (left > 0)
			ck_assert_uint_eq(pool.left, left - 4);
		for (size_t k = 0; k < i; k++)
			same += keys[k] == keys[i];
	}
	ck_assert_uint_le(same, 1);
}
END_TEST

START_TEST(pool_is_filled_anew_for_what_it_lacks)
{
	static struct entropy_pool pool;
	uint8_t bytes[ENTROPY_POOL_BYTES];

	entropy_take(&pool, bytes, 200);
	entropy_take(&pool, bytes, 100);
	ck_assert_uint_eq(pool.left, ENTROPY_POOL_BYTES - 100);
	entropy_take(&pool, bytes, ENTROPY_POOL_BYTES);
	ck_assert_uint_eq(pool.left, 0);
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
	tcase_add_test(tcase, pool_gives_each_byte_once);
	tcase_add_test(tcase, pool_is_filled_anew_for_what_it_lacks);
	suite_add_tcase(suite, tcase);
	return suite;
}
