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

/* Whether the struct speaks of the host's ABI, and is long enough to be asked
 * for more. The fields in question stand first in every version. */
static int
judge_abi(const struct module *module, const struct framed_module *shown,
    char *error, size_t size)
{
	const struct framed_host *host = module->host;
	const char *name = module->name;

	if (shown->magic != FRAMED_ABI_MAGIC)
		snprintf(error, size,
		    "module \"%s\" has magic 0x%08x, this host has 0x%08x",
		    name, shown->magic, FRAMED_ABI_MAGIC);
	else if (shown->abi_major != host->abi_major ||
	    shown->abi_minor > host->abi_minor)
		snprintf(error, size,
		    "module \"%s\" has ABI %u.%u, this host has %u.%u", name,
		    shown->abi_major, shown->abi_minor, host->abi_major,
		    host->abi_minor);
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
read_api(struct module *module, char *error, size_t size)
{
	const struct framed_module *shown;
	entry_fn entry;

	/* POSIX promises that a function's address survives void pointers. */
	entry = (entry_fn)dlsym(module->object.handle, "framed_module_entry");
	if (entry == NULL) {
		snprintf(error, size,
		    "module \"%s\" has no symbol framed_module_entry",
		    module->name);
		return -1;
	}
	shown = entry(module->host);
	if (shown == NULL) {
		snprintf(
		    error, size, "module \"%s\" gave no struct", module->name);
		return -1;
	}
	if (judge_abi(module, shown, error, size) == -1)
		return -1;
	memcpy(&module->api, shown,
	    shown->size < sizeof(module->api) ? shown->size
	                                      : sizeof(module->api));
	return judge_facts(module->name, &module->api, error, size);
}

/* NAME of FOLDER/NAME.so, or NULL for want of memory. */
static char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = strdup(slash != NULL ? slash + 1 : path);
	size_t length = name == NULL ? 0 : strlen(name);

	if (length > 3 && strcmp(name + length - 3, ".so") == 0)
		name[length - 3] = '\0';
	return name;
}

/* The dynamic linker would search its own folders for a bare name. */
static int
open_object(struct module *module, const char *path, char *error, size_t size)
{
	char why[PATH_MAX + 256], here[PATH_MAX];

	if (strchr(path, '/') == NULL) {
		snprintf(here, sizeof(here), "./%s", path);
		path = here;
	}
	if (object_open(&module->object, path, why, sizeof(why)) == 0)
		return 0;
	snprintf(error, size, "module \"%s\" cannot be opened: %s",
	    module->name, why);
	return -1;
}

struct module *
module_open_file(
    const char *path, const struct framed_host *host, char *error, size_t size)
{
	struct module *module = calloc(1, sizeof(*module));

	if (module != NULL) {
		module->object.fd = -1;
		module->name = name_of(path);
	}
	if (module == NULL || module->name == NULL) {
		snprintf(error, size, "out of memory");
		goto fail;
	}
	module->host = host;
	if (open_object(module, path, error, size) == -1 ||
	    read_api(module, error, size) == -1)
		goto fail;
	return module;

fail:
	module_close(&module);
	return NULL;
}

struct module *
module_open(const char *directory, const char *name,
    const struct framed_host *host, char *error, size_t size)
{
	char path[PATH_MAX];
	int length;

	/* It must not lead out of the directory, nor to hidden files. */
	assert(check_module(name) == NULL);
	length = snprintf(path, sizeof(path), "%s/%s.so", directory, name);
	if (length < 0 || (size_t)length >= sizeof(path)) {
		snprintf(
		    error, size, "the path of module \"%s\" is too long", name);
		return NULL;
	}
	return module_open_file(path, host, error, size);
}

void
module_close(struct module **module)
{
	struct module *m = *module;

	*module = NULL;
	if (m == NULL)
		return;
	object_close(&m->object);
	free(m->name);
	free(m);
}
