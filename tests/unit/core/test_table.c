/* Session blocks by slot: found by number, used again, given back in slabs. */
#include "core/table.h"

#include "tests/unit/harness.h"

enum { MANY = 64 * 5 };

static struct table table;
static struct session *taken[MANY];

static void
setup(void)
{
	for (uint32_t i = 0; i < MANY; i++) {
		taken[i] = table_take(&table);
		ck_assert_ptr_nonnull(taken[i]);
	}
}

static void
teardown(void)
{
	for (uint32_t i = 0; i < MANY; i++)
		if (taken[i] != NULL)
			table_free(&table, &taken[i]);
	ck_assert_uint_eq(table.live, 0);
	table_release(&table);
}

START_TEST(slots_count_from_0_and_lead_to_their_block)
{
	ck_assert_uint_eq(table.live, MANY);
	ck_assert_uint_eq(table_slots(&table), MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		ck_assert_uint_eq(taken[i]->slot, i);
		ck_assert_ptr_eq(table_get(&table, i), taken[i]);
	}
}
END_TEST

START_TEST(free_slots_lead_nowhere)
{
	table_free(&table, &taken[70]);
	ck_assert_ptr_null(taken[70]);
	ck_assert_ptr_null(table_get(&table, 70));
	ck_assert_ptr_null(table_get(&table, MANY));
	ck_assert_ptr_null(table_get(&table, UINT32_MAX));
	ck_assert_uint_eq(table.live, MANY - 1);
}
END_TEST

START_TEST(lowest_free_slot_is_taken_again_and_zeroed)
{
	struct session *old = taken[130];

	old->magic = SESSION_MAGIC;
	old->messages_in = 17;
	table_free(&table, &taken[200]);
	table_free(&table, &taken[130]);
	/* who still has the pointer is stopped by the magic */
	ck_assert_uint_ne(old->magic, SESSION_MAGIC);
	taken[130] = table_take(&table);
	ck_assert_ptr_eq(taken[130], old);
	ck_assert_uint_eq(taken[130]->slot, 130);
	ck_assert_uint_eq(taken[130]->messages_in, 0);
	taken[200] = table_take(&table);
	ck_assert_uint_eq(taken[200]->slot, 200);
	ck_assert_uint_eq(table_slots(&table), MANY);
}
END_TEST

START_TEST(empty_slabs_are_given_back_but_the_first)
{
	for (uint32_t i = 0; i < 192; i++)
		table_free(&table, &taken[i]);
	ck_assert_ptr_nonnull(table.slabs[0]);
	ck_assert_ptr_null(table.slabs[1]);
	ck_assert_ptr_null(table.slabs[2]);
	ck_assert_ptr_nonnull(table.slabs[3]);
	ck_assert_ptr_null(table_get(&table, 100));
	for (uint32_t i = 0; i < 192; i++) {
		taken[i] = table_take(&table);
		ck_assert_uint_eq(taken[i]->slot, i);
	}
}
END_TEST

START_TEST(slab_stays_while_one_block_of_it_is_used)
{
	for (uint32_t i = 64; i < 127; i++)
		table_free(&table, &taken[i]);
	ck_assert_ptr_eq(table_get(&table, 127), taken[127]);
	table_free(&table, &taken[127]);
	ck_assert_ptr_null(table.slabs[1]);
}
END_TEST

START_TEST(full_slabs_are_not_searched_again)
{
	ck_assert_uint_eq(table.hint, MANY / 64 - 1);
	table_free(&table, &taken[65]);
	ck_assert_uint_eq(table.hint, 1);
	taken[65] = table_take(&table);
	table_free(&table, &taken[300]);
	taken[300] = table_take(&table);
	ck_assert_uint_eq(taken[300]->slot, 300);
	ck_assert_uint_eq(table.hint, 4);
}
END_TEST

/* The pointers to the slabs grow at each 256th. */
START_TEST(grows_past_the_first_pointers)
{
	enum { SLOTS = 64 * 257 };
	struct table large = {0};

	for (uint32_t i = 0; i < SLOTS; i++)
		ck_assert_ptr_nonnull(table_take(&large));
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct session *session = table_get(&large, i);

		ck_assert_ptr_nonnull(session);
		ck_assert_uint_eq(session->slot, i);
		table_free(&large, &session);
	}
	table_release(&large);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("table");
	TCase *tcase = tcase_create("slots");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, slots_count_from_0_and_lead_to_their_block);
	tcase_add_test(tcase, free_slots_lead_nowhere);
	tcase_add_test(tcase, lowest_free_slot_is_taken_again_and_zeroed);
	tcase_add_test(tcase, empty_slabs_are_given_back_but_the_first);
	tcase_add_test(tcase, slab_stays_while_one_block_of_it_is_used);
	tcase_add_test(tcase, full_slabs_are_not_searched_again);
	tcase_add_test(tcase, grows_past_the_first_pointers);
	suite_add_tcase(suite, tcase);
	return suite;
}
