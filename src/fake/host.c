/* The table, and the calls that tell facts. */
#include "fake/parts.h"

#include <stdio.h>

static const void *
call_group(const char *name)
{
	unsigned missing =
	    framed_fake_current == NULL ? 0 : framed_fake_current->flags;

	if (strcmp(name, "topics/1") == 0 && !(missing & FRAMED_FAKE_NO_TOPICS))
		return framed_fake_topics();
	if (strcmp(name, "client/1") == 0 && !(missing & FRAMED_FAKE_NO_CLIENT))
		return framed_fake_client();
	return NULL;
}

static void call_log(enum framed_level level, const char *format, va_list args)
    FRAMED_PRINTF(2, 0);

static void
call_log(enum framed_level level, const char *format, va_list args)
{
	char text[901];
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_LOG, .level = level, .text = text};

	if (framed_fake_current == NULL)
		return;
	vsnprintf(text, sizeof(text), format, args);
	framed_fake_keep(framed_fake_current, &note);
}

static uint64_t
call_id(const struct framed_session *session)
{
	return framed_fake_enter(session, "framed_id") == NULL ? 0
	                                                       : session->id;
}

static void *
call_instance(const struct framed_session *session)
{
	return framed_fake_enter(session, "framed_instance") == NULL
	    ? NULL
	    : session->worker->endpoint->instance;
}

static void *
call_storage(struct framed_session *session)
{
	return framed_fake_enter(session, "framed_storage") == NULL
	    ? NULL
	    : session->storage;
}

static const char *
call_path(const struct framed_session *session)
{
	return framed_fake_enter(session, "framed_path") == NULL
	    ? NULL
	    : session->head.path;
}

static const char *
call_subprotocol(const struct framed_session *session)
{
	return framed_fake_enter(session, "framed_subprotocol") == NULL
	    ? NULL
	    : session->subprotocol;
}

static const char *
call_peer(const struct framed_session *session)
{
	return framed_fake_enter(session, "framed_peer") == NULL
	    ? NULL
	    : session->peer;
}

static const char *
call_fact(const struct framed_session *session, enum framed_fact fact)
{
	if (framed_fake_enter(session, "framed_fact") == NULL ||
	    fact >= session->fact_count)
		return NULL;
	return session->facts[fact];
}

static const struct framed_close_info *
call_close_reason(const struct framed_session *session)
{
	if (framed_fake_enter(session, "framed_close_reason") == NULL ||
	    session->reason.by == 0)
		return NULL;
	return &session->reason;
}

static const struct framed_extension *
call_extension_at(const struct framed_session *session, size_t index)
{
	if (framed_fake_enter(session, "framed_extension_at") == NULL ||
	    index > 0)
		return NULL;
	return session->extension;
}

static struct framed_worker *
call_worker(struct framed_session *session)
{
	return framed_fake_enter(session, "framed_worker") == NULL
	    ? NULL
	    : session->worker;
}

/* Blames the module for no worker. */
static const struct framed_worker *
worker_enter(const struct framed_worker *worker, const char *call)
{
	if (worker == NULL)
		framed_fake_blame(framed_fake_current, call, "no worker");
	return worker;
}

static void *
call_worker_data(const struct framed_worker *worker)
{
	return worker_enter(worker, "framed_worker_data") == NULL
	    ? NULL
	    : worker->data;
}

static void *
call_worker_instance(const struct framed_worker *worker)
{
	return worker_enter(worker, "framed_worker_instance") == NULL
	    ? NULL
	    : worker->endpoint->instance;
}

static unsigned
call_worker_index(const struct framed_worker *worker)
{
	return worker_enter(worker, "framed_worker_index") == NULL
	    ? 0
	    : worker->index;
}

const struct framed_host *
framed_fake_host(void)
{
	static struct framed_host host = {
	    .abi_major = FRAMED_ABI_MAJOR,
	    .abi_minor = FRAMED_ABI_MINOR,
	    .group = call_group,
	    .log = call_log,
	    .id = call_id,
	    .instance = call_instance,
	    .storage = call_storage,
	    .path = call_path,
	    .subprotocol = call_subprotocol,
	    .peer = call_peer,
	    .fact = call_fact,
	    .close_reason = call_close_reason,
	    .extension_at = call_extension_at,
	    .worker = call_worker,
	    .worker_data = call_worker_data,
	    .worker_instance = call_worker_instance,
	    .worker_index = call_worker_index,
	};

	if (host.size == 0) {
		framed_fake_add_settings(&host);
		framed_fake_add_sends(&host);
		framed_fake_add_requests(&host);
		framed_fake_add_works(&host);
		framed_fake_add_limits(&host);
		host.size = sizeof(host);
	}
	return &host;
}
