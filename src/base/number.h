/* Numbers as people write them on a command line. */
#ifndef FRAMED_BASE_NUMBER_H
#define FRAMED_BASE_NUMBER_H

#include <stdint.h>

#include "base/guard.h"

/*
 * Reads a decimal number: digits, and nothing else. Returns 0, or -1 if the
 * text is none, or a number above max.
 */
MUST_CHECK int number_read(
    const char *text, uint64_t max, uint64_t *number_out);

#endif
