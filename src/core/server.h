/*
 * The server: the configuration, the endpoints and the workers that serve
 * them, from the first bind to the last session.
 */
#ifndef FRAMED_CORE_SERVER_H
#define FRAMED_CORE_SERVER_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/guard.h"
#include "conf/conf.h"
#include "core/addresses.h"
#include "core/generation.h"
#include "core/pid_file.h"
#include "core/pool.h"
#include "core/worker.h"
#include "host/registry.h"
#include "net/bind.h"

enum { WORKERS_MAX = 255 /* the number has 8 bits of a session's id */ };

struct server {
	struct generation *generation;  /* of new sessions … */
	struct generation *generations; /* … and all, newest first */
	struct pid_file pid_file;
	struct worker *workers;
	struct pool pool; /* for the works of modules */
	unsigned worker_count;
	unsigned started;           /* workers whose thread runs */
	atomic_uint max_sessions;   /* what the descriptors allow, too */
	atomic_uint max_handshakes; /* beside them */
	atomic_uint sessions;       /* open now */
	atomic_uint handshakes;     /* connections that are no sessions yet */
	struct addresses addresses; /* of clients that have sessions */
	_Atomic uint64_t connection_rate; /* rate.h: those that begin */
	sem_t begun;               /* threads have begun, or failed to … */
	sem_t go;                  /* … and wait for this, once each */
	atomic_bool has_failed;    /* one of them, so that all are to end */
	atomic_uint workers_ended; /* threads that are done */
	atomic_uint accepting;     /* workers that may still hand over */
	atomic_bool is_stopping;   /* health checks are to fail */
	int news_fd;               /* eventfd: a thread has done something */
	/* for what threads of modules publish, which have no worker's pool */
	pthread_mutex_t outside_lock; /* of what follows */
	struct deflate_config outside_deflate;
	struct deflate_pool *outside_pool;
};

enum server_result {
	SERVER_OK,
	SERVER_SYSTEM,    /* exit status 71 */
	SERVER_PERMISSION /* exit status 77 */
};

/*
 * Binds every listener, drops to the configured user, and prepares the workers;
 * from now on calls of modules find it. The generation is its first, and stays
 * the caller's, as all that are in server->generations. What went wrong is in the
 * log; server_release() is due in every case. Main thread.
 */
MUST_CHECK enum server_result server_init(
    struct server *server, struct generation *generation);

/* Takes on the numbers that a generation sets for all. Returns 0, or -1 after
 * saying in the log why nobody could be served. Main thread. */
MUST_CHECK int server_set_limits(
    struct server *server, const struct conf *conf);

/*
 * Runs until a signal ends it, and the last session with it. On SIGHUP it loads
 * another generation from the source, and frees the old one when it is not
 * needed any more (generation_free()). Main thread.
 */
MUST_CHECK enum server_result server_run(
    struct server *server, const struct generation_source *source);

/* Main thread, when the modules of all generations are unloaded: their threads
 * post until then. The generations may be freed afterwards. */
void server_release(struct server *server);

/* The version of libevent that runs, for people. */
const char *server_libevent_version(void);

/* Any thread, from server_init() to server_release(): the worker of the session
 * with this id, or NULL when no such session lives. It may end at any time. */
struct worker *server_find(struct server *server, uint64_t id);

/*
 * Starts the workers' threads and waits until each has begun. Returns 0, and
 * they serve; or -1 after something was said in the log, and they end. Main
 * thread, when the registry is set.
 */
MUST_CHECK int server_start_workers(struct server *server);

/*
 * Any worker, when it has begun, or failed to with result -1: waits for all the
 * others. Returns 0, or -1 when one has failed and all are to end.
 */
MUST_CHECK int server_worker_begun(struct server *server, int result);

/* Any worker, when it accepts no more: the last has the others look whether they
 * have come to their end. */
void server_worker_closed(struct server *server);

/* Any worker, last thing on its thread. */
void server_worker_ended(struct server *server);

/* Starts the pool, if it does not run yet and the generation has work for it.
 * Returns 0, or -1 with errno. Main thread. */
MUST_CHECK int server_start_pool(
    struct server *server, const struct generation *generation);

/* Tells the service manager that all is as configured. Main thread. */
void server_notify_ready(const struct server *server);

/* Has the main thread look for what workers have done. Any thread. */
void server_tell(struct server *server);

/*
 * Counts a session against max_sessions, the server's and the endpoint's.
 * Returns whether it may open; when not, it is not counted. Any worker.
 */
MUST_CHECK bool server_admit(
    struct server *server, const struct endpoint *endpoint);
void server_leave(struct server *server, const struct endpoint *endpoint);

/*
 * The same for connections that are no sessions yet: those have room of their
 * own, so that clients that never finish cannot take that of sessions.
 */
MUST_CHECK bool server_admit_handshake(struct server *server);
/* Counts one beyond the limit. */
void server_bear_handshake(struct server *server);
void server_leave_handshake(struct server *server);

#endif
