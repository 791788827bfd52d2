/* What a process, the server, costs its machine: read from /proc. */
#ifndef FRAMED_BENCH_PROCESS_H
#define FRAMED_BENCH_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/guard.h"

/* Processor time of all threads that live, in nanoseconds, the kernel's part
 * included. Returns 0, or -1 with errno. */
MUST_CHECK int process_cpu_ns(pid_t pid, uint64_t *ns_out);

/* Memory that is resident, in bytes. Returns 0, or -1 with errno. */
MUST_CHECK int process_resident_bytes(pid_t pid, uint64_t *bytes_out);

#endif
