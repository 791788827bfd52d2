/*
 * Opens modules. Between dlopen() and a verdict nothing is believed: the struct
 * a module shows is read no further than both sides say it goes.
 */
#include "host/loader.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"

typedef const struct framed_module *(*entry_fn)(const struct framed_host *host);

/* The least a module must have: all fields up to `version`. */
#define MODULE_SIZE_MIN \
	(offsetof(struct framed_module, version) + sizeof(const char *))

static int
open_object(
    struct module *module, const char *directory, char *error, size_t size)
{
	char path[PATH_MAX];
	int length;

	length =
	    snprintf(path, sizeof(path), "%s/%s.so", directory, module->name);
	if (length < 0 || (size_t)length >= sizeof(path)) {
		snprintf(error, size, "the path of module \"%s\" is too long",
		    module->name);
		return -1;
	}
	/* NOW: a missing symbol shows at start, not in the middle of a
	 * session. LOCAL: modules do not see each other's symbols. */
	module->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (module->handle == NULL) {
		snprintf(error, size, "module \"%s\" cannot be opened: %s",
		    module->name, dlerror());
		return -1;
	}
	return 0;
}

/* Whether the struct speaks of our ABI, and is long enough to be asked for
 * more. The fields in question stand first in every version. */
static int
judge_abi(const char *name, const struct framed_module *shown, char *error,
    size_t size)
{
	if (shown->magic != FRAMED_ABI_MAGIC)
		snprintf(error, size,
		    "module \"%s\" has magic 0x%08x, this host has 0x%08x",
		    name, shown->magic, FRAMED_ABI_MAGIC);
	else if (shown->abi_major != FRAMED_ABI_MAJOR ||
	    shown->abi_minor > FRAMED_ABI_MINOR)
		snprintf(error, size,
		    "module \"%s\" has ABI %u.%u, this host has %u.%u", name,
		    shown->abi_major, shown->abi_minor, FRAMED_ABI_MAJOR,
		    FRAMED_ABI_MINOR);
	else if (shown->size < MODULE_SIZE_MIN)
		snprintf(error, size,
		    "module \"%s\" has a struct of %u bytes, expected at "
		    "least %zu",
		    name, shown->size, MODULE_SIZE_MIN);
	else
		return 0;
	return -1;
}

static int
judge_facts(
    const char *name, const struct framed_module *api, char *error, size_t size)
{
	if (api->name == NULL)
		snprintf(
		    error, size, "module \"%s\" does not tell its name", name);
	else if (api->version == NULL)
		snprintf(error, size, "module \"%s\" does not tell its version",
		    name);
	else if (api->session_size > MODULE_SESSION_MAX_BYTES)
		snprintf(error, size,
		    "module \"%s\" has a session_size of %u bytes, at most "
		    "%d are given",
		    name, api->session_size, MODULE_SESSION_MAX_BYTES);
	else
		return 0;
	return -1;
}

/* Calls the entry and copies the struct it shows. */
static int
read_api(struct module *module, const struct framed_host *host, char *error,
    size_t size)
{
	const struct framed_module *shown;
	entry_fn entry;

	/* POSIX promises that a function's address survives void pointers. */
	entry = (entry_fn)dlsym(module->handle, "framed_module_entry");
	if (entry == NULL) {
		snprintf(error, size,
		    "module \"%s\" has no symbol framed_module_entry",
		    module->name);
		return -1;
	}
	shown = entry(host);
	if (shown == NULL) {
		snprintf(
		    error, size, "module \"%s\" gave no struct", module->name);
		return -1;
	}
	if (judge_abi(module->name, shown, error, size) == -1)
		return -1;
	memcpy(&module->api, shown,
	    shown->size < sizeof(module->api) ? shown->size
	                                      : sizeof(module->api));
	return judge_facts(module->name, &module->api, error, size);
}

struct module *
module_open(const char *directory, const char *name,
    const struct framed_host *host, char *error, size_t size)
{
	struct module *module = NULL;

	/* It must not lead out of the directory, nor to hidden files. */
	assert(check_module(name) == NULL);
	module = calloc(1, sizeof(*module));
	if (module != NULL)
		module->name = strdup(name);
	if (module == NULL || module->name == NULL) {
		snprintf(error, size, "out of memory");
		goto fail;
	}
	if (open_object(module, directory, error, size) == -1 ||
	    read_api(module, host, error, size) == -1)
		goto fail;
	return module;

fail:
	module_close(&module);
	return NULL;
}

void
module_close(struct module **module)
{
	struct module *m = *module;

	*module = NULL;
	if (m == NULL)
		return;
	if (m->handle != NULL)
		dlclose(m->handle);
	free(m->name);
	free(m);
}
