/*
 * The way from one generation of the configuration to the next, on the main
 * thread: load and check all of it, open new listeners, have every worker prepare,
 * and only then let all take it. Until that last step whatever is wrong leaves the
 * old one as it is.
 */
#ifndef FRAMED_CORE_RELOAD_H
#define FRAMED_CORE_RELOAD_H

#include <stdbool.h>

#include "core/change.h"
#include "core/generation.h"

struct server;

struct reload {
	struct server *server;
	const struct generation_source *source;
	struct change *change; /* NULL: none is on its way */
	enum change_step step; /* what the workers do */
	bool is_wanted;        /* again, when that one is through */
};

/* Begins one, or has one follow on that which is on its way. What went wrong is
 * in the log. */
void reload_begin(struct reload *reload);

/* Workers have done something: goes on when it was all of them, and frees
 * generations that nobody has any more. */
void reload_go_on(struct reload *reload);

/* When the workers have ended. */
void reload_end(struct reload *reload);

#endif
