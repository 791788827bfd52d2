/*
 * How often which latency was seen: buckets that are at most 1/64 of their
 * value wide, from one nanosecond to more than an hour, in constant memory.
 */
#ifndef FRAMED_BENCH_HISTOGRAM_H
#define FRAMED_BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
	HISTOGRAM_STEPS = 64, /* buckets for each power of two */
	HISTOGRAM_BUCKETS = 37 * HISTOGRAM_STEPS
};

/* All zero is an empty one. */
struct histogram {
	uint64_t count;
	uint64_t max; /* exact */
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* Counts a value, in nanoseconds. What is above all buckets is in the last. */
void histogram_add(struct histogram *histogram, uint64_t value);

/*
 * The least value that a share of all, above 0 and up to 1, does not exceed: at
 * most 1/64 too large, and never above the largest seen. 0 when there is none.
 */
uint64_t histogram_quantile(const struct histogram *histogram, double share);

#endif
