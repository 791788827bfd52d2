/*
 * One generation of the configuration: the options, the endpoints with their
 * modules, certificates, keys and tokens, all of it read and checked. Immutable,
 * and read by all workers, while there is a session that began under it.
 */
#ifndef FRAMED_CORE_GENERATION_H
#define FRAMED_CORE_GENERATION_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/guard.h"
#include "base/tally.h"
#include "conf/conf.h"
#include "conf/load.h"
#include "core/auth.h"
#include "core/tls_contexts.h"
#include "host/registry.h"
#include "net/bind.h"

struct generation {
	struct generation *next; /* the server's list: an older one */
	unsigned number;         /* 1 for the first of a server */
	struct conf *conf;
	struct registry *registry;
	struct tls_contexts tls;
	struct auth_set auth;
	/* by place among the listeners: sessions that are open, and files
	 * that are to go with the listener */
	struct tally **listener_sessions;
	struct socket_file *socket_files;
	atomic_uint tenures; /* workers that have it: tenure.h */
};

/*
 * Reads what the configuration names: certificates, keys, tokens. conf and
 * registry outlive the generation. Returns 0, or -1 after a complaint for each
 * that cannot be; generation_release() is due in both cases. Main thread.
 */
MUST_CHECK int generation_init(struct generation *generation, struct conf *conf,
    struct registry *registry, struct conf_report *report);
void generation_release(struct generation *generation);

/* Removes the files of its listeners, which are closed. Twice is fine. */
void generation_close(struct generation *generation);

/* Where generations come from. */
struct generation_source {
	const char *file;
	const char *module_path; /* NULL: the configuration's */
};

/*
 * Loads the file and opens the modules that it names, and has all of it checked;
 * load() of the modules is not called yet. Returns NULL after at least one
 * complaint. Calls into modules. Main thread.
 */
MUST_CHECK struct generation *generation_load(
    const struct generation_source *source, struct conf_report *report);

/* Unloads the modules and frees everything; clears *generation, NULL is fine.
 * Main thread, when no worker has it. */
void generation_free(struct generation **generation);

/* Unloads the modules of a list of them, and frees the list. */
void generations_unload(struct generation *generations);
void generations_free(struct generation **generations);

/*
 * Has the new one count where the old one did: sessions of an endpoint of the
 * same host, path and subprotocol, and of listeners that are kept (change.h).
 * Main thread, before any worker has the new one.
 */
void generation_adopt(struct generation *generation,
    const struct generation *old, const ptrdiff_t *kept);

#endif
