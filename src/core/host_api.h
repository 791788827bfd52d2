/* The table of host functions that modules call: <framed/module.h>. */
#ifndef FRAMED_CORE_HOST_API_H
#define FRAMED_CORE_HOST_API_H

#include "framed/module.h"

struct server;

/* Lives as long as the process. */
const struct framed_host *host_api(void);

/*
 * The server whose sessions threads of modules reach by id, and whose topics.
 * Its workers' memory stays until there is another or, with NULL, none: at the
 * earliest when the modules are unloaded.
 */
void host_api_attach(struct server *server);

#endif
