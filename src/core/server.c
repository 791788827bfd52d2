/* Start and end of the server. */
#include "core/server.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/notify.h"
#include "core/change.h"
#include "core/descriptors.h"
#include "core/host_api.h"
#include "core/listen.h"
#include "core/privileges.h"
#include "core/watch.h"
#include "proto/deflate_engine.h"

/* One CPU, one worker: the CPUs this process may use. */
static unsigned
cpu_count(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) == -1)
		return 1;
	return (unsigned)CPU_COUNT(&cpus);
}

/* Takes on the numbers that hold for all generations together. */
static void
set_limits(struct server *server, const struct descriptors *descriptors,
    const struct conf *conf)
{
	atomic_store(&server->max_sessions, descriptors->max_sessions);
	atomic_store(&server->max_handshakes, descriptors->max_handshakes);
	pthread_mutex_lock(&server->outside_lock);
	server->outside_deflate = conf->deflate;
	pthread_mutex_unlock(&server->outside_lock);
}

int
server_set_limits(struct server *server, const struct conf *conf)
{
	struct descriptors descriptors;

	if (descriptors_share(&descriptors, conf, server->worker_count) == -1)
		return -1;
	set_limits(server, &descriptors, conf);
	return 0;
}

/* Makes the workers. */
static int
make_workers(struct server *server)
{
	server->workers =
	    calloc(server->worker_count, sizeof(*server->workers));
	if (server->workers == NULL) {
		log_error("cannot start");
		return -1;
	}
	for (unsigned i = 0; i < server->worker_count; i++)
		if (worker_init(&server->workers[i], server, i) == -1)
			return -1;
	return 0;
}

/* Opens what there is to listen on, and gives the workers their first
 * generation. */
static enum server_result
begin(struct server *server, struct generation *generation)
{
	struct change *change = change_new(server, generation);
	enum server_result result = SERVER_SYSTEM;

	if (change != NULL)
		result = listen_open(change);
	else
		log_error("cannot start");
	if (result == SERVER_OK && privileges_drop(generation->conf) == -1)
		result = SERVER_PERMISSION;
	if (result == SERVER_OK && change_give(change) == -1)
		result = SERVER_SYSTEM;
	change_free(&change);
	return result;
}

static unsigned
worker_count(const struct conf *conf)
{
	unsigned count = conf->workers > 0 ? conf->workers : cpu_count();

	return count > WORKERS_MAX ? WORKERS_MAX : count;
}

enum server_result
server_init(struct server *server, struct generation *generation)
{
	struct descriptors descriptors;
	enum server_result result;

	memset(server, 0, sizeof(*server));
	server->pid_file.fd = -1;
	sem_init(&server->begun, 0, 0);
	sem_init(&server->go, 0, 0);
	pthread_mutex_init(&server->outside_lock, NULL);
	addresses_init(&server->addresses);
	server->generations = generation;
	server->worker_count = worker_count(generation->conf);
	atomic_store(&server->accepting, server->worker_count);
	server->outside_pool = deflate_pool_new();
	server->news_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (server->news_fd == -1 || server->outside_pool == NULL) {
		log_error("cannot start");
		return SERVER_SYSTEM;
	}
	if (descriptors_share(
	        &descriptors, generation->conf, server->worker_count) == -1)
		return SERVER_SYSTEM;
	descriptors_tell(&descriptors);
	set_limits(server, &descriptors, generation->conf);
	if (pid_file_open(&server->pid_file, generation->conf->pid_file) ==
	        -1 ||
	    make_workers(server) == -1)
		return SERVER_SYSTEM;
	result = begin(server, generation);
	if (result != SERVER_OK)
		return result;
	server->generation = generation;
	host_api_attach(server);
	return SERVER_OK;
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

int
server_start_pool(struct server *server, const struct generation *generation)
{
	const struct registry *registry = generation->registry;

	if (server->pool.thread_count > 0)
		return 0;
	for (size_t i = 0; i < registry->endpoint_count; i++)
		if (registry->endpoints[i].api->async_work != NULL)
			return pool_start(&server->pool,
			    generation->conf->async_threads,
			    generation->conf->async_queue);
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

void
server_notify_ready(const struct server *server)
{
	notify_send("READY=1\nSTATUS=serving with %u workers, up to "
	            "%u sessions",
	    server->worker_count, atomic_load(&server->max_sessions));
}

/* Starts the workers and waits until they have ended, or have to. */
static enum server_result
serve(struct server *server, struct watch *watch)
{
	if (server_start_workers(server) == 0) {
		pid_file_write(&server->pid_file);
		log_info("ready workers=%u max_sessions=%u",
		    server->worker_count, atomic_load(&server->max_sessions));
		server_notify_ready(server);
		if (watch_run(watch) == 0)
			return SERVER_OK;
	}
	stop_at_once(server);
	return SERVER_SYSTEM;
}

enum server_result
server_run(struct server *server, const struct generation_source *source)
{
	enum server_result result = SERVER_SYSTEM;
	struct watch watch;

	if (watch_open(&watch, server, source) == -1 ||
	    server_start_pool(server, server->generation) == -1) {
		log_error("cannot start");
		goto out;
	}
	result = serve(server, &watch);
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
	pid_file_close(&server->pid_file);
	addresses_release(&server->addresses);
	sem_destroy(&server->begun);
	sem_destroy(&server->go);
	deflate_pool_free(&server->outside_pool);
	pthread_mutex_destroy(&server->outside_lock);
	if (server->news_fd != -1)
		close(server->news_fd);
	memset(server, 0, sizeof(*server));
	server->news_fd = -1;
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
server_tell(struct server *server)
{
	const uint64_t one = 1;

	if (write(server->news_fd, &one, sizeof(one)) == -1)
		log_warn("cannot tell what a worker did");
}

void
server_worker_closed(struct server *server)
{
	if (atomic_fetch_sub(&server->accepting, 1) > 1)
		return;
	for (unsigned i = 0; i < server->worker_count; i++)
		mailbox_signal(&server->workers[i].mailbox, MAILBOX_RELIEF);
}

void
server_worker_ended(struct server *server)
{
	atomic_fetch_add(&server->workers_ended, 1);
	server_tell(server);
}

/* Counts one more, if that does not pass the limit. */
static bool
count_up(atomic_uint *count, const atomic_uint *limit)
{
	if (atomic_fetch_add(count, 1) < atomic_load(limit))
		return true;
	atomic_fetch_sub(count, 1);
	return false;
}

bool
server_admit(struct server *server, const struct endpoint *endpoint)
{
	if (!count_up(&server->sessions, &server->max_sessions))
		return false;
	if (tally_enter(
	        endpoint->sessions, endpoint->conf->limits.max_sessions))
		return true;
	atomic_fetch_sub(&server->sessions, 1);
	return false;
}

void
server_leave(struct server *server, const struct endpoint *endpoint)
{
	tally_leave(endpoint->sessions);
	atomic_fetch_sub(&server->sessions, 1);
}

bool
server_admit_handshake(struct server *server)
{
	return count_up(&server->handshakes, &server->max_handshakes);
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
