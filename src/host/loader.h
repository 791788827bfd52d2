/*
 * Handler modules: finds, opens and judges shared objects. One that does not
 * fit is refused with what was expected and what was got, never used in part.
 */
#ifndef FRAMED_HOST_LOADER_H
#define FRAMED_HOST_LOADER_H

#include "base/guard.h"
#include "framed/module.h"
#include "host/object.h"

/* A loaded module. */
struct module {
	struct module *next; /* the caller's, to chain its modules */
	struct object object;
	const struct framed_host *host; /* it was given this one */
	char *name;                     /* as the configuration names it */
	struct framed_module api; /* a copy; what the module lacks is NULL */
};

enum {
	MODULE_SESSION_MAX_BYTES = 1 << 20 /* most that session_size may ask */
};

/*
 * Opens DIRECTORY/NAME.so and gives it `host`, which must live as long as the
 * process and whose ABI is the one that must fit. name has passed check_module(). Returns the module, which the caller
 * closes, or NULL with a sentence in error, of which size bytes are there.
 */
MUST_CHECK struct module *module_open(const char *directory, const char *name,
    const struct framed_host *host, char *error, size_t size);

/* The same for the file at path, wherever it is: the module's name is the
 * file's, without ".so". */
MUST_CHECK struct module *module_open_file(
    const char *path, const struct framed_host *host, char *error, size_t size);

/* Closes the shared object and clears *module; NULL is fine. */
void module_close(struct module **module);

#endif
