/* Stands before the C library's allocator, with the linker's --wrap. */
#include "tests/unit/proto/alloc_fail.h"

#include <stdbool.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

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
	return watch.is_on && ++watch.count == watch.failing;
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
