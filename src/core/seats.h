/*
 * A worker's seats: its part of each endpoint of a generation, which modules know
 * as struct framed_worker. Made when the generation begins on the worker's
 * thread, and then constant.
 */
#ifndef FRAMED_CORE_SEATS_H
#define FRAMED_CORE_SEATS_H

#include <stddef.h>
#include <stdint.h>

#include "base/guard.h"

struct endpoint;
struct registry;
struct worker;

enum { SEAT_MAGIC = 0x73656174 };

struct seat {
	uint32_t magic;
	struct worker *worker;
	const struct endpoint *endpoint;
	void *data; /* what worker_start gave */
};

struct seats {
	struct seat *list; /* by the endpoint's place in the registry */
	size_t count;      /* whose worker_start, if any, went well */
};

/*
 * Calls worker_start of each endpoint, in the order of the configuration, up to
 * the first that fails. Returns 0, or -1 after saying why in the log;
 * seats_close() is due in both cases. All zero is the initial state. The
 * worker's thread, as for seats_close().
 */
MUST_CHECK int seats_open(struct seats *seats, struct worker *worker,
    const struct registry *registry);

/* Calls worker_stop of each endpoint that was started, last first, and frees
 * the seats. Twice is fine. */
void seats_close(struct seats *seats);

/* The worker's part of an endpoint, of whatever generation that is. */
struct seat *seats_get(
    const struct worker *worker, const struct endpoint *endpoint);

#endif
