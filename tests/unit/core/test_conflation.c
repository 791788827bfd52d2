/* The table of keys: finds what is in it, and no other, whatever collides. */
#include "core/conflation.h"

#include "core/queue.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/random.h"

enum { PLACES = 64, ROUNDS = 20000 };

static const uint64_t seed = 7;

static struct conflation *conflation;
static struct packet packets[PLACES];
static struct queue_entry ring[PLACES];

static void
setup(void)
{
	conflation = conflation_new(PLACES);
	ck_assert_ptr_nonnull(conflation);
	for (uint32_t i = 0; i < PLACES; i++)
		ring[i].packet = &packets[i];
}

static void
teardown(void)
{
	conflation_free(&conflation);
	ck_assert_ptr_null(conflation);
	conflation_free(&conflation);
}

static void
add(uint32_t index, uint64_t key)
{
	packets[index].key = key;
	conflation_add(conflation, ring, index);
}

static uint32_t
find(uint64_t key)
{
	return conflation_find(conflation, ring, key);
}

START_TEST(every_value_is_a_key)
{
	static const uint64_t keys[] = {0, 1, UINT64_MAX, 1ull << 63};

	for (uint32_t i = 0; i < ARRAY_LENGTH(keys); i++) {
		ck_assert_uint_eq(find(keys[i]), CONFLATION_NONE);
		add(i, keys[i]);
	}
	for (uint32_t i = 0; i < ARRAY_LENGTH(keys); i++)
		ck_assert_uint_eq(find(keys[i]), i);
	conflation_remove(conflation, ring, 0);
	ck_assert_uint_eq(find(0), CONFLATION_NONE);
	ck_assert_uint_eq(find(1), 1);
}
END_TEST

START_TEST(takes_as_many_as_the_ring_has_places)
{
	for (uint32_t i = 0; i < PLACES; i++)
		add(i, i * 1000);
	for (uint32_t i = 0; i < PLACES; i++)
		ck_assert_uint_eq(find(i * 1000), i);
	ck_assert_uint_eq(find(1), CONFLATION_NONE);
	ck_assert_uint_ge(
	    conflation_held(conflation), PLACES * sizeof(uint32_t));
	ck_assert_uint_eq(conflation_held(NULL), 0);
}
END_TEST

/* The twin: looks at every place. */
static uint32_t
find_naively(const bool *is_used, uint64_t key)
{
	for (uint32_t i = 0; i < PLACES; i++)
		if (is_used[i] && packets[i].key == key)
			return i;
	return CONFLATION_NONE;
}

START_TEST(does_as_a_naive_table_would)
{
	struct random random = {seed};
	bool is_used[PLACES] = {false};

	for (unsigned step = 0; step < ROUNDS; step++) {
		uint32_t index = (uint32_t)random_below(&random, PLACES);
		/* few keys, so that most are there already */
		uint64_t key = random_below(&random, 2 * PLACES);

		ck_assert_msg(find(key) == find_naively(is_used, key),
		    "seed %llu, step %u", (unsigned long long)seed, step);
		if (is_used[index])
			conflation_remove(conflation, ring, index);
		else if (find(key) == CONFLATION_NONE)
			add(index, key);
		else
			continue;
		is_used[index] = !is_used[index];
	}
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("conflation");
	TCase *tcase = tcase_create("keys");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_value_is_a_key);
	tcase_add_test(tcase, takes_as_many_as_the_ring_has_places);
	tcase_add_test(tcase, does_as_a_naive_table_would);
	suite_add_tcase(suite, tcase);
	return suite;
}
