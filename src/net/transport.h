/*
 * One connected descriptor on an event base: receive, send, and what the loop
 * waits for. No buffers of its own. The embedded event is most of a session's
 * memory, so there is only one, for reading and writing.
 */
#ifndef FRAMED_NET_TRANSPORT_H
#define FRAMED_NET_TRANSPORT_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/guard.h"

struct event_base;

enum transport_ready { TRANSPORT_READ = 1 << 0, TRANSPORT_WRITE = 1 << 1 };

struct transport {
	struct event event;
};

/*
 * Called on the loop's thread with a set of enum transport_ready. fd is the
 * transport's, owner what transport_open() was given. The set is in libevent's
 * terms: take it through transport_ready().
 */
typedef void transport_fn(int fd, short what, void *owner);

/* What a transport_fn was called for, as a set of enum transport_ready. */
unsigned transport_ready(short what);

/*
 * Takes over a connected, non-blocking descriptor and waits for reading.
 * Returns 0; or -1, with the descriptor closed.
 */
MUST_CHECK int transport_open(struct transport *transport,
    struct event_base *base, int fd, transport_fn *fn, void *owner);

/* One that is not open yet. */
void transport_init(struct transport *transport);

/* Its descriptor, the transport's. */
int transport_fd(const struct transport *transport);

/* Whether it was opened and not yet closed. */
bool transport_is_open(const struct transport *transport);

/* Sets what to wait for; cheap when nothing changes. Returns 0 or -1. */
MUST_CHECK int transport_wait_for(struct transport *transport, unsigned ready);

/*
 * Reads what is there, at most size bytes. Returns the count; 0 at the end of
 * the stream; or -1 with errno, EAGAIN when nothing is there now.
 */
MUST_CHECK ssize_t transport_receive(
    struct transport *transport, void *buffer, size_t size);

/* Writes. Returns how much was taken, 0 when nothing can be now, or -1 with
 * errno when the connection is broken. */
MUST_CHECK ssize_t transport_send(
    struct transport *transport, struct iovec *parts, int count);

/* Tells the peer that no more will come (FIN). */
void transport_shutdown(struct transport *transport);

/* Closes the descriptor and stops waiting. Twice is fine. */
void transport_close(struct transport *transport);

/* The same, throwing away what the peer has not taken (RST): for peers that
 * are past their deadline. */
void transport_reset(struct transport *transport);

#endif
