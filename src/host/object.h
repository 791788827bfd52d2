/*
 * Shared objects, looked at as files before the dynamic linker gets them: it
 * waits for ever on a FIFO, crashes over a file that was cut, and calls one for
 * another machine not there.
 *
 * What it gets is a copy in memory. So each opening is an object of its own, also
 * of a file that was replaced and has the name of one that is open; and whoever
 * overwrites the file does not change the code that runs.
 */
#ifndef FRAMED_HOST_OBJECT_H
#define FRAMED_HOST_OBJECT_H

#include <stddef.h>

#include "base/guard.h"

struct object {
	void *handle; /* of dlopen() */
	/* the copy. The linker knows objects by their names, which has the
	 * number: that must not become another's while it is open */
	int fd;
};

/*
 * Opens the shared object at path, which has a slash in it. Its constructors
 * run. Returns 0; or -1 with "PATH: why" in error, of which size bytes are there.
 * Does not wait, whatever path is.
 */
MUST_CHECK int object_open(
    struct object *object, const char *path, char *error, size_t size);

/* Its destructors run. */
void object_close(struct object *object);

#endif
