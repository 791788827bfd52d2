/*
 * Spreads things over a time, so that they do not come together: each gets its
 * place, and the places of any number of successive ones lie evenly. Each is
 * that of the one before and the golden section of the whole, which never comes
 * near a place that it was at lately; how many there will be need not be known.
 * Begin with a random position, lest several spreads go in step.
 */
#ifndef FRAMED_BASE_SPREAD_H
#define FRAMED_BASE_SPREAD_H

#include <stdint.h>

#define SPREAD_GOLDEN UINT32_C(0x9e3779b9) /* of 2^32 */

struct spread {
	uint32_t position; /* of 2^32 */
};

/* The next place, from 0 to range - 1, or 0 for range 0. */
static inline uint32_t
spread_next(struct spread *spread, uint32_t range)
{
	spread->position += SPREAD_GOLDEN;
	return (uint32_t)((uint64_t)spread->position * range >> 32);
}

#endif
