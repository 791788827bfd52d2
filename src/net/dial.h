/* Connecting to others, without waiting for it. */
#ifndef FRAMED_NET_DIAL_H
#define FRAMED_NET_DIAL_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/guard.h"

/*
 * Begins to connect a stream socket to a TCP or Unix address. Returns a
 * non-blocking descriptor, the caller's: once it can be written,
 * dial_result() tells what came of it. Or -1 with errno, when it failed at
 * once.
 */
MUST_CHECK int dial(const struct sockaddr_storage *sa, socklen_t length);

/*
 * The same from an IPv4 address of this machine, at any port that is free for
 * this peer: beside one address there are some 28 000.
 */
MUST_CHECK int dial_from(const struct sockaddr_in *from,
    const struct sockaddr_storage *sa, socklen_t length);

/* What came of it: 0, or the errno. To be asked once. */
MUST_CHECK int dial_result(int fd);

#endif
