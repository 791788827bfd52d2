/*
 * Making listening sockets: all of them by the main thread, before the user
 * changes; the workers then accept on them (net/listener.h).
 */
#ifndef FRAMED_NET_BIND_H
#define FRAMED_NET_BIND_H

#include <stdint.h>
#include <sys/types.h>

#include "base/guard.h"
#include "conf/conf.h"

/*
 * Binds `count` sockets to the listener's address and port, and listens, one for
 * each worker: the kernel spreads connections over them (SO_REUSEPORT). The
 * first is bound alone, so that a port somebody else has is an error instead of
 * being shared in silence. With port 0 the kernel chooses; port_out is the one
 * in use. Returns 0; or -1 with errno, and nothing left open.
 */
MUST_CHECK int bind_tcp(const struct conf_listener *conf, int *fds,
    unsigned count, uint16_t *port_out);

/*
 * Has a socket that listens already do as the listener says now, as far as that
 * can change: its backlog and, of TCP, how long an unresponsive peer is borne
 * with. Returns 0, or -1 with errno.
 */
MUST_CHECK int bind_adjust(const struct conf_listener *conf, int fd);

/* The file of a Unix socket: whether it is still ours to remove. */
struct socket_file {
	dev_t device;
	ino_t number; /* 0: there is none */
};

/*
 * Binds one socket to the listener's path, and listens. A file that a server
 * left there which is gone is removed; one that somebody listens on is not
 * (EADDRINUSE), nor is what is no socket (ENOTSOCK). Only when owner, group and
 * mode are set, connections come in. An abstract name has none of these.
 * error_out: NULL, or what failed, for errno to follow. Returns the descriptor
 * and fills in file; or -1 with errno, and nothing left.
 */
MUST_CHECK int bind_unix(const struct conf_listener *conf,
    struct socket_file *file, const char **error_out);

/*
 * Gives the file, if it is still that one, to whom it is for now. error_out: NULL,
 * or what failed, for errno to follow. Returns 0, or -1 with errno.
 */
MUST_CHECK int socket_file_adjust(struct socket_file *file,
    const struct conf_listener *conf, const char **error_out);

/* Removes the listener's file, if it is still that one, and forgets it. */
void socket_file_remove(
    struct socket_file *file, const struct conf_listener *conf);

#endif
