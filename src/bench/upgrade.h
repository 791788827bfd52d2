/* The opening handshake of a load's connection. */
#ifndef FRAMED_BENCH_UPGRADE_H
#define FRAMED_BENCH_UPGRADE_H

#include "bench/load.h"

/* Sends the request. */
void upgrade_begin(struct load *load, struct connection *c);

/*
 * Takes bytes of the response. Returns whether it is whole and right; *in is
 * what is behind it, then. What is not right ends the program.
 */
MUST_CHECK bool upgrade_read(
    struct load *load, struct connection *c, struct span *in);

/* Frees what only the handshake needs. */
void upgrade_end(struct connection *c);

#endif
