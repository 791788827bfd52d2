/*
 * How often something may happen: so many units in a second, and up to one
 * second's worth of them at once. What was taken flows off at that rate (a leaky
 * bucket, as the "virtual scheduling algorithm" of ITU-T I.371). Time is an
 * argument, in nanoseconds.
 */
#ifndef FRAMED_BASE_RATE_H
#define FRAMED_BASE_RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/guard.h"

#define RATE_SECOND_NS UINT64_C(1000000000)

/* When all that was taken will have flowed off. All zero is the initial state. */
struct rate {
	uint64_t empty_ns;
};

static inline uint64_t
rate_after(
    uint64_t empty_ns, uint32_t per_second, uint32_t units, uint64_t now_ns)
{
	uint64_t start = empty_ns > now_ns ? empty_ns : now_ns;

	return start + units * RATE_SECOND_NS / per_second;
}

/*
 * Takes units, at most 2^32 of them, whether there is room or not. per_second is
 * above 0. Returns for how long nothing more should be taken, 0 when there is
 * room left.
 */
static inline uint64_t
rate_take(
    struct rate *rate, uint32_t per_second, uint32_t units, uint64_t now_ns)
{
	rate->empty_ns = rate_after(rate->empty_ns, per_second, units, now_ns);
	return rate->empty_ns > now_ns + RATE_SECOND_NS
	    ? rate->empty_ns - now_ns - RATE_SECOND_NS
	    : 0;
}

/* Takes one unit of a rate that threads share, if there is room. Returns whether
 * there was. */
MUST_CHECK static inline bool
rate_try(_Atomic uint64_t *empty_ns, uint32_t per_second, uint64_t now_ns)
{
	uint64_t before = atomic_load(empty_ns), after;

	do {
		after = rate_after(before, per_second, 1, now_ns);
		if (after > now_ns + RATE_SECOND_NS)
			return false;
	} while (!atomic_compare_exchange_weak(empty_ns, &before, after));
	return true;
}

#endif
