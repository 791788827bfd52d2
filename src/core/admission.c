/* Who comes in. */
#include "core/admission.h"

#include "base/clock.h"
#include "base/rate.h"
#include "core/extra.h"
#include "core/server.h"
#include "core/tenure.h"
#include "core/worker.h"

bool
admission_greet(struct worker *worker)
{
	struct server *server = worker->server;
	uint32_t limit =
	    worker->tenure->generation->conf->limits.connections_per_second;

	return limit == 0 ||
	    rate_try(&server->connection_rate, limit, clock_now_ns());
}

/* Notes that a limit was reached: for the log, and for the answer. */
static int
refuse(struct session *session, enum close_reason *reason_out,
    struct proto_error *error_out, enum close_reason reason)
{
	const struct close_reason_info *info = close_reason_info(reason);

	worker_warn_overload(session->worker);
	*reason_out = reason;
	*error_out = (struct proto_error){info->code, info->sentence};
	return -1;
}

/* The listener's own limit. Sessions note that they are counted in their extra:
 * most listeners have none. Returns a reason, or CLOSE_REASON_NONE. */
static enum close_reason
enter_listener(struct session *session)
{
	const struct conf_listener *listener = session->listener;
	uint32_t limit = listener->max_sessions;
	struct session_extra *extra;
	struct tally *tally;

	if (limit == 0)
		return CLOSE_REASON_NONE;
	extra = session_need_extra(session);
	if (extra == NULL)
		return CLOSE_OVERLOAD;
	tally =
	    session_tenure(session)->generation->listener_sessions[listener -
	        listener->conf->listeners];
	if (!tally_enter(tally, limit))
		return CLOSE_OVERLOAD;
	extra->listener_sessions = tally;
	return CLOSE_REASON_NONE;
}

/* The limit for each address. */
static enum close_reason
enter_address(struct session *session)
{
	struct server *server = session->worker->server;
	uint32_t limit = session_conf(session)->limits.max_sessions_per_address;
	struct session_extra *extra;

	/* a proxy that does not tell its client speaks for many */
	if (limit == 0 || session_trusts_peer(session))
		return CLOSE_REASON_NONE;
	extra = session_need_extra(session);
	if (extra == NULL)
		return CLOSE_OVERLOAD;
	switch (addresses_enter(&server->addresses, &session->peer, limit)) {
	case ADDRESSES_COUNTED:
		extra->is_address_counted = true;
		break;
	case ADDRESSES_UNKNOWN:
		break;
	case ADDRESSES_FULL:
		return CLOSE_ADDRESS_LIMIT;
	case ADDRESSES_NO_MEMORY:
		return CLOSE_OVERLOAD;
	}
	return CLOSE_REASON_NONE;
}

int
admission_enter(struct session *session, const struct endpoint *endpoint,
    enum close_reason *reason_out, struct proto_error *error_out)
{
	enum close_reason reason = CLOSE_OVERLOAD;

	if (session->phase == OPENING_TOO_MANY ||
	    !server_admit(session->worker->server, endpoint))
		return refuse(session, reason_out, error_out, reason);
	session->endpoint = endpoint;
	session->flags |= SESSION_COUNTED;
	reason = enter_listener(session);
	if (reason == CLOSE_REASON_NONE)
		reason = enter_address(session);
	if (reason == CLOSE_REASON_NONE)
		return 0;
	admission_leave(session);
	session->endpoint = NULL;
	return refuse(session, reason_out, error_out, reason);
}

void
admission_leave(struct session *session)
{
	struct server *server = session->worker->server;
	struct session_extra *extra = session->extra;

	if (!(session->flags & SESSION_COUNTED))
		return;
	session->flags &= ~(uint32_t)SESSION_COUNTED;
	server_leave(server, session->endpoint);
	if (extra == NULL)
		return;
	if (extra->listener_sessions != NULL)
		tally_leave(extra->listener_sessions);
	extra->listener_sessions = NULL;
	if (extra->is_address_counted)
		addresses_leave(&server->addresses, &session->peer);
	extra->is_address_counted = false;
}
