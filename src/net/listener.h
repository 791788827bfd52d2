/* Accepting on listening sockets, which net/bind.h makes. */
#ifndef FRAMED_NET_LISTENER_H
#define FRAMED_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/guard.h"
#include "net/addr.h"

struct event_base;
struct evconnlistener;
struct event;

/* Called for each connection, which is non-blocking. The callee owns fd. */
typedef void listener_accept_fn(void *owner, int fd, const struct addr *peer);

/* Accepts on one descriptor for one event base. */
struct listener {
	uint32_t magic;
	unsigned accepted; /* in this turn of the loop */
	bool is_resting;   /* has accepted its share of this turn */
	struct evconnlistener *events;
	struct event *pause; /* runs while the process is out of descriptors */
	listener_accept_fn *accept;
	void *owner;
};

/*
 * Prepares to accept, which listener_start() begins; takes over fd. The listener
 * must not move. fn runs on the thread of base. Returns 0, or -1 with fd closed.
 */
MUST_CHECK int listener_open(struct listener *listener, struct event_base *base,
    int fd, listener_accept_fn *fn, void *owner);

void listener_start(struct listener *listener);

/* The descriptor, which stays the listener's. */
int listener_fd(const struct listener *listener);

/* Called at the end of each turn of the loop: a listener accepts only so many
 * connections in one, lest sessions wait. */
void listener_end_turn(struct listener *listener);

/* Stops and closes. Twice is fine. */
void listener_close(struct listener *listener);

#endif
