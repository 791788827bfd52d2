/* One connection of a load: from dialling to the server's hanging up. */
#ifndef FRAMED_BENCH_CONNECTION_H
#define FRAMED_BENCH_CONNECTION_H

#include "bench/load.h"

/* Begins to connect. Ends the program where the system refuses. */
void connection_dial(struct load *load, struct connection *c);

/* Handles what epoll tells. */
void connection_event(struct load *load, struct connection *c, uint32_t events);

/* Sends what is due, as much as the kernel takes; the rest follows by itself. */
void connection_send(struct connection *c);

/* Sends bytes that are sure to find room, such as one small frame. */
void connection_send_all(struct connection *c, struct span bytes);

/* Sends Close 1000. The server is to answer, and to hang up. */
void connection_close(struct load *load, struct connection *c);

/* Frees what it has, and closes its descriptor. */
void connection_release(struct connection *c);

#endif
