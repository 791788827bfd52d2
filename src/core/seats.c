/* The beginning and the end of endpoints on a worker's thread. */
#include "core/seats.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/log.h"
#include "core/tenure.h"
#include "core/worker.h"
#include "host/registry.h"

static void
log_failure(const struct seat *seat, const char *error)
{
	const struct conf_endpoint *conf = seat->endpoint->conf;
	char path[256], text[512];

	if (error[0] == '\0')
		error = "failed without a reason";
	escape(path, sizeof(path), span_from_string(conf->path));
	escape(text, sizeof(text), span_from_string(error));
	log_errorx("worker cannot start worker=%u module=%s path=\"%s\" "
	           "why=\"%s\"",
	    seat->worker->index, conf->module, path, text);
}

static int
seat_start(struct seat *seat)
{
	const struct framed_module *api = seat->endpoint->api;
	char error[512] = "";

	if (api->worker_start == NULL ||
	    api->worker_start((struct framed_worker *)seat, &seat->data, error,
	        sizeof(error)) == 0)
		return 0;
	log_failure(seat, error);
	return -1;
}

int
seats_open(
    struct seats *seats, struct worker *worker, const struct registry *registry)
{
	seats->list = calloc(registry->endpoint_count, sizeof(*seats->list));
	if (seats->list == NULL) {
		log_errorx("no memory for a worker worker=%u", worker->index);
		return -1;
	}
	for (size_t i = 0; i < registry->endpoint_count; i++) {
		seats->list[i] = (struct seat){.magic = SEAT_MAGIC,
		    .worker = worker,
		    .endpoint = &registry->endpoints[i]};
		if (seat_start(&seats->list[i]) == -1)
			return -1;
		seats->count++;
	}
	return 0;
}

void
seats_close(struct seats *seats)
{
	while (seats->count > 0) {
		struct seat *seat = &seats->list[--seats->count];
		const struct framed_module *api = seat->endpoint->api;

		if (api->worker_stop != NULL)
			api->worker_stop(
			    (struct framed_worker *)seat, seat->data);
	}
	free(seats->list);
	seats->list = NULL;
}

struct seat *
seats_get(const struct worker *worker, const struct endpoint *endpoint)
{
	const struct registry *registry = endpoint->registry;
	const struct seats *seats =
	    &tenures_find(worker, registry->conf)->seats;
	size_t place = (size_t)(endpoint - registry->endpoints);

	assert(place < seats->count);
	return &seats->list[place];
}
