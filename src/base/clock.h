/* The two clocks: one for durations and deadlines, one for calendars. */
#ifndef FRAMED_BASE_CLOCK_H
#define FRAMED_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since some point in the past; never goes back. */
uint64_t clock_now_ms(void);

/* The same in nanoseconds. */
uint64_t clock_now_ns(void);

/* Seconds since 1970 in UTC; jumps when the administrator sets the clock. */
int64_t clock_wall_s(void);

#endif
