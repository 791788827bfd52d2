/*
 * What every unit test shares: a test file defines test_suite(), and the
 * harness's main() runs it and reports in TAP on standard output. CK_FORK=no
 * in the environment runs all cases in one process, for a debugger.
 */
#ifndef FRAMED_TESTS_UNIT_HARNESS_H
#define FRAMED_TESTS_UNIT_HARNESS_H

#include <check.h>

/* Makes the suite of this program. The runner takes and frees it. */
Suite *test_suite(void);

#endif
