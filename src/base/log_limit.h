/* How often one kind of line may come in a second: log.c's own. */
#ifndef FRAMED_BASE_LOG_LIMIT_H
#define FRAMED_BASE_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* 0: any number. Any thread, as for the other. */
void log_limit_set(uint32_t per_second);

/*
 * Whether a line of this kind, a number above 0, may be written in this second,
 * counting it. left_out_out gets how many were not before this one, to be told.
 * There is room for as many kinds of lines as the daemon has; of others all are
 * written.
 */
bool log_limit_pass(uint64_t kind, uint32_t now_s, unsigned *left_out_out);

#endif
