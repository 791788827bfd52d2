/* What framed-bench can do: see framed-bench(1). Each run ends with what is
 * measured in load->measure. */
#ifndef FRAMED_BENCH_MODES_H
#define FRAMED_BENCH_MODES_H

#include "bench/load.h"

/* Messages go and come back. */
extern const struct mode echo_mode;
void echo_run(struct load *load);

/* Has each connection that is open send a message and get it back. */
void echo_once(struct load *load);

/* Sessions that have sent one message each, and their memory. */
extern const struct mode idle_mode;
void idle_run(struct load *load);

/* Some publish, all receive. */
extern const struct mode broadcast_mode;
void broadcast_run(struct load *load);

/* Sessions begin and end. */
extern const struct mode connect_mode;
void connect_run(struct load *load);

#endif
