/* A worker that drains. */
#include "core/drain.h"

#include "base/clock.h"
#include "core/age.h"
#include "core/driver.h"
#include "core/tenure.h"
#include "core/worker.h"
#include "proto/closecode.h"

enum {
	SLOTS_PER_TURN = 1024, /* of the table: as many modules are told */
	/* for the rest of a request: who has come in is served, if only with
	 * words of farewell */
	HANDSHAKE_MS = 1000
};

static const struct conf_drain *
conf_of(const struct worker *worker)
{
	return &worker->tenure->generation->conf->drain;
}

const char *
drain_sentence(const struct worker *worker)
{
	return conf_of(worker)->close_code == CLOSECODE_RESTART
	    ? "server restarting"
	    : close_reason_info(CLOSE_SHUTDOWN)->sentence;
}

/* Ends a session that is not open yet, in HTTP where that was begun. */
static void
refuse(struct session *session)
{
	if (session->state == SESSION_REQUEST ||
	    session->state == SESSION_UPGRADE)
		session_refuse(session, CLOSE_SHUTDOWN,
		    (struct http_response){.status = 503,
		        .text = drain_sentence(session->worker)});
	else
		session_close(session, CLOSE_SHUTDOWN);
}

/* The end that a session has been waiting for. 1012 is a server's to send. */
static void
say_goodbye(struct session *session)
{
	const struct worker *worker = session->worker;

	if (session->state < SESSION_OPEN)
		refuse(session);
	else if (session->flags & SESSION_CLIENT)
		session_close(session, CLOSE_SHUTDOWN);
	else
		session_close_with(session, CLOSE_SHUTDOWN,
		    (uint16_t)conf_of(worker)->close_code,
		    span_from_string(drain_sentence(worker)));
}

/* Has the session end in so many milliseconds; now, if there is no memory to
 * wait. */
static void
end_in(struct session *session, uint32_t ms)
{
	struct worker *worker = session->worker;

	if (ms == 0 ||
	    worker_set_slot(worker, &worker->ends, session->slot, ms) == -1)
		say_goodbye(session);
}

/* The session's own time, of that over which all are spread. */
static uint32_t
next_end_ms(struct worker *worker)
{
	uint32_t spread_ms = conf_of(worker)->spread_ms;
	uint64_t place_ms = spread_next(&worker->spread, spread_ms);
	uint64_t gone_ms = clock_now_ms() - worker->drain_ms;

	return place_ms > gone_ms ? (uint32_t)(place_ms - gone_ms) : 0;
}

static void
end_open(struct session *session)
{
	uint32_t ms = next_end_ms(session->worker);

	/* of the end of a raw session that its peer closes the module knows */
	if (session->reason == CLOSE_REASON_NONE)
		driver_drain(session, ms);
	if (session->state == SESSION_OPEN)
		end_in(session, ms);
}

static void
end(struct session *session)
{
	if (session->state == SESSION_OPEN)
		end_open(session);
	/* an answer that the module deferred could not be yes any more */
	else if (session->state == SESSION_UPGRADE ||
	    session->flags & SESSION_CLIENT)
		refuse(session);
	else if (session->state < SESSION_OPEN)
		end_in(session, HANDSHAKE_MS);
}

void
drain_begin(struct worker *worker)
{
	worker->phase = WORKER_DRAINING;
	worker->drain_ms = clock_now_ms();
}

void
drain_add(struct session *session)
{
	const struct worker *worker = session->worker;

	/* else the walk comes to it */
	if (session->slot < worker->drain_slot &&
	    session->state < SESSION_CLOSED)
		end_in(session, HANDSHAKE_MS);
}

bool
drain_is_busy(const struct worker *worker)
{
	return worker->phase == WORKER_DRAINING &&
	    worker->drain_slot < table_slots(&worker->table);
}

void
drain_turn(struct worker *worker)
{
	for (unsigned i = 0; i < SLOTS_PER_TURN && drain_is_busy(worker); i++) {
		struct session *session =
		    table_get(&worker->table, worker->drain_slot++);

		if (session != NULL)
			end(session);
	}
}

void
drain_expired(struct session *session)
{
	/* while it drains, what it has come to has another time */
	if (session->slot < session->worker->drain_slot)
		say_goodbye(session);
	else
		age_expired(session);
}
