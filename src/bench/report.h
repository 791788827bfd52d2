/* Says what was measured. */
#ifndef FRAMED_BENCH_REPORT_H
#define FRAMED_BENCH_REPORT_H

#include <stdio.h>

#include "bench/load.h"

/* A few lines for people. */
void report_text(const struct load *load, FILE *stream);

/* One line with one JSON object: see framed-bench(1). */
void report_json(const struct load *load, FILE *stream);

#endif
