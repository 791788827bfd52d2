/*
 * Works of modules: from framed_async() to a thread of the pool, and back to
 * the session's worker. There they are delivered in the order they were begun:
 * who is done sooner waits for those before. A session's works stand in a line,
 * which outlives it.
 */
#ifndef FRAMED_CORE_ASYNC_H
#define FRAMED_CORE_ASYNC_H

#include "base/guard.h"
#include "base/span.h"
#include "core/session.h"
#include "framed/module.h"

/* As framed_async(), for a session whose module has the callbacks. */
enum framed_result async_begin(
    struct session *session, uint64_t token, struct span data);

/* The session's block is about to be freed: who comes back finds nobody. */
void async_leave(struct session *session);

/* Memory of the session's works, for accounting. */
size_t async_held(const struct session *session);

#endif
