#define _POSIX_C_SOURCE 200809L

#include "tests/unit/conf/text_file.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/load.h"

enum { FILES_MAX = 16 };

static char folder[64];
static int folder_before = -1;
static char *names[FILES_MAX];
static size_t name_count;

void
text_file_enter(void)
{
	strcpy(folder, "/tmp/framed-conf-XXXXXX");
	folder_before = open(".", O_RDONLY | O_DIRECTORY);
	ck_assert_int_ne(folder_before, -1);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(mkdir("sub", 0700), 0);
}

void
text_file_leave(void)
{
	while (name_count > 0) {
		unlink(names[--name_count]);
		free(names[name_count]);
	}
	rmdir("sub");
	ck_assert_int_eq(fchdir(folder_before), 0);
	close(folder_before);
	ck_assert_int_eq(rmdir(folder), 0);
}

void
text_file_write_bytes(const char *name, const void *bytes, size_t length)
{
	FILE *stream = fopen(name, "w");

	ck_assert_ptr_nonnull(stream);
	ck_assert_uint_eq(fwrite(bytes, 1, length, stream), length);
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_uint_lt(name_count, FILES_MAX);
	names[name_count++] = strdup(name);
}

void
text_file_write(const char *name, const char *text)
{
	text_file_write_bytes(name, text, strlen(text));
}

static unsigned
count_lines(const char *text)
{
	unsigned count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

struct conf *
text_file_load(const char *name, char **complaints_out)
{
	struct conf_report report = {.count = 0};
	struct conf *conf;
	size_t length;

	report.stream = open_memstream(complaints_out, &length);
	ck_assert_ptr_nonnull(report.stream);
	conf = conf_load(name, &report);
	ck_assert_int_eq(fclose(report.stream), 0);
	/* beyond a hundred, one line stands for all */
	ck_assert_uint_eq(report.count > 101 ? 101 : report.count,
	    count_lines(*complaints_out));
	ck_assert_int_eq(conf == NULL, report.count > 0);
	return conf;
}

void
text_file_assert_refused(const char *name, const char *complaints)
{
	char *said;

	ck_assert_ptr_null(text_file_load(name, &said));
	ck_assert_str_eq(said, complaints);
	free(said);
}

struct conf *
text_file_load_good(const char *name)
{
	char *complaints;
	struct conf *conf = text_file_load(name, &complaints);

	ck_assert_str_eq(complaints, "");
	free(complaints);
	return conf;
}

char *
text_file_print(const struct conf *conf)
{
	char *text;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(conf_print(conf, stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
	return text;
}
