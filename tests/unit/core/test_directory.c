/* The directory of live sessions: exact to the generation, and readable while
 * its worker writes, for which the case with a thread is. */
#include "core/directory.h"

#include <pthread.h>

#include "tests/unit/harness.h"

enum { LAST = DIRECTORY_SLOTS - 1, READER_ROUNDS = 20000 };

static struct directory directory;

static void
teardown(void)
{
	directory_release(&directory);
	directory_release(&directory);
}

static void
enter(uint32_t slot, uint32_t generation)
{
	ck_assert_int_eq(directory_enter(&directory, slot, generation), 0);
}

START_TEST(only_the_session_in_the_slot_is_there)
{
	static const uint32_t slots[] = {
	    0, 1, DIRECTORY_CHUNK_SLOTS - 1, DIRECTORY_CHUNK_SLOTS, LAST};

	for (size_t i = 0; i < ARRAY_LENGTH(slots); i++) {
		ck_assert(!directory_has(&directory, slots[i], 7));
		enter(slots[i], 7);
		ck_assert(directory_has(&directory, slots[i], 7));
		ck_assert(!directory_has(&directory, slots[i], 6));
		directory_clear(&directory, slots[i]);
		ck_assert(!directory_has(&directory, slots[i], 7));
	}
}
END_TEST

START_TEST(nobody_has_generation_0)
{
	ck_assert(!directory_has(&directory, 1, 0));
	enter(0, 1);
	ck_assert(!directory_has(&directory, 1, 0));
	ck_assert(!directory_has(&directory, LAST, 0));
}
END_TEST

START_TEST(neighbours_do_not_mind)
{
	enter(10, UINT32_MAX);
	enter(11, 1);
	enter(10 + DIRECTORY_CHUNK_SLOTS, 2);
	directory_clear(&directory, 11);
	ck_assert(directory_has(&directory, 10, UINT32_MAX));
	ck_assert(directory_has(&directory, 10 + DIRECTORY_CHUNK_SLOTS, 2));
	enter(10, 3);
	ck_assert(!directory_has(&directory, 10, UINT32_MAX));
	ck_assert(directory_has(&directory, 10, 3));
}
END_TEST

static atomic_uint told; /* the newest generation that has been entered */

/* Whatever was told can be found, in slots that grow. */
static void *
read_all(void *missing)
{
	unsigned generation = 0;

	while (generation < READER_ROUNDS) {
		generation = atomic_load(&told);
		if (generation > 0 &&
		    !directory_has(&directory, generation, generation))
			return missing;
		if (directory_has(&directory, generation, generation + 1))
			return missing;
	}
	return NULL;
}

START_TEST(another_thread_finds_what_it_was_told_of)
{
	pthread_t reader;
	void *failed;

	atomic_init(&told, 0);
	ck_assert_int_eq(
	    pthread_create(&reader, NULL, read_all, &directory), 0);
	for (unsigned i = 1; i <= READER_ROUNDS; i++) {
		enter(i, i);
		atomic_store(&told, i);
	}
	ck_assert_int_eq(pthread_join(reader, &failed), 0);
	ck_assert_ptr_null(failed);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("directory");
	TCase *tcase = tcase_create("slots");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, only_the_session_in_the_slot_is_there);
	tcase_add_test(tcase, nobody_has_generation_0);
	tcase_add_test(tcase, neighbours_do_not_mind);
	tcase_add_test(tcase, another_thread_finds_what_it_was_told_of);
	suite_add_tcase(suite, tcase);
	return suite;
}
