/* A worker's loop. */
#include "core/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/door.h"
#include "core/drain.h"
#include "core/driver.h"
#include "core/meter.h"
#include "core/server.h"
#include "core/tenure.h"
#include "proto/deflate_engine.h"

enum {
	/* from other threads in a turn, and messages sent for them, lest others
	 * starve the sessions here */
	POSTS_PER_TURN = 512,
	DELIVERIES_PER_TURN = 16384,
	OVERLOAD_WARN_MS = 1000 /* the least between two warnings */
};

/* The sooner of two, where -1 is never. */
static int64_t
sooner(int64_t a_ms, int64_t b_ms)
{
	if (a_ms == -1 || b_ms == -1)
		return a_ms == -1 ? b_ms : a_ms;
	return a_ms < b_ms ? a_ms : b_ms;
}

/* Milliseconds until one of the wheels has something, or -1 for never. */
static int64_t
next_ms(struct worker *worker, uint64_t now_ms)
{
	return sooner(wheel_next_ms(&worker->wheel, now_ms),
	    sooner(wheel_next_ms(&worker->throttles, now_ms),
	        sooner(wheel_next_ms(&worker->ends, now_ms),
	            timers_next_ms(&worker->timers, now_ms))));
}

/* Has the event run when a wheel next has something, unless it runs sooner
 * anyway. */
static void
timer_update(struct worker *worker, uint64_t now_ms)
{
	int64_t wait_ms = next_ms(worker, now_ms);
	struct timeval wait;

	if (wait_ms == -1 || now_ms + (uint64_t)wait_ms >= worker->timer_ms)
		return;
	wait.tv_sec = (time_t)(wait_ms / 1000);
	wait.tv_usec = (suseconds_t)(wait_ms % 1000 * 1000);
	if (event_add(worker->timer, &wait) == -1)
		log_warnx("timer not set worker=%u", worker->index);
	else
		worker->timer_ms = now_ms + (uint64_t)wait_ms;
}

void
worker_set_deadline(struct worker *worker, uint32_t slot, uint32_t delay_ms)
{
	uint64_t now_ms = clock_now_ms();

	wheel_set(&worker->wheel, slot, now_ms, delay_ms);
	if (now_ms + delay_ms < worker->timer_ms)
		timer_update(worker, now_ms);
}

enum framed_result
worker_set_timer(struct worker *worker, struct session *session,
    uint32_t delay_ms, uint64_t token)
{
	uint64_t now_ms = clock_now_ms();
	enum framed_result result =
	    timers_set(&worker->timers, session, now_ms, delay_ms, token);

	if (result == FRAMED_OK && now_ms + delay_ms < worker->timer_ms)
		timer_update(worker, now_ms);
	return result;
}

void
worker_clear_deadline(struct worker *worker, uint32_t slot)
{
	wheel_clear(&worker->wheel, slot);
}

int
worker_set_slot(struct worker *worker, struct wheel *wheel, uint32_t slot,
    uint32_t delay_ms)
{
	uint64_t now_ms = clock_now_ms();

	if (wheel_reserve(wheel, table_slots(&worker->table)) == -1)
		return -1;
	wheel_set(wheel, slot, now_ms, delay_ms);
	if (now_ms + delay_ms < worker->timer_ms)
		timer_update(worker, now_ms);
	return 0;
}

void
worker_clear_slot(struct wheel *wheel, uint32_t slot)
{
	/* there is room only once there was a first one */
	if (slot < wheel->slots)
		wheel_clear(wheel, slot);
}

static void
on_throttle(void *arg, uint32_t slot)
{
	struct worker *worker = arg;
	struct session *session = table_get(&worker->table, slot);

	assert(session != NULL);
	meter_expired(session);
}

static void
on_end(void *arg, uint32_t slot)
{
	struct worker *worker = arg;
	struct session *session = table_get(&worker->table, slot);

	assert(session != NULL);
	drain_expired(session);
}

static void
on_deadline(void *arg, uint32_t slot)
{
	struct worker *worker = arg;
	struct session *session = table_get(&worker->table, slot);

	assert(session != NULL);
	driver_expired(session);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct worker *worker = arg;
	uint64_t now_ms = clock_now_ms();

	(void)fd;
	(void)what;
	MAGIC_CHECK(worker, WORKER_MAGIC);
	worker->timer_ms = UINT64_MAX;
	wheel_advance(&worker->wheel, now_ms, on_deadline, worker);
	wheel_advance(&worker->throttles, now_ms, on_throttle, worker);
	wheel_advance(&worker->ends, now_ms, on_end, worker);
	timers_advance(&worker->timers, now_ms, driver_timer);
	timer_update(worker, now_ms);
}

void
worker_mark(struct worker *worker, struct session *session)
{
	session->next_marked = NULL;
	*worker->marked_end = session;
	worker->marked_end = &session->next_marked;
}

struct session *
worker_take_session(
    struct worker *worker, enum session_state state, struct tenure *tenure)
{
	struct session *session = table_take(&worker->table);

	if (session == NULL)
		return NULL;
	/* 0 is nobody's */
	if (++worker->generation == 0)
		worker->generation = 1;
	if (session->slot >= DIRECTORY_SLOTS ||
	    wheel_reserve(&worker->wheel, table_slots(&worker->table)) == -1 ||
	    directory_enter(
	        &worker->directory, session->slot, worker->generation) == -1) {
		table_free(&worker->table, &session);
		return NULL;
	}
	session->magic = SESSION_MAGIC;
	session->state = (uint8_t)state;
	session->worker = worker;
	transport_init(&session->transport);
	session->generation = worker->generation;
	tenure->sessions++;
	return session;
}

struct session *
worker_find_session(struct worker *worker, uint64_t id)
{
	struct session *session =
	    table_get(&worker->table, session_id_slot(id));

	if (session == NULL || session->generation != (uint32_t)id ||
	    session->state == SESSION_CLOSED)
		return NULL;
	return session;
}

void
worker_bury(struct worker *worker, struct session *session)
{
	session->next_marked = worker->graveyard;
	worker->graveyard = session;
}

static void
free_session(struct worker *worker, struct session *session)
{
	struct tenure *tenure = session_tenure(session);

	tenure->sessions--;
	if (session->flags & SESSION_CLIENT)
		tenure->clients--;
	session_release(session);
	table_free(&worker->table, &session);
}

/* Frees the dead whom nobody holds. */
static void
empty_graveyard(struct worker *worker)
{
	struct session *dead = worker->graveyard;

	worker->graveyard = NULL;
	while (dead != NULL) {
		struct session *next = dead->next_marked;

		if (dead->holds > 0)
			worker_bury(worker, dead);
		else
			free_session(worker, dead);
		dead = next;
	}
}

/* Settles the sessions that were marked in this turn. Who is marked meanwhile
 * waits for the next turn, which then does not wait for events. */
static void
settle_marked(struct worker *worker)
{
	struct session *session = worker->marked;

	worker->marked = NULL;
	worker->marked_end = &worker->marked;
	while (session != NULL) {
		struct session *next = session->next_marked;

		driver_settle(session);
		session = next;
	}
}

struct session *
worker_next_handshake(struct worker *worker)
{
	uint32_t slots = table_slots(&worker->table);

	for (uint32_t i = 0; i < slots; i++) {
		uint32_t slot = worker->handshake_cursor++ % slots;
		struct session *session = table_get(&worker->table, slot);

		if (session != NULL && session->flags & SESSION_IN_HANDSHAKE &&
		    session->state != SESSION_CLOSED)
			return session;
	}
	return NULL;
}

void
worker_warn_overload(struct worker *worker)
{
	uint64_t now_ms = clock_now_ms();

	if (now_ms < worker->overload_ms + OVERLOAD_WARN_MS)
		return;
	worker->overload_ms = now_ms;
	log_warnx("clients are turned away max_sessions=%u sessions=%u "
	          "handshakes=%u",
	    worker->server->max_sessions,
	    atomic_load(&worker->server->sessions),
	    atomic_load(&worker->server->handshakes));
}

void
worker_each_session(struct worker *worker, worker_session_fn *fn)
{
	for (uint32_t slot = 0; slot < table_slots(&worker->table); slot++) {
		struct session *session = table_get(&worker->table, slot);

		if (session != NULL)
			fn(session);
	}
}

static void
end_by_abort(struct session *session)
{
	session_cut(session, CLOSE_SHUTDOWN);
}

static void
end_publisher_pause(struct session *session)
{
	if (session->flags & SESSION_PAUSED_BY_MAILBOX)
		session_resume(session, SESSION_PAUSED_BY_MAILBOX);
}

static void
stop_accepting(struct worker *worker)
{
	for (size_t i = 0; i < worker->door_count; i++)
		door_free(&worker->doors[i]);
	worker->door_count = 0;
}

static void
on_signals(struct worker *worker, unsigned signals)
{
	if (signals & MAILBOX_PING)
		atomic_store(&worker->is_asked, false);
	if (signals & MAILBOX_RELIEF && worker->has_waiting_publishers) {
		worker->has_waiting_publishers = false;
		worker_each_session(worker, end_publisher_pause);
	}
	if (signals & MAILBOX_DRAIN && worker->phase == WORKER_RUNNING) {
		stop_accepting(worker);
		drain_begin(worker);
		server_worker_closed(worker->server);
	}
	if (signals & MAILBOX_ABORT) {
		worker->phase = WORKER_ABORTING;
		stop_accepting(worker);
		worker_each_session(worker, end_by_abort);
	}
}

/* This worker lagged, and has caught up: publishers elsewhere may go on. */
static void
give_relief(struct worker *worker)
{
	for (unsigned i = 0; i < worker->server->worker_count; i++)
		if (&worker->server->workers[i] != worker)
			mailbox_signal(&worker->server->workers[i].mailbox,
			    MAILBOX_RELIEF);
}

static void
on_mail(evutil_socket_t fd, short what, void *arg)
{
	struct worker *worker = arg;
	unsigned signals;

	(void)fd;
	(void)what;
	MAGIC_CHECK(worker, WORKER_MAGIC);
	*worker->inbox_end = mailbox_take(&worker->mailbox, &signals);
	while (*worker->inbox_end != NULL)
		worker->inbox_end = &(*worker->inbox_end)->next;
	if (mailbox_settle(&worker->mailbox, 0))
		give_relief(worker);
	on_signals(worker, signals);
}

/* Does what posts ask for, as much as a turn allows. */
static void
deliver_inbox(struct worker *worker)
{
	const uint64_t before = worker->stats.messages_out;
	size_t bytes = 0;

	for (unsigned i = 0; i < POSTS_PER_TURN && worker->inbox != NULL &&
	     worker->stats.messages_out - before < DELIVERIES_PER_TURN;
	     i++) {
		struct post *post = worker->inbox;

		worker->inbox = post->next;
		post->type->deliver(worker, post);
		bytes += post->bytes;
		post_free(&post);
	}
	if (worker->inbox == NULL)
		worker->inbox_end = &worker->inbox;
	if (bytes > 0 && mailbox_settle(&worker->mailbox, bytes))
		give_relief(worker);
}

void
worker_turn(struct worker *worker)
{
	int flags = EVLOOP_ONCE;

	if (worker->marked != NULL || worker->inbox != NULL ||
	    drain_is_busy(worker))
		flags |= EVLOOP_NONBLOCK;
	if (event_base_loop(worker->base, flags) == -1)
		log_warn("event loop failed worker=%u", worker->index);
	deliver_inbox(worker);
	drain_turn(worker);
	settle_marked(worker);
	empty_graveyard(worker);
	if (UNLIKELY(worker->has_old_tenures))
		tenures_end(worker);
	for (size_t i = 0; i < worker->door_count; i++)
		if (worker->doors[i] != NULL)
			listener_end_turn(&worker->doors[i]->listener);
}

/* Begins with its first generation, as all others do. */
static int
begin(struct worker *worker)
{
	struct tenure *tenure = worker->tenure;
	int result =
	    seats_open(&tenure->seats, worker, tenure->generation->registry);

	return server_worker_begun(worker->server, result);
}

/* Whether there is nothing left to do. What others accepted may be on its way
 * here until none of them does any more. */
static bool
is_done(const struct worker *worker)
{
	if (worker->phase == WORKER_RUNNING || worker->table.live > 0 ||
	    worker->works > 0)
		return false;
	return worker->phase == WORKER_ABORTING ||
	    (atomic_load(&worker->server->accepting) == 0 &&
	        worker->inbox == NULL && mailbox_is_empty(&worker->mailbox));
}

static void *
worker_main(void *arg)
{
	struct worker *worker = arg;

	MAGIC_CHECK(worker, WORKER_MAGIC);
	if (begin(worker) == -1)
		on_signals(worker, MAILBOX_ABORT);
	while (!is_done(worker))
		worker_turn(worker);
	/* others, which may drain for long, must not wait for what it leaves */
	give_relief(worker);
	for (struct tenure *tenure = worker->tenures; tenure != NULL;
	     tenure = tenure->next)
		seats_close(&tenure->seats);
	server_worker_ended(worker->server);
	return NULL;
}

int
worker_start(struct worker *worker)
{
	errno = pthread_create(&worker->thread, NULL, worker_main, worker);
	return errno == 0 ? 0 : -1;
}

/* An event base that only the worker's thread will touch. */
static struct event_base *
base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config == NULL)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static int
open_events(struct worker *worker)
{
	worker->base = base_new();
	if (worker->base == NULL)
		return -1;
	worker->timer = event_new(worker->base, -1, 0, on_timer, worker);
	worker->mail = event_new(worker->base, worker->mailbox.wake_fd,
	    EV_READ | EV_PERSIST, on_mail, worker);
	if (worker->timer == NULL || worker->mail == NULL)
		return -1;
	return event_add(worker->mail, NULL);
}

int
worker_init(struct worker *worker, struct server *server, unsigned index)
{
	memset(worker, 0, sizeof(*worker));
	worker->magic = WORKER_MAGIC;
	worker->index = index;
	worker->server = server;
	worker->timer_ms = UINT64_MAX;
	worker->marked_end = &worker->marked;
	worker->inbox_end = &worker->inbox;
	worker->mailbox.wake_fd = -1;
	entropy_fill(&worker->spread, sizeof(worker->spread));
	worker->receive_buffer = malloc(RECEIVE_BYTES);
	worker->deflate_pool = deflate_pool_new();
	if (worker->receive_buffer != NULL && worker->deflate_pool != NULL &&
	    cork_init(&worker->cork) == 0 &&
	    wheel_init(&worker->wheel, clock_now_ms()) == 0 &&
	    wheel_init(&worker->throttles, clock_now_ms()) == 0 &&
	    wheel_init(&worker->ends, clock_now_ms()) == 0 &&
	    timers_init(&worker->timers, clock_now_ms()) == 0 &&
	    mailbox_open(&worker->mailbox) == 0 && open_events(worker) == 0)
		return 0;
	log_error("worker cannot be made worker=%u", index);
	return -1;
}

void
worker_release(struct worker *worker)
{
	if (worker->magic != WORKER_MAGIC)
		return;
	stop_accepting(worker);
	free(worker->doors);
	while (worker->tenures != NULL) {
		struct tenure *tenure = worker->tenures;

		worker->tenures = tenure->next;
		tenure_free(&tenure);
	}
	topics_release(&worker->topics);
	table_release(&worker->table);
	directory_release(&worker->directory);
	wheel_release(&worker->wheel);
	wheel_release(&worker->throttles);
	wheel_release(&worker->ends);
	timers_release(&worker->timers);
	if (worker->mail != NULL)
		event_free(worker->mail);
	if (worker->timer != NULL)
		event_free(worker->timer);
	mailbox_close(&worker->mailbox);
	posts_free(&worker->inbox);
	if (worker->base != NULL)
		event_base_free(worker->base);
	cork_release(&worker->cork);
	queue_shelf_release(&worker->queue_shelf);
	tls_port_release(&worker->tls_port);
	deflate_pool_free(&worker->deflate_pool);
	free(worker->receive_buffer);
	worker->magic = 0;
}
