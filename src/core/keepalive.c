/* Pings, pongs and their deadline; or half the idle time, twice; or a watch over
 * the queue. */
#include "core/keepalive.h"

#include "base/entropy.h"
#include "core/extra.h"
#include "core/output.h"

/* Of the time for which nothing may come, at most two days. */
static uint32_t
half_idle_ms(const struct session *session)
{
	const struct conf_keepalive *keepalive = session_keepalive(session);

	return (keepalive->ping_interval_ms + keepalive->timeout_ms + 1) / 2;
}

void
keepalive_begin(struct session *session)
{
	uint32_t interval_ms = session_keepalive(session)->ping_interval_ms;

	session->flags &=
	    ~(uint32_t)(SESSION_PING_SENT | SESSION_STALLED | SESSION_SILENT);
	if (interval_ms == 0)
		session_clear_deadline(session);
	else if (session_is_raw(session))
		session_set_deadline(session, half_idle_ms(session));
	else
		session_set_deadline(session, interval_ms);
}

/* The pong must carry the payload of the ping that waits; others mean nothing
 * (RFC 6455 §5.5.3). */
bool
keepalive_take_pong(struct session *session, struct span payload)
{
	const struct span ours =
	    span_from(&session->ping_payload, sizeof(session->ping_payload));

	if (session->ping_payload == 0 || !span_is_equal(payload, ours))
		return false;
	if (session->flags & SESSION_PING_SENT)
		keepalive_begin(session);
	return true;
}

/* A peer must not be able to send the pong before it has read the ping. Not 0,
 * which is the payload of a session that was never pinged. */
static uint64_t
random_payload(void)
{
	uint64_t payload;

	do
		entropy_fill(&payload, sizeof(payload));
	while (payload == 0);
	return payload;
}

static void
send_ping(struct session *session)
{
	session->flags |= SESSION_PING_SENT;
	session->flags &= ~(uint32_t)(SESSION_HEARD | SESSION_PROGRESS);
	session_set_deadline(session, session_keepalive(session)->timeout_ms);
	/* last: without memory it ends the session, and the deadline with it */
	output_control(session, PACKET_KEEPALIVE,
	    span_from(&session->ping_payload, sizeof(session->ping_payload)));
}

static void
send_new_ping(struct session *session)
{
	session->ping_payload = random_payload();
	send_ping(session);
}

/*
 * No pong came in time. One that lies unread because we do not read is not late:
 * the same ping goes out again, and fails if the connection is dead. While
 * reading waits for the peer to take its queue, the peer must at least take some
 * of it.
 */
static void
miss_pong(struct session *session)
{
	if (session_keepalive(session)->any_traffic &&
	    session->flags & SESSION_HEARD) {
		keepalive_begin(session);
	} else if (session->flags & SESSION_PAUSED &
	    ~(uint32_t)SESSION_PAUSED_BY_QUEUE) {
		send_ping(session);
	} else if (session->flags & SESSION_PAUSED_BY_QUEUE &&
	    session->flags & SESSION_PROGRESS) {
		session->flags &= ~(uint32_t)SESSION_PROGRESS;
		session_set_deadline(
		    session, session_keepalive(session)->timeout_ms);
	} else {
		session_close(session, CLOSE_PING_TIMEOUT);
	}
}

/*
 * Without pings, a session that the kernel takes no bytes for is given
 * timeout_ms to make some progress, again and again.
 */
static void
watch_stall(struct session *session)
{
	if (!(session->flags & SESSION_BLOCKED)) {
		session->flags &= ~(uint32_t)SESSION_STALLED;
	} else if (session->flags & SESSION_STALLED &&
	    !(session->flags & SESSION_PROGRESS)) {
		/* what the kernel still holds for it goes, too */
		transport_reset(&session->transport);
		session_cut(session, CLOSE_WRITE_TIMEOUT);
	} else {
		session->flags |= SESSION_STALLED;
		session->flags &= ~(uint32_t)SESSION_PROGRESS;
		session_set_deadline(
		    session, session_keepalive(session)->timeout_ms);
	}
}

/*
 * Half of a raw session's idle time has passed. Two halves without a sign of
 * life, one after the other, are the end: once to one and a half times the idle
 * time after the last byte, without a note of when that was. While we do not
 * read, silence is no wonder; but a peer for whose sake we do not, must take
 * some of its queue.
 */
static void
watch_silence(struct session *session)
{
	uint32_t signs = SESSION_HEARD |
	    (SESSION_PAUSED & ~(uint32_t)SESSION_PAUSED_BY_QUEUE);

	if (session->flags & SESSION_PAUSED_BY_QUEUE)
		signs |= SESSION_PROGRESS;
	if (session->flags & signs) {
		session->flags &= ~(uint32_t)SESSION_SILENT;
	} else if (session->flags & SESSION_SILENT) {
		session_close(session, CLOSE_IDLE_TIMEOUT);
		return;
	} else {
		session->flags |= SESSION_SILENT;
	}
	session->flags &= ~(uint32_t)(SESSION_HEARD | SESSION_PROGRESS);
	session_set_deadline(session, half_idle_ms(session));
}

/* Whether the deadline is for what happens here. */
static bool
is_watched(const struct session *session)
{
	return session->state == SESSION_OPEN &&
	    !(session->flags & SESSION_CLOSE_RECEIVED);
}

void
keepalive_interval_changed(struct session *session)
{
	if (is_watched(session) &&
	    (!(session->flags & SESSION_PING_SENT) ||
	        session_keepalive(session)->ping_interval_ms == 0))
		keepalive_begin(session);
}

void
keepalive_timeout_changed(struct session *session)
{
	if (!is_watched(session))
		return;
	if (session_is_raw(session))
		keepalive_begin(session);
	else if (session->flags & (SESSION_PING_SENT | SESSION_STALLED))
		session_set_deadline(
		    session, session_keepalive(session)->timeout_ms);
}

void
keepalive_expired(struct session *session)
{
	if (session_keepalive(session)->ping_interval_ms == 0)
		watch_stall(session);
	else if (session_is_raw(session))
		watch_silence(session);
	else if (session->flags & SESSION_PING_SENT)
		miss_pong(session);
	else
		send_new_ping(session);
}

void
keepalive_settle(struct session *session)
{
	if (is_watched(session) &&
	    session_keepalive(session)->ping_interval_ms == 0 &&
	    session->flags & SESSION_BLOCKED &&
	    !(session->flags & SESSION_STALLED))
		watch_stall(session);
}
