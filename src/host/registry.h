/*
 * The endpoints of one configuration: which module answers which path, with
 * which limits. Immutable once loaded, read by all workers.
 */
#ifndef FRAMED_HOST_REGISTRY_H
#define FRAMED_HOST_REGISTRY_H

#include <stdbool.h>

#include "base/guard.h"
#include "conf/conf.h"
#include "conf/load.h"
#include "host/loader.h"
#include "proto/frame.h"
#include "proto/http.h"

struct tally;

/* One endpoint of the configuration, ready for sessions. */
struct endpoint {
	const struct registry *registry; /* that it is in */
	const struct conf_endpoint *conf;
	const struct framed_module *api;   /* the module's callbacks */
	void *instance;                    /* what its load() gave */
	struct frame_rules rules;          /* for frames from clients … */
	struct frame_rules extended_rules; /* … of sessions with an extension */
	bool is_metered;        /* it limits how much comes in a second */
	bool is_loaded;         /* load(), if any, went well: unload() is due */
	struct tally *sessions; /* that are open: the server's */
};

struct registry {
	const struct conf *conf;
	struct module *modules; /* each once, however many endpoints name it */
	struct endpoint *endpoints;
	size_t endpoint_count;
};

/*
 * Opens the modules that conf names, from directory, and has each endpoint's
 * settings checked. Everything wrong is put into the report, which is not kept.
 * conf and host outlive the registry. Returns the registry, which the caller
 * frees, or NULL after at least one complaint. Calls into modules. Main thread.
 */
MUST_CHECK struct registry *registry_new(const struct conf *conf,
    const char *directory, const struct framed_host *host,
    struct conf_report *report);

/*
 * The same where all endpoints have one module, which is part of the program
 * and takes no settings. Returns NULL without memory.
 */
MUST_CHECK struct registry *registry_new_builtin(
    const struct conf *conf, const struct framed_module *api);

/*
 * Calls each endpoint's load(), in the order of the configuration, up to the
 * first that fails. Returns 0, or -1 after a complaint; registry_unload() is
 * due in both cases. Main thread, before any worker.
 */
MUST_CHECK int registry_load(
    struct registry *registry, struct conf_report *report);

/* Calls unload() of what was loaded, last first; twice is fine. Until it
 * returns, threads of modules may make calls of the host. Main thread, after
 * the last worker has ended. */
void registry_unload(struct registry *registry);

/* Unloads, closes the modules and clears *registry; NULL is fine. Main thread,
 * after the last worker has ended. */
void registry_free(struct registry **registry);

enum route {
	ROUTE_FOUND,
	ROUTE_NO_PATH,       /* nothing serves this host and path */
	ROUTE_NO_SUBPROTOCOL /* something does, but for other subprotocols only */
};

/*
 * Finds the endpoint for a request. Those that fit in host, path and
 * subprotocol compete: one that names the request's host wins over one for any
 * host; then an exact path over a prefix and a longer prefix over a shorter;
 * then the subprotocol that stands first in the client's offer, and any of them
 * over an endpoint that names none. Paths are compared byte by byte, hosts
 * without their port as http_host_normalize() has them; of the offer, the first
 * HANDSHAKE_SUBPROTOCOLS_MAX count. endpoint_out is set for ROUTE_FOUND only; it
 * lives as long as the registry. Any thread.
 */
MUST_CHECK enum route registry_find(const struct registry *registry,
    const struct http_head *request, const struct endpoint **endpoint_out);

#endif
