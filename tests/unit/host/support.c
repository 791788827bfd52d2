#include "tests/unit/host/support.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "host/settings.h"

static char log_text[4096];

void
complaints_init(struct complaints *complaints)
{
	memset(complaints, 0, sizeof(*complaints));
	complaints->report.stream =
	    open_memstream(&complaints->text, &complaints->length);
	ck_assert_ptr_nonnull(complaints->report.stream);
}

void
complaints_release(struct complaints *complaints)
{
	ck_assert_int_eq(fclose(complaints->report.stream), 0);
	free(complaints->text);
}

void
complaints_expect(struct complaints *complaints, const char *lines)
{
	unsigned count = 0;

	for (const char *c = lines; *c != '\0'; c++)
		count += *c == '\n';
	ck_assert_int_eq(fflush(complaints->report.stream), 0);
	ck_assert_str_eq(complaints->text, lines);
	ck_assert_uint_eq(complaints->report.count, count);
}

static const void *
no_group(const char *name)
{
	(void)name;
	return NULL;
}

static void PRINTF(2, 0)
    append_log(enum framed_level level, const char *format, va_list args)
{
	size_t length = strlen(log_text);

	(void)level;
	vsnprintf(log_text + length, sizeof(log_text) - length, format, args);
	length = strlen(log_text);
	ck_assert_uint_lt(length + 1, sizeof(log_text));
	memcpy(log_text + length, "\n", 2);
}

const char *
support_log(void)
{
	return log_text;
}

void
support_log_clear(void)
{
	log_text[0] = '\0';
}

const struct framed_host support_host = {
    .size = sizeof(struct framed_host),
    .abi_major = FRAMED_ABI_MAJOR,
    .abi_minor = FRAMED_ABI_MINOR,
    .group = no_group,
    .log = append_log,
    .setting_string = settings_string,
    .setting_int = settings_int,
    .setting_bool = settings_bool,
    .setting_float = settings_float,
};
