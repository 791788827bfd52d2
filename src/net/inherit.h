/*
 * Listening sockets that whoever started the program has opened for it: systemd
 * passes them with their names (sd_listen_fds(3)).
 */
#ifndef FRAMED_NET_INHERIT_H
#define FRAMED_NET_INHERIT_H

#include "base/guard.h"

/*
 * Takes the socket of a name out of the environment's list: non-blocking, closed
 * on exec, and the caller's. Returns it; or -1 with a sentence in error_out, when
 * there is none, several, or what is no listening stream socket. Main thread.
 */
MUST_CHECK int inherit_take(const char *name, const char **error_out);

/*
 * Closes what was passed and nobody has taken, since connections to it would wait
 * for ever, and forgets the list. Says so in the log. Main thread.
 */
void inherit_close_rest(void);

#endif
