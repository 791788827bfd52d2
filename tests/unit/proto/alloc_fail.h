/*
 * Counts the allocations of the code under test and lets one of them fail.
 * Programs that use it link alloc_fail.c with
 *	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 * and, where the code copies strings, with --wrap=strdup or --wrap=strndup.
 */
#ifndef FRAMED_TESTS_ALLOC_FAIL_H
#define FRAMED_TESTS_ALLOC_FAIL_H

#include <stddef.h>

/*
 * Starts to count at 0; the n-th allocation from here on returns NULL, once,
 * with ENOMEM.
 * With n = 0 none fails. A test should assert nothing before alloc_fail_stop():
 * the framework allocates too.
 */
void alloc_fail_start(size_t n);

/* Ends that. Returns how many allocations there were, the failed one too. */
size_t alloc_fail_stop(void);

#endif
