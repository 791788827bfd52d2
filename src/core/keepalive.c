/* Pings, pongs and their deadline, or a watch over the queue. */
#include "core/keepalive.h"

#include "base/entropy.h"
#include "core/extra.h"
#include "core/output.h"

void
keepalive_begin(struct session *session)
{
	session->flags &= ~(uint32_t)(SESSION_PING_SENT | SESSION_STALLED);
	if (session_keepalive(session)->ping_interval_ms > 0)
		session_set_deadline(
		    session, session_keepalive(session)->ping_interval_ms);
	else
		session_clear_deadline(session);
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

void
keepalive_interval_changed(struct session *session)
{
	if (session->state == SESSION_OPEN &&
	    (!(session->flags & SESSION_PING_SENT) ||
	        session_keepalive(session)->ping_interval_ms == 0))
		keepalive_begin(session);
}

void
keepalive_timeout_changed(struct session *session)
{
	if (session->state == SESSION_OPEN &&
	    session->flags & (SESSION_PING_SENT | SESSION_STALLED))
		session_set_deadline(
		    session, session_keepalive(session)->timeout_ms);
}

void
keepalive_expired(struct session *session)
{
	if (session_keepalive(session)->ping_interval_ms == 0)
		watch_stall(session);
	else if (session->flags & SESSION_PING_SENT)
		miss_pong(session);
	else
		send_new_ping(session);
}

void
keepalive_settle(struct session *session)
{
	if (session_keepalive(session)->ping_interval_ms == 0 &&
	    session->flags & SESSION_BLOCKED &&
	    !(session->flags & SESSION_STALLED))
		watch_stall(session);
}
