/* Stands before the C library's allocator, with the linker's --wrap. */
#include "tests/unit/proto/alloc_fail.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length_max);

static struct {
	bool is_on;
	size_t count;
	size_t failing; /* number of the one that fails, from 1; 0: none */
} watch;

void
alloc_fail_start(size_t n)
{
	watch.is_on = true;
	watch.count = 0;
	watch.failing = n;
}

size_t
alloc_fail_stop(void)
{
	watch.is_on = false;
	return watch.count;
}

static bool
is_failing(void)
{
	if (!watch.is_on || ++watch.count != watch.failing)
		return false;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return is_failing() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return is_failing() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return is_failing() ? NULL : __real_realloc(old, size);
}

/* The C library's would allocate out of our sight. */
char *
__wrap_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);

	return copy == NULL ? NULL : memcpy(copy, text, size);
}

char *
__wrap_strndup(const char *text, size_t length_max)
{
	size_t length = strnlen(text, length_max);
	char *copy = malloc(length + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}
