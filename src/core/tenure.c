#include "core/tenure.h"

#include <stdlib.h>

#include "core/server.h"
#include "core/worker.h"

struct tenure *
tenure_new(struct worker *worker, struct generation *generation)
{
	struct tenure *tenure = calloc(1, sizeof(*tenure));

	if (tenure == NULL)
		return NULL;
	tenure->worker = worker;
	tenure->generation = generation;
	atomic_fetch_add(&generation->tenures, 1);
	return tenure;
}

void
tenure_free(struct tenure **tenure)
{
	if (*tenure == NULL)
		return;
	assert((*tenure)->seats.count == 0);
	atomic_fetch_sub(&(*tenure)->generation->tenures, 1);
	free(*tenure);
	*tenure = NULL;
}

struct tenure *
session_tenure(const struct session *session)
{
	return tenures_find(session->worker, session_conf(session));
}

struct tenure *
tenures_find(const struct worker *worker, const struct conf *conf)
{
	struct tenure *tenure = worker->tenures;

	while (tenure != NULL && tenure->generation->conf != conf)
		tenure = tenure->next;
	assert(tenure != NULL);
	return tenure;
}

void
tenures_add(struct worker *worker, struct tenure *tenure)
{
	tenure->next = worker->tenures;
	worker->tenures = tenure;
}

void
tenures_part(struct worker *worker)
{
	for (struct tenure *tenure = worker->tenures; tenure != NULL;
	     tenure = tenure->next)
		if (tenure != worker->tenure)
			tenure->is_over = worker->has_old_tenures = true;
}

static void
end_client(struct session *session)
{
	if (session->flags & SESSION_CLIENT &&
	    session_tenure(session)->is_closing_clients)
		session_close_with(session, CLOSE_SHUTDOWN,
		    close_reason_info(CLOSE_SHUTDOWN)->code,
		    SPAN_LITERAL("module reloaded"));
}

/* Sessions that the module began itself could go on for ever: they end when
 * they have nobody left to serve. */
static void
end_clients(struct worker *worker, struct tenure *tenure)
{
	if (tenure->is_closing_clients || tenure->clients == 0 ||
	    tenure->sessions > tenure->clients)
		return;
	tenure->is_closing_clients = true;
	worker_each_session(worker, end_client);
}

void
tenures_end(struct worker *worker)
{
	struct tenure **place = &worker->tenures;

	worker->has_old_tenures = false;
	while (*place != NULL) {
		struct tenure *tenure = *place;

		if (!tenure->is_over) {
			place = &tenure->next;
			continue;
		}
		if (tenure->sessions > 0 || tenure->works > 0) {
			worker->has_old_tenures = true;
			end_clients(worker, tenure);
			place = &tenure->next;
			continue;
		}
		/* worker_stop may no more than others begin clients */
		tenure->is_closing_clients = true;
		seats_close(&tenure->seats);
		*place = tenure->next;
		tenure_free(&tenure);
		server_tell(worker->server);
	}
}
