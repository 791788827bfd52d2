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
#include "core/auth.h"
#include "core/pool.h"
#include "core/tls_contexts.h"
#include "core/worker.h"
#include "host/registry.h"
#include "net/bind.h"

enum { WORKERS_MAX = 255 /* the number has 8 bits of a session's id */ };

struct server {
	const struct conf *conf;
	const struct registry *registry;
	struct tls_contexts tls;
	struct auth_set auth;
	struct socket_file *socket_files; /* one for each listener */
	struct worker *workers;
	struct pool pool; /* for the works of modules */
	unsigned worker_count;
	unsigned started;        /* workers whose thread runs */
	uint32_t max_sessions;   /* what the descriptors allow, too */
	uint32_t max_handshakes; /* beside them */
	atomic_uint sessions;    /* open now */
	atomic_uint handshakes;  /* connections that are no sessions yet */
	atomic_uint *endpoint_sessions; /* open now, by place in the registry */
	atomic_uint *listener_sessions; /* by place in the configuration */
	struct addresses addresses;     /* of clients that have sessions */
	_Atomic uint64_t connection_rate; /* rate.h: those that begin */
	sem_t begun;               /* threads have begun, or failed to … */
	sem_t go;                  /* … and wait for this, once each */
	atomic_bool has_failed;    /* one of them, so that all are to end */
	atomic_uint workers_ended; /* threads that are done */
	atomic_bool is_stopping;   /* health checks are to fail */
	int ended_fd;              /* eventfd: a thread is done */
	/* for what threads of modules publish, which have no worker's pool */
	pthread_mutex_t outside_lock;
	struct deflate_pool *outside_pool;
};

enum server_result {
	SERVER_OK,
	SERVER_CONFIG,    /* exit status 78 */
	SERVER_SYSTEM,    /* exit status 71 */
	SERVER_PERMISSION /* exit status 77 */
};

/*
 * Reads certificates and keys, binds every listener, drops to the configured
 * user, and prepares the workers; from now on calls of modules find it. conf
 * outlives the server. What went wrong is in the log, or with SERVER_CONFIG in
 * the report; server_release() is due in every case. Main thread.
 */
MUST_CHECK enum server_result server_init(
    struct server *server, const struct conf *conf, struct conf_report *report);

/*
 * Gives the server the endpoints that it serves; they outlive it. Returns 0, or
 * -1 without memory. Main thread, before the workers begin.
 */
MUST_CHECK int server_set_registry(
    struct server *server, const struct registry *registry);

/* Runs until a signal ends it, and the last session with it. Main thread. */
MUST_CHECK enum server_result server_run(
    struct server *server, const struct registry *registry);

/* Main thread, when the modules are unloaded: their threads post until then. */
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

/* Any worker, last thing on its thread. */
void server_worker_ended(struct server *server);

/*
 * Counts a session against max_sessions, the server's and the endpoint's.
 * Returns whether it may open; when not, it is not counted. Any worker.
 */
MUST_CHECK bool server_admit(
    struct server *server, const struct endpoint *endpoint);
void server_leave(struct server *server, const struct endpoint *endpoint);

/* Counts one more, if that does not pass the limit. Any worker. */
MUST_CHECK bool server_count_up(atomic_uint *count, uint32_t limit);

/*
 * The same for connections that are no sessions yet: those have room of their
 * own, so that clients that never finish cannot take that of sessions.
 */
MUST_CHECK bool server_admit_handshake(struct server *server);
/* Counts one beyond the limit. */
void server_bear_handshake(struct server *server);
void server_leave_handshake(struct server *server);

#endif
