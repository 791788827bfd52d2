/* What modules ask of their part of a worker. */
#include "core/api.h"
#include "core/seats.h"
#include "core/worker.h"

static const struct seat *
seat_from_const(const struct framed_worker *opaque)
{
	const struct seat *seat = (const struct seat *)opaque;

	MAGIC_CHECK(seat, SEAT_MAGIC);
	return seat;
}

struct framed_worker *
api_worker(struct framed_session *opaque)
{
	const struct session *session = session_from(opaque);

	return (struct framed_worker *)seats_get(
	    session->worker, session->endpoint);
}

void *
api_worker_data(const struct framed_worker *worker)
{
	return seat_from_const(worker)->data;
}

void *
api_worker_instance(const struct framed_worker *worker)
{
	return seat_from_const(worker)->endpoint->instance;
}

unsigned
api_worker_index(const struct framed_worker *worker)
{
	return seat_from_const(worker)->worker->index;
}
