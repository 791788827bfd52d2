/*
 * A worker: one thread, one event base, and the sessions that were accepted
 * there. Only its thread touches it, but for the mailbox, and for reading the
 * directory and the topics' interest.
 */
#ifndef FRAMED_CORE_WORKER_H
#define FRAMED_CORE_WORKER_H

#include <pthread.h>

#include "base/entropy.h"
#include "base/guard.h"
#include "base/spread.h"
#include "core/directory.h"
#include "core/mailbox.h"
#include "core/emit.h"
#include "core/session.h"
#include "core/stats.h"
#include "core/table.h"
#include "core/timers.h"
#include "core/topics.h"
#include "core/wheel.h"
#include "net/tls_stream.h"

struct deflate_pool;
struct event;
struct event_base;
struct server;
struct tenure;

enum {
	WORKER_MAGIC = 0x776f726b,
	RECEIVE_BYTES = 256 << 10 /* one recv; shared by all sessions */
};

enum worker_phase {
	WORKER_RUNNING,
	WORKER_DRAINING, /* accepts no more; ends with its last session */
	WORKER_ABORTING  /* ends now */
};

struct worker {
	uint32_t magic;
	unsigned index;
	enum worker_phase phase;
	struct server *server;
	struct event_base *base;
	struct event *mail;  /* the mailbox has something */
	struct event *timer; /* deadlines or timers are due */
	uint64_t timer_ms;   /* when the timer is to run; UINT64_MAX: never */
	/* where connections come in, by place of the listener; NULL: another
	 * worker accepts for it */
	struct door **doors;
	size_t door_count;
	uint8_t *receive_buffer;
	struct deflate_pool *deflate_pool;
	struct cork cork;
	struct queue_shelf queue_shelf;
	struct tls_port tls_port;
	struct entropy_pool mask_keys; /* for client sessions */
	struct table table;
	struct directory directory; /* of the table, for other threads */
	struct wheel wheel; /* deadlines of sessions, by slot of the table */
	struct wheel throttles; /* until peers may go on, by slot: meter.h */
	struct wheel ends;      /* when sessions are closed: drain.h, age.h */
	struct spread spread;   /* of these times */
	uint64_t drain_ms;      /* when it began to drain */
	uint32_t drain_slot;    /* draining: slots below have been seen to */
	struct timers timers;
	unsigned works; /* of modules, not yet delivered: async.h */
	struct mailbox mailbox;
	struct post *inbox; /* taken from the mailbox, to be delivered … */
	struct post **inbox_end;     /* … in this order */
	bool has_waiting_publishers; /* SESSION_PAUSED_BY_MAILBOX */
	struct topics topics;
	struct tenure *tenure;  /* for new sessions */
	struct tenure *tenures; /* this one and others, newest first */
	bool has_old_tenures;   /* some may have come to their end */
	struct stats stats;
	struct session *marked; /* to be settled at the end of the turn … */
	struct session **marked_end; /* … in this order */
	struct session *graveyard;   /* CLOSED, to be freed after it */
	uint32_t generation;         /* of the newest session */
	uint32_t handshake_cursor;   /* slot: where the search goes on */
	uint64_t overload_ms;        /* when it was last said in the log */
	atomic_bool is_asked;        /* watchdog.h: and has not answered yet */
	pthread_t thread;
};

/*
 * Prepares a worker, which has no listeners yet: change_give(). Main thread. The
 * worker must not move. Returns 0; or -1 after saying why in the log;
 * worker_release() is due in both cases.
 */
MUST_CHECK int worker_init(
    struct worker *worker, struct server *server, unsigned index);

/* Main thread, when the worker's has ended or never begun. */
void worker_release(struct worker *worker);

/*
 * Starts the thread. It begins with its seats, those of its tenure, and
 * server_worker_begun(), and ends
 * after MAILBOX_DRAIN or MAILBOX_ABORT, when the last session and the last work
 * are through, with server_worker_ended(). Returns 0, or -1 with errno.
 */
MUST_CHECK int worker_start(struct worker *worker);

/* One turn of the loop: waits for events, handles them, and does what they left
 * for the end. For the worker's thread, or in its place. */
void worker_turn(struct worker *worker);

/* Sets or takes away the deadline of a session's slot. */
void worker_set_deadline(
    struct worker *worker, uint32_t slot, uint32_t delay_ms);
void worker_clear_deadline(struct worker *worker, uint32_t slot);

/* Sets the time of a session's slot on one of the worker's other wheels, throttles
 * or ends, or takes it away. Returns 0, or -1 without memory. */
MUST_CHECK int worker_set_slot(struct worker *worker, struct wheel *wheel,
    uint32_t slot, uint32_t delay_ms);
void worker_clear_slot(struct wheel *wheel, uint32_t slot);

/* As timers_set(), from now on. */
enum framed_result worker_set_timer(struct worker *worker,
    struct session *session, uint32_t delay_ms, uint64_t token);

/*
 * A session whose request is not there yet, another one each time, or NULL when
 * there is none.
 */
struct session *worker_next_handshake(struct worker *worker);

/* Says in the log, once in a while, that clients are turned away. */
void worker_warn_overload(struct worker *worker);

/* Puts a session on the list for the end of the turn; once is enough. */
void worker_mark(struct worker *worker, struct session *session);

/* A slot in the table and on the wheel, zeroed, with its worker, its generation
 * and the state it begins in. It counts for the tenure, which session_tenure() must
 * find from now on. NULL without memory. */
MUST_CHECK struct session *worker_take_session(
    struct worker *worker, enum session_state state, struct tenure *tenure);

/* The session with this id, or NULL when it is gone or CLOSED. The id is one of
 * this worker's. */
struct session *worker_find_session(struct worker *worker, uint64_t id);

/* Calls fn for every session of the worker. */
typedef void worker_session_fn(struct session *session);
void worker_each_session(struct worker *worker, worker_session_fn *fn);

/* Has the block of a CLOSED session freed at the end of the turn. */
void worker_bury(struct worker *worker, struct session *session);

#endif
