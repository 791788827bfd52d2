/* Makes bytes from outside fit to stand in a log line or a quoted string. */
#ifndef FRAMED_BASE_ESCAPE_H
#define FRAMED_BASE_ESCAPE_H

#include <stddef.h>

#include "base/span.h"

/* Room that holds `count` bytes escaped, whatever they are. */
#define ESCAPE_ROOM(count) (4 * (size_t)(count) + 1)

/*
 * Writes `in` to `out`, which has `size` bytes of room (at least 1). Printable
 * ASCII stays, save backslash and double quote; every other byte becomes \xHH.
 * The result always ends in NUL; what does not fit is left off, never with
 * half an escape. Returns the length written, without the NUL.
 */
size_t escape(char *out, size_t size, struct span in);

#endif
