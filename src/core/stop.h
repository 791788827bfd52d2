/*
 * The end of the server, as the main thread sees it: a signal, perhaps a delay,
 * the workers' drain, and the cut for what takes too long. It also tells the
 * service manager how far it is.
 */
#ifndef FRAMED_CORE_STOP_H
#define FRAMED_CORE_STOP_H

#include <stdint.h>

struct server;

enum stop_phase {
	STOP_NOT_YET,
	STOP_DELAYED, /* drain.delay_ms: everything is served still */
	STOP_DRAINING,
	STOP_AT_ONCE
};

/* All zero, but for the server, is the initial state. */
struct stop {
	struct server *server;
	enum stop_phase phase;
	uint64_t since_ms; /* when the phase began */
};

#define STOP_NEVER UINT32_MAX

/* SIGTERM, SIGQUIT or SIGINT came. Returns in how many milliseconds stop_turn()
 * is to be called, or STOP_NEVER. */
uint32_t stop_signal(struct stop *stop, int number);

/* Goes on with the end; returns as above. */
uint32_t stop_turn(struct stop *stop);

/* Has all workers end now, and the pool with them. */
void stop_at_once(struct server *server);

#endif
