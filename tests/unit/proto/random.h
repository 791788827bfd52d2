/* Random numbers that a seed repeats; tests print the seed when they fail. */
#ifndef FRAMED_TESTS_RANDOM_H
#define FRAMED_TESTS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* All of the state; any value is a good start. */
struct random {
	uint64_t state;
};

static inline uint64_t
random_next(struct random *random)
{
	uint64_t mixed = random->state += 0x9e3779b97f4a7c15;

	mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93;
	mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93;
	return mixed ^ mixed >> 32;
}

/* 0 to bound - 1. */
static inline size_t
random_below(struct random *random, size_t bound)
{
	return (size_t)(random_next(random) % bound);
}

static inline void
random_fill(struct random *random, uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		data[i] = (uint8_t)random_next(random);
}

#endif
