/*
 * A session: one connection from accept to the end. It belongs to one worker
 * for its life, and only that thread touches it; everybody else knows it by its
 * id.
 *
 *	ACCEPTED ─ (PROXY) ─ (TLS) ─ REQUEST ── UPGRADE ─┐
 *	                                                 OPEN ─ CLOSING ─ CLOSED
 *	             CONNECT ─ (TLS) ─ RESPONSE ─────────┘
 *
 * Any state may go straight to CLOSED, and TLS, REQUEST and UPGRADE to CLOSING
 * with a refusal. Sessions that we begin, as a client, start with CONNECT.
 * session_set_state() is the only writer of the state.
 */
#ifndef FRAMED_CORE_SESSION_H
#define FRAMED_CORE_SESSION_H

#include "base/guard.h"
#include "base/span.h"
#include "core/close_reason.h"
#include "core/queue.h"
#include "host/registry.h"
#include "net/addr.h"
#include "net/transport.h"
#include "proto/closecode.h"
#include "proto/http.h"
#include "proto/message.h"

struct request;       /* request.h: the head that was received */
struct backlog;       /* bytes received while reading was stopped */
struct subscriptions; /* topics.h: what a session is subscribed to */
struct session_extra; /* extra.h: what only some sessions need */
struct worker;

enum {
	SESSION_MAGIC = 0x73657373,
	SESSION_BYTES_MAX = 304 /* of the block: 100 000 idle ones are cheap */
};

enum session_state {
	SESSION_ACCEPTED,
	SESSION_PROXY,    /* reading the header of a proxy */
	SESSION_TLS,      /* the handshake beneath all others */
	SESSION_REQUEST,  /* reading the request head */
	SESSION_UPGRADE,  /* judging it; the module may take its time */
	SESSION_CONNECT,  /* awaiting the connection that we began */
	SESSION_RESPONSE, /* reading the head of the response to our request */
	SESSION_OPEN,
	SESSION_CLOSING, /* draining, awaiting the peer's Close, lingering */
	SESSION_CLOSED,
	SESSION_STATE_COUNT
};

/* What was found out at the door. */
enum opening_phase {
	OPENING_WELL,
	OPENING_TOO_MANY /* to be told so when its request is there */
};

enum session_flags {
	/* why the peer is not read from */
	SESSION_PAUSED_BY_MODULE = 1 << 0,
	SESSION_PAUSED_BY_QUEUE = 1 << 1,   /* above the high mark */
	SESSION_PAUSED_BY_MAILBOX = 1 << 2, /* others lag behind it */
	/* work for the end of the turn: driver_settle() */
	SESSION_MARKED = 1 << 3, /* on the worker's list */
	SESSION_READY = 1 << 4,  /* has a backlog and may read it */
	SESSION_DIRTY = 1 << 5,  /* has a queue to flush */
	SESSION_BROKEN = 1 << 6, /* the connection failed under a call */
	/* the rest */
	SESSION_BLOCKED = 1 << 7,    /* the kernel takes no more for now */
	SESSION_ABOVE_HIGH = 1 << 8, /* on_writable is due below the low mark */
	SESSION_PING_SENT = 1 << 9,  /* and its pong not yet here */
	SESSION_HEARD = 1 << 10,     /* something came since the last ping */
	SESSION_PROGRESS = 1 << 11,  /* the queue has moved */
	SESSION_WAS_OPENED = 1 << 12, /* on_open was called: on_close is due */
	SESSION_WAS_TOLD = 1 << 13,   /* on_close was called */
	SESSION_CLOSE_RECEIVED = 1 << 14,
	SESSION_CLOSE_SENT = 1 << 15,  /* queued, at least */
	SESSION_INPUT_ENDED = 1 << 16, /* the peer sends no more */
	SESSION_UNREADABLE = 1 << 17,  /* what it sends is no longer frames */
	SESSION_TRAILED = 1 << 18, /* something came behind the peer's Close */
	SESSION_IN_HANDSHAKE = 1 << 19, /* counted as such by the server */
	SESSION_COUNTED = 1 << 20,      /* counted against max_sessions */
	SESSION_STALLED = 1 << 21, /* without pings: the peer takes nothing */
	/* there is no connection yet, or the module has not answered the upgrade
	 * request; once OPEN, too much has come in too short a time */
	SESSION_PAUSED_BY_GATE = 1 << 22,
	SESSION_SECURED = 1 << 23,  /* its bytes are TLS: secure.h */
	SESSION_NEWS = 1 << 24,     /* the module is to be told: receipts.h */
	SESSION_FLUSHING = 1 << 25, /* a flush waits for the queue */
	SESSION_TUNED = 1 << 26,    /* has rules and keepalive of its own */
	SESSION_SILENT = 1 << 27,   /* raw: half of the idle time is over */
	SESSION_PAUSED_BY_ASYNC = 1 << 28, /* too many works are under way */
	SESSION_CLIENT = 1 << 29,   /* we began it: what we send is masked */
	SESSION_EXTENDED = 1 << 30, /* an extension was agreed on: pmce.h */

	/* not to be read from */
	SESSION_PAUSED = SESSION_PAUSED_BY_MODULE | SESSION_PAUSED_BY_QUEUE |
	    SESSION_PAUSED_BY_MAILBOX | SESSION_PAUSED_BY_ASYNC |
	    SESSION_PAUSED_BY_GATE
};

struct session {
	uint32_t magic;
	uint32_t slot;       /* in the worker's table */
	uint32_t generation; /* no two sessions of a worker share one */
	uint8_t state;       /* enum session_state */
	uint8_t
	    phase; /* of CLOSING: enum closing_phase; before: opening_phase */
	uint8_t reason;      /* enum close_reason */
	uint8_t holds;       /* the block is not freed while there are any */
	uint32_t flags;      /* enum session_flags */
	uint16_t close_code; /* set with the reason; a status before OPEN */
	uint8_t ended_in;    /* the state in which the reason came */
	uint8_t deflate;     /* with SESSION_EXTENDED: deflate_params_pack() */
	struct worker *worker;
	const struct endpoint *endpoint; /* NULL before routing */
	struct transport transport;
	struct message_reader reader;
	struct queue *queue;         /* NULL while nothing waits */
	struct backlog *backlog;     /* NULL while nothing is left unread */
	struct session *next_marked; /* or in the graveyard */
	struct request *request;     /* from REQUEST until on_open returned */
	void *storage; /* the module's, session_size bytes, or NULL */
	struct subscriptions *subscriptions;
	struct session_extra *extra; /* NULL for most */
	uint64_t messages_in;
	uint64_t messages_out;
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t opened_ms;
	union {
		const struct conf_listener *listener; /* before OPEN */
		uint64_t ping_payload;                /* from OPEN on */
	};
	struct addr peer;
	uint32_t charged; /* bytes accounted for: session_account() */
};

_Static_assert(sizeof(struct session) <= SESSION_BYTES_MAX,
    "an idle session has become dearer");

/* What a stage's reader answers to the driver. */
enum step {
	STEP_MORE, /* everything is taken; needs more bytes */
	STEP_WAIT, /* cannot go on now: keep the rest */
	STEP_NEXT, /* the state has changed: ask the next stage */
	STEP_DEAD  /* CLOSED: drop the rest */
};

/* A state's part of the life; see the table in session.c. */
struct stage {
	const char *name;
	unsigned successors; /* a set of 1 << enum session_state */
	/* The state was just entered; may be NULL. */
	void (*enter)(struct session *session);
	/* Takes bytes from in, and moves it on. */
	enum step (*readable)(struct session *session, struct bytes *in);
	/* The peer sends no more. */
	void (*ended)(struct session *session);
	/* The deadline came. */
	void (*expired)(struct session *session);
	/* The end of a turn in which the session was marked; may be NULL. */
	void (*settle)(struct session *session);
};

/*
 * Begins a session on a descriptor that the listener accepted, which it owns
 * from now on, in every case. Without memory the connection is closed and logged.
 */
void session_accept(struct worker *worker, const struct conf_listener *listener,
    int fd, const struct addr *peer);

/* The configuration that the session began under. */
const struct conf *session_conf(const struct session *session);

/* Whether the peer is a trusted proxy: then it is believed whom it speaks for.
 * Before OPEN, and not as a client. */
bool session_trusts_peer(const struct session *session);

/* {worker, slot, generation}: never 0, and not used again before 2^32 other
 * sessions of the worker. */
uint64_t session_id(const struct session *session);

/* What an id is made of: the number of the worker, below 256, and the slot,
 * below 2^24, in its table. The generation is the lower half. */
static inline unsigned
session_id_worker(uint64_t id)
{
	return (unsigned)(id >> 56);
}

static inline uint32_t
session_id_slot(uint64_t id)
{
	return (uint32_t)(id >> 32) & 0xffffff;
}

/* What to do in the session's state. */
const struct stage *session_stage(const struct session *session);

/* The only way to change the state; asserts that the step is legal. */
void session_set_state(struct session *session, enum session_state state);
const char *session_state_name(enum session_state state);

/*
 * Ends the session, for the reason's own code and sentence: a Close frame and
 * CLOSING where one can be sent, else CLOSED. May be called at any time, from
 * any callback, and twice: the first reason stays. The module hears of it at
 * the end of the turn.
 */
void session_close(struct session *session, enum close_reason reason);

/* The same with a code and a text for this one time. The text is copied, at
 * most CLOSE_TEXT_MAX bytes of it, cut between characters. */
void session_close_with(struct session *session, enum close_reason reason,
    uint16_t code, struct span text);

/* Ends it at once: no Close frame, what is queued is dropped. The reason counts
 * if it is the first. */
void session_cut(struct session *session, enum close_reason reason);

/*
 * Says goodbye, code 1000, to one that may still have something to say: nothing
 * more can be sent, but messages come until the peer has answered the Close, or
 * has been silent for keepalive.timeout_ms. Nothing unless the session is OPEN.
 */
void session_end_output(struct session *session);

/*
 * Ends a session before it is open, with an HTTP response that says why; Date
 * is filled in here, and the headers that the status needs where extra_headers
 * is NULL. Others, and the text, have FRAMED_ANSWER_MAX bytes at most.
 */
void session_refuse(struct session *session, enum close_reason reason,
    struct http_response response);

/* Ends it because its module cannot go on, and says why in the log: close code
 * 1011, or before it is open, status 500. Nothing once it is ending. */
void session_fail(struct session *session, const char *why);

/* Fills in why the session ends; false while that is not decided. The text is
 * the session's. */
bool session_close_info(
    const struct session *session, struct framed_close_info *info_out);

/*
 * The closing handshake of raw sessions (`raw = true`), where the module answers
 * the peer's Close. peer_closes notes that Close and decides the reason, but the
 * session stays OPEN until close_timeout_ms is over, or the module has sent its
 * own: by send_close, for which session_can_send() must be true, or as others do
 * with session_close(). payload is the body of the Close, which may be wrong.
 */
void session_peer_closes(struct session *session, struct span payload);
void session_send_close(struct session *session, struct span payload);

/* Has the session settled at the end of this turn of the loop. */
void session_mark(struct session *session);

/* Sets the one deadline of the session, or takes it away. */
void session_set_deadline(struct session *session, uint32_t delay_ms);
void session_clear_deadline(struct session *session);

/* Stops and resumes reading for one of the SESSION_PAUSED reasons. */
void session_pause(struct session *session, enum session_flags why);
void session_resume(struct session *session, enum session_flags why);

/* Whether frames may go out. */
static inline bool
session_can_send(const struct session *session)
{
	return session->state == SESSION_OPEN &&
	    !(session->flags & (SESSION_BROKEN | SESSION_CLOSE_SENT));
}

/* Whether its module gets frames instead of messages. Once there is an endpoint.
 */
static inline bool
session_is_raw(const struct session *session)
{
	return session->endpoint->rules.is_raw;
}

/* The block stays while there is a hold, even when the session is CLOSED. */
static inline void
session_hold(struct session *session)
{
	session->holds++;
}

static inline void
session_release_hold(struct session *session)
{
	assert(session->holds > 0);
	session->holds--;
}

/* Makes the module's storage, zeroed, unless it is there or none is asked for.
 * Returns 0, or -1 without memory. */
MUST_CHECK int session_make_storage(struct session *session);

/* Gives back its place among the handshakes, if it has one. */
void session_leave_handshake(struct session *session);

/* Tells the module that the session is over, if it knows the session and was
 * not told. Driver only. */
void session_tell_closed(struct session *session);

/* Frees what a CLOSED session still has, and says its last line in the log; the
 * worker frees the block. */
void session_release(struct session *session);

/* Counts the memory the session pins now into its worker's statistics. */
void session_account(struct session *session);

/* The request's path, for logs and modules. */
const char *session_path(const struct session *session);

#endif
