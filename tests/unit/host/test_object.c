/* Files that are no shared objects for this machine, whole: each is refused by
 * its own words, and none is waited for or crashed over. */
#include "host/object.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/harness.h"

#define GOOD TEST_MODULE_DIR "/good.so"

static char directory[] = "/tmp/framed-object-XXXXXX";
static char path[sizeof(directory) + sizeof("/it.so")];
static char error[512];
static struct object object;
static unsigned char *good;
static size_t good_length;

static void
setup(void)
{
	FILE *file = fopen(GOOD, "rb");
	struct stat status;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fstat(fileno(file), &status), 0);
	good_length = (size_t)status.st_size;
	good = malloc(good_length);
	ck_assert_ptr_nonnull(good);
	ck_assert_uint_eq(fread(good, 1, good_length, file), good_length);
	ck_assert_int_eq(fclose(file), 0);
	strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/it.so", directory);
}

static void
teardown(void)
{
	remove(path);
	rmdir(directory);
	free(good);
}

/* Writes the first bytes of what is in `good`. */
static void
write_good(size_t length)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(good, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
}

/* Fails the test unless the file is refused with this behind its path. */
static void
expect_refusal(const char *why)
{
	char expected[512];

	error[0] = '\0';
	snprintf(expected, sizeof(expected), "%s: %s", path, why);
	ck_assert_int_eq(object_open(&object, path, error, sizeof(error)), -1);
	ck_assert_str_eq(error, expected);
}

static void
open_good(struct object *one)
{
	ck_assert_msg(
	    object_open(one, path, error, sizeof(error)) == 0, "%s", error);
}

START_TEST(opens_what_is_whole)
{
	write_good(good_length);
	open_good(&object);
	ck_assert_ptr_nonnull(dlsym(object.handle, "framed_module_entry"));
	object_close(&object);
	object_close(&object);
}
END_TEST

static void *
entry_of(const struct object *one)
{
	return dlsym(one->handle, "framed_module_entry");
}

START_TEST(each_opening_is_an_object_of_its_own)
{
	struct object other;

	write_good(good_length);
	open_good(&object);
	open_good(&other);
	ck_assert_ptr_ne(entry_of(&object), entry_of(&other));
	/* overwritten in place, which would pull the code from under us */
	memset(good, 0, good_length);
	write_good(good_length);
	ck_assert_int_eq(memcmp(entry_of(&object), entry_of(&other), 4), 0);
	object_close(&other);
	object_close(&object);
}
END_TEST

START_TEST(waits_for_nobody_to_write_to_a_fifo)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	expect_refusal("is not a regular file");
}
END_TEST

START_TEST(refuses_a_directory)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
	expect_refusal("is not a regular file");
}
END_TEST

START_TEST(names_what_the_system_says)
{
	expect_refusal(strerror(ENOENT));
}
END_TEST

START_TEST(refuses_what_is_no_elf)
{
	memset(good, 'x', good_length);
	write_good(good_length);
	expect_refusal("is not a shared object");
	write_good(0);
	expect_refusal("is not a shared object");
}
END_TEST

START_TEST(refuses_what_is_for_another_machine)
{
	char expected[256];
	Elf64_Half machine;

	/* e_machine stands at one place in files of 32 and 64 bits */
	memcpy(
	    &machine, good + offsetof(Elf64_Ehdr, e_machine), sizeof(machine));
	good[offsetof(Elf64_Ehdr, e_machine)] ^= 1;
	write_good(good_length);
	snprintf(expected, sizeof(expected),
	    "is for another machine: ELF class %u, data %u, machine %u; this "
	    "host has %u, %u, %u",
	    good[EI_CLASS], good[EI_DATA], machine ^ 1u, good[EI_CLASS],
	    good[EI_DATA], machine);
	expect_refusal(expected);
}
END_TEST

/* One that lacks the end of its section headers only may well load. */
START_TEST(survives_a_file_cut_anywhere)
{
	for (size_t length = 0; length < good_length;
	     length += good_length / 64 + 1) {
		write_good(length);
		if (object_open(&object, path, error, sizeof(error)) == -1)
			ck_assert_ptr_nonnull(strstr(error, path));
		object_close(&object);
	}
}
END_TEST

START_TEST(says_how_much_of_a_cut_file_is_missing)
{
	write_good(4096);
	ck_assert_int_eq(object_open(&object, path, error, sizeof(error)), -1);
	ck_assert_msg(strstr(error, ": was cut: a segment has ") != NULL &&
	        strstr(error, ", the file has 4096 in all") != NULL,
	    "%s", error);
	write_good(100);
	expect_refusal("was cut in its headers");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("object");
	TCase *tcase = tcase_create("object");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, opens_what_is_whole);
	tcase_add_test(tcase, each_opening_is_an_object_of_its_own);
	tcase_add_test(tcase, waits_for_nobody_to_write_to_a_fifo);
	tcase_add_test(tcase, refuses_a_directory);
	tcase_add_test(tcase, names_what_the_system_says);
	tcase_add_test(tcase, refuses_what_is_no_elf);
	tcase_add_test(tcase, refuses_what_is_for_another_machine);
	tcase_add_test(tcase, survives_a_file_cut_anywhere);
	tcase_add_test(tcase, says_how_much_of_a_cut_file_is_missing);
	suite_add_tcase(suite, tcase);
	return suite;
}
