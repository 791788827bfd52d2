/* The beginning of client sessions, and the end of those that never open. */
#include "core/connect.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "core/call.h"
#include "core/driver.h"
#include "core/extra.h"
#include "core/server.h"
#include "core/tenure.h"
#include "core/worker.h"
#include "net/dial.h"

/* Gives the session its call and its path. Returns 0, and has then taken the
 * call over and cleared *call, or -1 without memory. */
static int
give_call(struct session *session, struct call **call)
{
	const struct handshake_client *client = &(*call)->wish->client;
	struct session_extra *extra = session_need_extra(session);

	if (extra == NULL)
		return -1;
	extra->path =
	    strndup((const char *)client->path.data, client->path.length);
	if (extra->path == NULL)
		return -1;
	extra->call = *call;
	*call = NULL;
	return 0;
}

/* Begins to connect; what is awaited is that the kernel lets us write. */
static void
begin(struct session *session)
{
	const struct wish *wish = session->extra->call->wish;
	struct worker *worker = session->worker;
	int fd = dial(&wish->address, wish->address_length);

	if (fd == -1)
		connect_fail(session, errno);
	else if (transport_open(&session->transport, worker->base, fd,
	             driver_event, session) == -1)
		session_close(session, CLOSE_NO_MEMORY);
	else
		session_set_deadline(session,
		    session_conf(session)->limits.handshake_timeout_ms);
}

/* A session that the server has counted. Takes the call over and clears it, or
 * returns NULL without memory. */
static struct session *
take_session(const struct seat *seat, struct call **call)
{
	struct worker *worker = seat->worker;
	struct tenure *tenure =
	    tenures_find(worker, seat->endpoint->registry->conf);
	struct session *session =
	    worker_take_session(worker, SESSION_CONNECT, tenure);

	if (session == NULL) {
		server_leave(worker->server, seat->endpoint);
		return NULL;
	}
	session->endpoint = seat->endpoint;
	session->flags |= SESSION_COUNTED;
	session->opened_ms = clock_now_ms();
	addr_from_sockaddr(
	    &session->peer, (const struct sockaddr *)&(*call)->wish->address);
	if (give_call(session, call) == -1) {
		/* no client's yet: nobody is told */
		session_cut(session, CLOSE_NO_MEMORY);
		return NULL;
	}
	session->flags |=
	    SESSION_CLIENT | SESSION_BLOCKED | SESSION_PAUSED_BY_GATE;
	tenure->clients++;
	session_mark(session);
	return session;
}

/* Whether the seat's generation only waits for its clients to end. */
static bool
is_closing(const struct seat *seat)
{
	return tenures_find(seat->worker, seat->endpoint->registry->conf)
	    ->is_closing_clients;
}

enum framed_result
session_connect(struct seat *seat, const struct framed_connect_options *options,
    uint64_t *id_out)
{
	struct worker *worker = seat->worker;
	struct session *session;
	struct call *call;
	enum framed_result result;

	if (worker->phase != WORKER_RUNNING || is_closing(seat))
		return FRAMED_CLOSED;
	result = call_new(seat, options, &call);
	if (result != FRAMED_OK)
		return result;
	if (!server_admit(worker->server, seat->endpoint)) {
		call_free(&call);
		return FRAMED_AGAIN;
	}
	session = take_session(seat, &call);
	if (session == NULL) {
		call_free(&call);
		return FRAMED_NO_MEMORY;
	}
	if (id_out != NULL)
		*id_out = session_id(session);
	begin(session);
	return FRAMED_QUEUED;
}

void
connect_fail(struct session *session, int error)
{
	char buffer[CLOSE_TEXT_MAX + 1];

	session_close_with(session, CLOSE_CONNECT_FAILED,
	    close_reason_info(CLOSE_CONNECT_FAILED)->code,
	    span_from_string(strerror_r(error, buffer, sizeof(buffer))));
}

void
connect_tell_failed(struct session *session)
{
	const struct framed_module *api = session->endpoint->api;
	const struct call *call = session->extra->call;
	struct framed_close_info info = {.text = ""};
	struct framed_call facts;

	if (api->on_connect_failed == NULL)
		return;
	call_describe(call, &facts);
	session_close_info(session, &info);
	session_hold(session);
	api->on_connect_failed(
	    (struct framed_worker *)call->seat, &facts, &info);
	session_release_hold(session);
}
