/*
 * Configurations: what comes before the first byte 0xff is the main file, what
 * comes after it the file "b", which the main one may include. What loads must
 * print, and the print must load and print to the same text. Inputs run in a
 * temporary folder, where libFuzzer would also put what crashed: give it an
 * absolute -artifact_prefix.
 */
#undef NDEBUG
#define _POSIX_C_SOURCE 200809L

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "conf/load.h"

enum { SEPARATOR = 0xff };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

static const char main_file[] = "a", other_file[] = "b";
static char folder[] = "/tmp/framed-fuzz-XXXXXX";
static int folder_before = -1;

/* libconfig loses the string that it has collected when a syntax error comes
 * behind it. Asked for by LeakSanitizer, where that is. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

static void
remove_folder(void)
{
	rmdir(folder);
}

/* The first time it is made. Names are relative, lest libconfig find nothing
 * where it includes a file by itself. */
static void
enter_folder(void)
{
	if (folder_before == -1) {
		folder_before = open(".", O_RDONLY | O_DIRECTORY);
		assert(folder_before != -1);
		assert(mkdtemp(folder) != NULL);
		assert(atexit(remove_folder) == 0);
	}
	assert(chdir(folder) == 0);
}

static void
leave_folder(void)
{
	unlink(main_file);
	unlink(other_file);
	assert(fchdir(folder_before) == 0);
}

static void
write_file(const char *file, struct span text)
{
	FILE *stream = fopen(file, "w");

	assert(stream != NULL);
	if (text.length > 0)
		assert(fwrite(text.data, text.length, 1, stream) == 1);
	assert(fclose(stream) == 0);
}

/* Loads the main file; as it says, NULL goes with complaints. */
static struct conf *
load(FILE *complaints)
{
	struct conf_report report = {.stream = complaints};
	struct conf *conf = conf_load(main_file, &report);

	assert((conf == NULL) == (report.count > 0));
	return conf;
}

/* Prints conf into memory that the caller frees. */
static struct span
print(const struct conf *conf)
{
	char *text;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert(stream != NULL);
	assert(conf_print(conf, stream) == 0);
	assert(fclose(stream) == 0);
	return span_from(text, length);
}

/* conf has come from the main file, which is written anew. */
static void
print_and_load(const struct conf *conf)
{
	struct span first = print(conf), second;
	struct conf *again;

	write_file(main_file, first);
	again = load(stderr);
	assert(again != NULL);
	second = print(again);
	assert(span_is_equal(first, second));
	conf_free(&again);
	free((void *)(uintptr_t)first.data);
	free((void *)(uintptr_t)second.data);
}

/* Such input could name any file of this machine, terminals among them. */
static bool
leads_elsewhere(struct span text)
{
	static const char word[] = "@include";
	const uint8_t *end = text.data + text.length;

	for (const uint8_t *at = text.data; at < end; at++) {
		const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
		size_t rest = (size_t)((stop == NULL ? end : stop) - at);

		if (rest >= sizeof(word) - 1 &&
		    memcmp(at, word, sizeof(word) - 1) == 0 &&
		    memchr(at, '/', rest) != NULL)
			return true;
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_from(data, size), other = {NULL, 0};
	const uint8_t *separator =
	    size > 0 ? memchr(data, SEPARATOR, size) : NULL;
	FILE *complaints;
	struct conf *conf;

	if (leads_elsewhere(text))
		return 0;
	if (separator != NULL) {
		text.length = (size_t)(separator - data);
		other = span_from(separator + 1, size - text.length - 1);
	}
	enter_folder();
	write_file(main_file, text);
	write_file(other_file, other);
	complaints = fopen("/dev/null", "w");
	assert(complaints != NULL);
	conf = load(complaints);
	fclose(complaints);
	if (conf != NULL)
		print_and_load(conf);
	conf_free(&conf);
	leave_folder();
	return 0;
}
