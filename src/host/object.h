/*
 * Shared objects, looked at as files before the dynamic linker gets them: it
 * waits for ever on a FIFO, crashes over a file that was cut, and calls one for
 * another machine not there.
 */
#ifndef FRAMED_HOST_OBJECT_H
#define FRAMED_HOST_OBJECT_H

#include <stddef.h>

#include "base/guard.h"

/*
 * Opens the shared object at path, which has a slash in it. Its constructors
 * run. Returns the handle, for dlclose(), or NULL with "PATH: why" in error, of
 * which size bytes are there. Does not wait, whatever path is.
 */
MUST_CHECK void *object_open(const char *path, char *error, size_t size);

#endif
