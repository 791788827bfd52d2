/* Start, signals and end of the server. */
#include "core/server.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/notify.h"
#include "core/host_api.h"
#include "core/listen.h"
#include "core/privileges.h"
#include "core/stop.h"
#include "core/watchdog.h"
#include "proto/deflate_engine.h"

enum {
	/* connections in their handshake: at least so many, and for so many
	 * sessions one */
	HANDSHAKES_MIN = 256,
	HANDSHAKES_SHARE = 16,
	/* descriptors for the log, the modules, and whatever libc opens */
	SPARE_DESCRIPTORS = 64,
	DESCRIPTORS_PER_WORKER = 4 /* epoll, eventfd, libevent's own */
};

/* One CPU, one worker: the CPUs this process may use. */
static unsigned
cpu_count(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) == -1)
		return 1;
	return (unsigned)CPU_COUNT(&cpus);
}

/* The descriptors that are left for clients, after raising the limit as far as
 * it goes. */
static rlim_t
client_descriptors(const struct server *server)
{
	rlim_t own = SPARE_DESCRIPTORS +
	    server->worker_count *
	        (DESCRIPTORS_PER_WORKER + server->conf->listener_count);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return RLIM_INFINITY;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1 &&
	    getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return RLIM_INFINITY;
	return limit.rlim_cur > own ? limit.rlim_cur - own : 0;
}

static uint32_t
usual_handshakes(uint32_t max_sessions)
{
	uint32_t share = max_sessions / HANDSHAKES_SHARE;

	return share < HANDSHAKES_MIN ? HANDSHAKES_MIN : share;
}

/* Lowers max_sessions to what the descriptors allow beside the handshakes.
 * Returns 0; or -1 when there are too few for any. */
static int
fit_sessions(struct server *server)
{
	rlim_t descriptors = client_descriptors(server);

	server->max_sessions = server->conf->limits.max_sessions;
	server->max_handshakes = server->conf->limits.max_handshakes;
	if (server->max_handshakes == 0)
		server->max_handshakes = usual_handshakes(server->max_sessions);
	if (descriptors >=
	    (rlim_t)server->max_sessions + server->max_handshakes)
		return 0;
	if (descriptors < 2) {
		log_errorx("the descriptor limit leaves none for clients");
		return -1;
	}
	if (server->max_handshakes > descriptors / HANDSHAKES_SHARE)
		server->max_handshakes =
		    (uint32_t)(descriptors / HANDSHAKES_SHARE + 1);
	if (descriptors - server->max_handshakes >= server->max_sessions)
		return 0;
	server->max_sessions = (uint32_t)(descriptors - server->max_handshakes);
	log_warnx("max_sessions lowered to what the descriptor limit allows "
	          "max_sessions=%u configured=%u",
	    server->max_sessions, server->conf->limits.max_sessions);
	return 0;
}

static void
close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] != -1)
			close(fds[i]);
}

/* Makes the workers; takes over all descriptors. */
static int
make_workers(struct server *server, const int *fds)
{
	size_t columns = server->conf->listener_count;
	unsigned made = 0;

	server->workers =
	    calloc(server->worker_count, sizeof(*server->workers));
	while (server->workers != NULL && made < server->worker_count) {
		made++;
		if (worker_init(&server->workers[made - 1], server, made - 1,
		        fds + (made - 1) * columns, columns) == -1)
			break;
		if (made == server->worker_count)
			return 0;
	}
	close_all(
	    fds + made * columns, (server->worker_count - made) * columns);
	return -1;
}

enum server_result
server_init(
    struct server *server, const struct conf *conf, struct conf_report *report)
{
	enum server_result result = SERVER_OK;
	size_t count;
	int *fds;

	memset(server, 0, sizeof(*server));
	sem_init(&server->begun, 0, 0);
	sem_init(&server->go, 0, 0);
	server->conf = conf;
	server->ended_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&server->outside_lock, NULL);
	addresses_init(&server->addresses);
	server->outside_pool = deflate_pool_new();
	server->worker_count = conf->workers > 0 ? conf->workers : cpu_count();
	if (server->worker_count > WORKERS_MAX)
		server->worker_count = WORKERS_MAX;
	if (tls_contexts_init(&server->tls, conf, report) == -1 ||
	    auth_set_init(&server->auth, conf, report) == -1)
		return SERVER_CONFIG;
	if (fit_sessions(server) == -1)
		return SERVER_SYSTEM;
	count = server->worker_count * conf->listener_count;
	fds = malloc(count * sizeof(*fds));
	server->socket_files =
	    calloc(conf->listener_count + 1, sizeof(*server->socket_files));
	server->listener_sessions = calloc(
	    conf->listener_count + 1, sizeof(*server->listener_sessions));
	if (server->ended_fd == -1 || server->outside_pool == NULL ||
	    server->socket_files == NULL || server->listener_sessions == NULL ||
	    fds == NULL) {
		log_error("cannot start");
		free(fds);
		return SERVER_SYSTEM;
	}
	for (size_t i = 0; i < count; i++)
		fds[i] = -1;
	result = listen_all(server, fds);
	if (result == SERVER_OK && privileges_drop(conf) == -1)
		result = SERVER_PERMISSION;
	if (result != SERVER_OK)
		close_all(fds, count);
	else if (make_workers(server, fds) == -1)
		result = SERVER_SYSTEM;
	free(fds);
	if (result == SERVER_OK)
		host_api_attach(server);
	return result;
}

/* The main thread's part of running: signals, and the end of workers. */
struct watch {
	struct server *server;
	struct event_base *base;
	struct event *events[6];
	size_t count;
	struct event *stop_timer; /* one of these */
	struct stop stop;
};

/* Has the end go on in so many milliseconds. */
static void
go_on_in(struct watch *watch, uint32_t ms)
{
	const struct timeval wait = {
	    .tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

	if (ms != STOP_NEVER && event_add(watch->stop_timer, &wait) == -1)
		stop_at_once(watch->server);
}

static void
on_stop_timer(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;

	(void)fd;
	(void)what;
	go_on_in(watch, stop_turn(&watch->stop));
}

static void
on_stop_signal(evutil_socket_t number, short what, void *arg)
{
	struct watch *watch = arg;

	(void)what;
	go_on_in(watch, stop_signal(&watch->stop, (int)number));
}

static void
on_worker_ended(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;
	uint64_t ended;

	(void)what;
	if (read(fd, &ended, sizeof(ended)) == -1)
		return;
	if (atomic_load(&watch->server->workers_ended) ==
	    watch->server->started)
		event_base_loopbreak(watch->base);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;

	(void)fd;
	(void)what;
	/* workers that have ended answer no more */
	if (atomic_load(&watch->server->workers_ended) == 0)
		watchdog_look(watch->server);
	else
		notify_send("WATCHDOG=1");
}

static int
watch_add(struct watch *watch, int fd, short what, event_callback_fn fn)
{
	struct event *event =
	    event_new(watch->base, fd, what | EV_PERSIST, fn, watch);

	if (event == NULL)
		return -1;
	watch->events[watch->count++] = event;
	return event_add(event, NULL);
}

/* Makes ready for the end. */
static int
watch_stop(struct watch *watch)
{
	watch->stop_timer = evtimer_new(watch->base, on_stop_timer, watch);
	if (watch->stop_timer == NULL)
		return -1;
	watch->events[watch->count++] = watch->stop_timer;
	return 0;
}

/* Looks after the service manager's watchdog, where there is one. */
static int
watch_feed(struct watch *watch, uint32_t interval_ms)
{
	const struct timeval interval = {.tv_sec = interval_ms / 1000,
	    .tv_usec = (suseconds_t)(interval_ms % 1000 * 1000)};
	struct event *event;

	if (interval_ms == 0)
		return 0;
	event = event_new(watch->base, -1, EV_PERSIST, on_watchdog, watch);
	if (event == NULL)
		return -1;
	watch->events[watch->count++] = event;
	return event_add(event, &interval);
}

static int
watch_open(struct watch *watch, struct server *server)
{
	watch->server = watch->stop.server = server;
	watch->base = event_base_new();
	if (watch->base == NULL || watch_stop(watch) == -1 ||
	    watch_add(watch, SIGTERM, EV_SIGNAL, on_stop_signal) == -1 ||
	    watch_add(watch, SIGQUIT, EV_SIGNAL, on_stop_signal) == -1 ||
	    watch_add(watch, SIGINT, EV_SIGNAL, on_stop_signal) == -1 ||
	    watch_add(watch, server->ended_fd, EV_READ, on_worker_ended) == -1)
		return -1;
	return watch_feed(watch, watchdog_interval_ms());
}

/* Ends the watch. No signal means anything from now on: those that come late are
 * held back, lest they end the process in the middle of its tidying up. */
static void
watch_close(struct watch *watch)
{
	sigset_t stops;

	sigemptyset(&stops);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGQUIT);
	sigaddset(&stops, SIGINT);
	pthread_sigmask(SIG_BLOCK, &stops, NULL);
	while (watch->count > 0)
		event_free(watch->events[--watch->count]);
	if (watch->base != NULL)
		event_base_free(watch->base);
}

/* Starts the threads, with all signals left to the main one. */
static void
start_threads(struct server *server)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (server->started < server->worker_count) {
		if (worker_start(&server->workers[server->started]) == -1) {
			log_error("cannot start a thread");
			atomic_store(&server->has_failed, true);
			break;
		}
		server->started++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void
await(sem_t *semaphore)
{
	while (sem_wait(semaphore) == -1)
		assert(errno == EINTR);
}

int
server_start_workers(struct server *server)
{
	start_threads(server);
	for (unsigned i = 0; i < server->started; i++)
		await(&server->begun);
	for (unsigned i = 0; i < server->started; i++)
		sem_post(&server->go);
	return atomic_load(&server->has_failed) ? -1 : 0;
}

int
server_worker_begun(struct server *server, int result)
{
	if (result == -1)
		atomic_store(&server->has_failed, true);
	sem_post(&server->begun);
	await(&server->go);
	return atomic_load(&server->has_failed) ? -1 : 0;
}

/* Starts the pool, if a module has work for it. */
static int
start_pool(struct server *server)
{
	const struct registry *registry = server->registry;

	for (size_t i = 0; i < registry->endpoint_count; i++)
		if (registry->endpoints[i].api->async_work != NULL)
			return pool_start(&server->pool,
			    server->conf->async_threads,
			    server->conf->async_queue);
	return 0;
}

static void
join_workers(struct server *server)
{
	struct stats sum = {0};

	for (unsigned i = 0; i < server->started; i++) {
		const struct stats *stats = &server->workers[i].stats;

		pthread_join(server->workers[i].thread, NULL);
		sum.opened += stats->opened;
		sum.messages_in += stats->messages_in;
		sum.messages_out += stats->messages_out;
	}
	log_info("stopped sessions=%llu messages_in=%llu messages_out=%llu",
	    (unsigned long long)sum.opened, (unsigned long long)sum.messages_in,
	    (unsigned long long)sum.messages_out);
}

/* Starts the workers and waits until they have ended, or have to. */
static enum server_result
watch_run(struct watch *watch)
{
	struct server *server = watch->server;

	if (server_start_workers(server) == 0) {
		log_info("ready workers=%u max_sessions=%u",
		    server->worker_count, server->max_sessions);
		notify_send("READY=1\nSTATUS=serving with %u workers, up to "
		            "%u sessions",
		    server->worker_count, server->max_sessions);
		if (event_base_dispatch(watch->base) == 0)
			return SERVER_OK;
		log_error("event loop failed");
	}
	stop_at_once(server);
	return SERVER_SYSTEM;
}

int
server_set_registry(struct server *server, const struct registry *registry)
{
	server->registry = registry;
	server->endpoint_sessions = calloc(
	    registry->endpoint_count, sizeof(*server->endpoint_sessions));
	return server->endpoint_sessions == NULL ? -1 : 0;
}

enum server_result
server_run(struct server *server, const struct registry *registry)
{
	struct watch watch = {0};
	enum server_result result = SERVER_SYSTEM;

	if (server_set_registry(server, registry) == -1 ||
	    watch_open(&watch, server) == -1 || start_pool(server) == -1) {
		log_error("cannot start");
		goto out;
	}
	result = watch_run(&watch);
	join_workers(server);
	pool_stop(&server->pool);
out:
	watch_close(&watch);
	return result;
}

void
server_release(struct server *server)
{
	host_api_attach(NULL);
	for (unsigned i = 0;
	     server->workers != NULL && i < server->worker_count; i++)
		worker_release(&server->workers[i]);
	free(server->workers);
	for (size_t i = 0;
	     server->socket_files != NULL && i < server->conf->listener_count;
	     i++)
		socket_file_remove(
		    &server->socket_files[i], &server->conf->listeners[i]);
	free(server->socket_files);
	free(server->listener_sessions);
	addresses_release(&server->addresses);
	free(server->endpoint_sessions);
	sem_destroy(&server->begun);
	sem_destroy(&server->go);
	deflate_pool_free(&server->outside_pool);
	tls_contexts_release(&server->tls);
	auth_set_release(&server->auth);
	pthread_mutex_destroy(&server->outside_lock);
	if (server->ended_fd != -1)
		close(server->ended_fd);
	memset(server, 0, sizeof(*server));
	server->ended_fd = -1;
}

const char *
server_libevent_version(void)
{
	return event_get_version();
}

struct worker *
server_find(struct server *server, uint64_t id)
{
	struct worker *worker;

	if (session_id_worker(id) >= server->worker_count)
		return NULL;
	worker = &server->workers[session_id_worker(id)];
	if (!directory_has(
	        &worker->directory, session_id_slot(id), (uint32_t)id))
		return NULL;
	return worker;
}

void
server_worker_ended(struct server *server)
{
	const uint64_t one = 1;

	atomic_fetch_add(&server->workers_ended, 1);
	if (write(server->ended_fd, &one, sizeof(one)) == -1)
		log_warn("cannot tell that a worker ended");
}

bool
server_count_up(atomic_uint *count, uint32_t limit)
{
	if (atomic_fetch_add(count, 1) < limit)
		return true;
	atomic_fetch_sub(count, 1);
	return false;
}

static atomic_uint *
endpoint_count(struct server *server, const struct endpoint *endpoint)
{
	return &server
	            ->endpoint_sessions[endpoint - server->registry->endpoints];
}

bool
server_admit(struct server *server, const struct endpoint *endpoint)
{
	if (!server_count_up(&server->sessions, server->max_sessions))
		return false;
	if (server_count_up(endpoint_count(server, endpoint),
	        endpoint->conf->limits.max_sessions))
		return true;
	atomic_fetch_sub(&server->sessions, 1);
	return false;
}

void
server_leave(struct server *server, const struct endpoint *endpoint)
{
	atomic_fetch_sub(endpoint_count(server, endpoint), 1);
	atomic_fetch_sub(&server->sessions, 1);
}

bool
server_admit_handshake(struct server *server)
{
	return server_count_up(&server->handshakes, server->max_handshakes);
}

void
server_bear_handshake(struct server *server)
{
	atomic_fetch_add(&server->handshakes, 1);
}

void
server_leave_handshake(struct server *server)
{
	atomic_fetch_sub(&server->handshakes, 1);
}
