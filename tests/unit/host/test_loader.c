/*
 * Opening modules, and refusing those that do not fit.
 *
 * The modules are tests/unit/host/modules/NAME.c, each built as a shared object
 * NAME.so in one folder, which TEST_MODULE_DIR names.
 */
#include "host/loader.h"

#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/settings.h"
#include "tests/unit/harness.h"
#include "tests/unit/host/support.h"

static char error[512];

static struct module *
open_module(const char *name)
{
	memset(error, 0, sizeof(error));
	return module_open(
	    TEST_MODULE_DIR, name, &support_host, error, sizeof(error));
}

static bool
is_mapped(const char *name)
{
	char wanted[64], line[PATH_MAX + 128];
	FILE *maps = fopen("/proc/self/maps", "r");
	bool is_found = false;

	ck_assert_ptr_nonnull(maps);
	snprintf(wanted, sizeof(wanted), "/memfd:%s.so ", name);
	while (!is_found && fgets(line, sizeof(line), maps) != NULL)
		is_found = strstr(line, wanted) != NULL;
	ck_assert_int_eq(fclose(maps), 0);
	return is_found;
}

START_TEST(opens_a_module_that_fits)
{
	struct module *module = open_module("good");

	ck_assert_msg(module != NULL, "%s", error);
	ck_assert_str_eq(module->name, "good");
	ck_assert_str_eq(module->api.name, "good");
	ck_assert_str_eq(module->api.version, "1.2.3");
	ck_assert_uint_eq(module->api.session_size, MODULE_SESSION_MAX_BYTES);
	ck_assert(module->api.load != NULL);
	ck_assert(module->api.on_message == NULL);
	ck_assert(is_mapped("good"));
	module_close(&module);
	ck_assert_ptr_null(module);
	ck_assert(!is_mapped("good"));
}
END_TEST

START_TEST(hands_its_host_to_the_module)
{
	const struct conf_endpoint endpoint = {.module = TEXT("good")};
	const struct framed_settings settings = {.endpoint = &endpoint};
	struct module *module = open_module("good");
	void *instance = NULL;

	ck_assert_msg(module != NULL, "%s", error);
	support_log_clear();
	ck_assert_int_eq(
	    module->api.load(&settings, &instance, error, sizeof(error)), 0);
	module->api.unload(instance);
	ck_assert_str_eq(support_log(), "load hall\nunload hall\n");
	module_close(&module);
}
END_TEST

START_TEST(reads_an_older_struct_up_to_its_end)
{
	struct module *module = open_module("older");

	ck_assert_msg(module != NULL, "%s", error);
	ck_assert_str_eq(module->api.version, "0.9");
	ck_assert(module->api.on_open != NULL);
	ck_assert(module->api.on_writable == NULL);
	module_close(&module);
}
END_TEST

static const struct {
	const char *name;
	const char *error;
} misfits[] = {
    {"other_major", "module \"other_major\" has ABI 2.0, this host has 1.3"},
    {"newer_minor", "module \"newer_minor\" has ABI 1.4, this host has 1.3"},
    {"wrong_magic",
        "module \"wrong_magic\" has magic 0x998d929b, this host has "
        "0x66726d64"},
    {"no_name", "module \"no_name\" does not tell its name"},
    {"no_version", "module \"no_version\" does not tell its version"},
    {"greedy",
        "module \"greedy\" has a session_size of 1048577 bytes, at most "
        "1048576 are given"},
    {"no_symbol", "module \"no_symbol\" has no symbol framed_module_entry"},
    {"no_struct", "module \"no_struct\" gave no struct"},
};

START_TEST(refuses_a_module_that_does_not_fit)
{
	ck_assert_ptr_null(open_module(misfits[_i].name));
	ck_assert_str_eq(error, misfits[_i].error);
	ck_assert(!is_mapped(misfits[_i].name));
}
END_TEST

/* As a host of ABI 1.0 would: what it has is what must fit. */
START_TEST(an_older_host_refuses_a_module_of_today)
{
	struct framed_host host = support_host;
	char expected[128];

	host.abi_minor = FRAMED_ABI_MINOR - 1;
	snprintf(expected, sizeof(expected),
	    "module \"plain\" has ABI %d.%d, this host has %d.%d",
	    FRAMED_ABI_MAJOR, FRAMED_ABI_MINOR, FRAMED_ABI_MAJOR,
	    FRAMED_ABI_MINOR - 1);
	ck_assert_ptr_null(
	    module_open(TEST_MODULE_DIR, "plain", &host, error, sizeof(error)));
	ck_assert_str_eq(error, expected);
}
END_TEST

/* Tables of other hosts, by what their size says they have. The first three
 * fields stay where they are in every major version. */
static const struct {
	uint16_t major, minor;
	size_t size;
} tables[] = {
    {FRAMED_ABI_MAJOR, 0, offsetof(struct framed_host, send_keyed)},
    {FRAMED_ABI_MAJOR, 0, offsetof(struct framed_host, log)},
    {FRAMED_ABI_MAJOR + 1, 0, offsetof(struct framed_host, group)},
};

/* Puts the table at the end of memory: to read on is to crash. */
START_TEST(the_entry_reads_no_more_than_the_host_has)
{
	const struct framed_module *(*entry)(const struct framed_host *);
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = tables[_i].size;
	struct framed_host host = support_host;
	char *pages;
	void *handle;

	host.size = (uint32_t)size;
	host.abi_major = tables[_i].major;
	host.abi_minor = tables[_i].minor;
	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
	memcpy(pages + page - size, &host, size);

	handle = dlopen(TEST_MODULE_DIR "/plain.so", RTLD_NOW | RTLD_LOCAL);
	ck_assert_ptr_nonnull(handle);
	entry =
	    (const struct framed_module *(*)(const struct framed_host *))dlsym(
	        handle, "framed_module_entry");
	ck_assert_uint_eq(
	    entry(
	        (const struct framed_host *)(const void *)(pages + page - size))
	        ->abi_minor,
	    FRAMED_ABI_MINOR);
	dlclose(handle);
	munmap(pages, 2 * page);
}
END_TEST

START_TEST(opens_a_file_wherever_it_is)
{
	struct module *module;

	ck_assert_int_eq(chdir(TEST_MODULE_DIR), 0);
	module =
	    module_open_file("plain.so", &support_host, error, sizeof(error));
	ck_assert_msg(module != NULL, "%s", error);
	ck_assert_str_eq(module->name, "plain");
	module_close(&module);
}
END_TEST

START_TEST(refuses_a_struct_without_room_for_a_version)
{
	char expected[128];

	snprintf(expected, sizeof(expected),
	    "module \"too_short\" has a struct of %zu bytes, expected at "
	    "least %zu",
	    offsetof(struct framed_module, version),
	    offsetof(struct framed_module, check));
	ck_assert_ptr_null(open_module("too_short"));
	ck_assert_str_eq(error, expected);
	ck_assert(!is_mapped("too_short"));
}
END_TEST

/* The configuration's check has let no such name pass. */
START_TEST(a_name_that_leads_elsewhere_ends_the_process)
{
	(void)open_module("../modules/good");
}
END_TEST

START_TEST(names_the_file_that_is_not_there)
{
	ck_assert_ptr_null(open_module("absent"));
	ck_assert_str_eq(error,
	    "module \"absent\" cannot be opened: " TEST_MODULE_DIR
	    "/absent.so: No such file or directory");
}
END_TEST

START_TEST(refuses_a_file_that_is_no_shared_object)
{
	static const char start[] = "module \"text\" cannot be opened: ";
	char directory[] = "/tmp/framed-loader-XXXXXX";
	char path[sizeof(directory) + sizeof("/text.so")];
	FILE *file;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/text.so", directory);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs("I should like to be a module.\n", file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_ptr_null(module_open(
	    directory, "text", &support_host, error, sizeof(error)));
	ck_assert_int_eq(strncmp(error, start, strlen(start)), 0);
	ck_assert_ptr_nonnull(strstr(error, path));
	unlink(path);
	rmdir(directory);
}
END_TEST

START_TEST(refuses_a_path_beyond_what_the_system_takes)
{
	char directory[PATH_MAX];

	memset(directory, 'd', sizeof(directory) - 1);
	directory[0] = '/';
	directory[sizeof(directory) - 1] = '\0';
	ck_assert_ptr_null(module_open(
	    directory, "good", &support_host, error, sizeof(error)));
	ck_assert_str_eq(error, "the path of module \"good\" is too long");
}
END_TEST

START_TEST(cuts_its_sentence_to_the_room_given)
{
	char small[8] = "1234567";

	ck_assert_ptr_null(module_open(TEST_MODULE_DIR, "other_major",
	    &support_host, small, sizeof(small)));
	ck_assert_str_eq(small, "module ");
}
END_TEST

START_TEST(closes_nothing_given_nothing)
{
	struct module *module = NULL;

	module_close(&module);
	ck_assert_ptr_null(module);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("loader");
	TCase *tcase = tcase_create("loader");

	tcase_add_test(tcase, opens_a_module_that_fits);
	tcase_add_test(tcase, hands_its_host_to_the_module);
	tcase_add_test(tcase, reads_an_older_struct_up_to_its_end);
	tcase_add_loop_test(tcase, refuses_a_module_that_does_not_fit, 0,
	    (int)ARRAY_LENGTH(misfits));
	tcase_add_test(tcase, an_older_host_refuses_a_module_of_today);
	tcase_add_loop_test(tcase, the_entry_reads_no_more_than_the_host_has, 0,
	    (int)ARRAY_LENGTH(tables));
	tcase_add_test(tcase, opens_a_file_wherever_it_is);
	tcase_add_test(tcase, refuses_a_struct_without_room_for_a_version);
	tcase_add_test_raise_signal(
	    tcase, a_name_that_leads_elsewhere_ends_the_process, SIGABRT);
	tcase_add_test(tcase, names_the_file_that_is_not_there);
	tcase_add_test(tcase, refuses_a_file_that_is_no_shared_object);
	tcase_add_test(tcase, refuses_a_path_beyond_what_the_system_takes);
	tcase_add_test(tcase, cuts_its_sentence_to_the_room_given);
	tcase_add_test(tcase, closes_nothing_given_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
