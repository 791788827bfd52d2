/*
 * Listening sockets. Opening them is apart from accepting on them: all are
 * bound by the main thread, before the user changes; each worker then accepts
 * on one of its own.
 */
#ifndef FRAMED_NET_LISTENER_H
#define FRAMED_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/guard.h"

struct event_base;
struct evconnlistener;
struct event;

/*
 * Binds `count` sockets to one address and listens, one for each worker: the
 * kernel spreads connections over them (SO_REUSEPORT). The first is bound
 * alone, so that a port somebody else has is an error instead of being shared
 * in silence. With port 0 the kernel chooses; port_out is the one in use.
 * Returns 0; or -1 with errno, and nothing left open.
 */
MUST_CHECK int listener_bind(const char *ip, uint16_t port, int *fds,
    unsigned count, uint16_t *port_out);

/* Called for each connection, which is non-blocking. The callee owns fd. */
typedef void listener_accept_fn(
    void *owner, int fd, const struct sockaddr *peer);

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
 * Starts accepting; takes over fd. The listener must not move. fn runs on the
 * thread of base. Returns 0, or -1 with fd closed.
 */
MUST_CHECK int listener_open(struct listener *listener, struct event_base *base,
    int fd, listener_accept_fn *fn, void *owner);

/* Called at the end of each turn of the loop: a listener accepts only so many
 * connections in one, lest sessions wait. */
void listener_end_turn(struct listener *listener);

/* Stops and closes. Twice is fine. */
void listener_close(struct listener *listener);

#endif
