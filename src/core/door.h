/* A worker's part of one listener: where connections come in. */
#ifndef FRAMED_CORE_DOOR_H
#define FRAMED_CORE_DOOR_H

#include <stdint.h>

#include "base/guard.h"
#include "conf/conf.h"
#include "net/listener.h"

struct worker;

enum { DOOR_MAGIC = 0x646f6f72 };

struct door {
	uint32_t magic;
	struct worker *worker;
	const struct conf_listener *conf; /* of the current generation */
	int fd;                           /* until it is opened, then -1 */
	struct listener listener;
	/* with a socket that exists once: the worker that is next */
	unsigned next;
};

/* Takes over fd, also on failure. Returns NULL without memory. Any thread. */
MUST_CHECK struct door *door_new(
    struct worker *worker, const struct conf_listener *conf, int fd);

/* Prepares to accept, which door_start() begins. Returns 0, or -1 after saying
 * why in the log. The worker's thread, or before that runs, as for all below. */
MUST_CHECK int door_open(struct door *door);
void door_start(struct door *door);

/* The listener is that of another generation from now on. */
void door_pass(struct door *door, const struct conf_listener *conf);

/* Closes it and clears *door; NULL is fine. One that was not opened: any
 * thread. */
void door_free(struct door **door);

#endif
