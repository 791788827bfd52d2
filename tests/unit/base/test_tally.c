/* Counting up to a limit, with several holders. */
#include "base/tally.h"

#include "tests/unit/harness.h"

START_TEST(counts_up_to_the_limit_of_each_holder)
{
	struct tally *tally = tally_new();
	struct tally *other = tally_hold(tally);

	ck_assert(tally_enter(tally, 1));
	ck_assert(!tally_enter(tally, 1));
	ck_assert(tally_enter(other, 2));
	ck_assert(!tally_enter(other, 2));
	tally_release_hold(&tally);
	ck_assert_ptr_null(tally);
	tally_leave(other);
	ck_assert(tally_enter(other, 2));
	ck_assert(!tally_enter(other, 0));
	ck_assert_uint_eq(atomic_load(&other->count), 2);
	tally_release_hold(&other);
	tally_release_hold(&other);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("tally");
	TCase *tcase = tcase_create("tally");

	tcase_add_test(tcase, counts_up_to_the_limit_of_each_holder);
	suite_add_tcase(suite, tcase);
	return suite;
}
