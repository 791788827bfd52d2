#include "base/log_limit.h"

#include <stdatomic.h>
#include <stddef.h>

enum { KINDS_MAX = 256 /* a power of 2 */ };

struct kind {
	_Atomic uint64_t number; /* 0: the place is free */
	_Atomic uint64_t seen;   /* the second, and below it how many in it */
	atomic_uint left_out;
};

static struct kind kinds[KINDS_MAX];
static _Atomic uint32_t rate;

void
log_limit_set(uint32_t per_second)
{
	atomic_store(&rate, per_second);
}

/* The kind's place, taken for it when it is new; NULL when there is none left. */
static struct kind *
find(uint64_t number)
{
	size_t hash = number * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	for (size_t i = 0; i < KINDS_MAX; i++) {
		struct kind *kind = &kinds[(hash + i) % KINDS_MAX];
		uint64_t other = atomic_load(&kind->number);

		if (other == 0 &&
		    atomic_compare_exchange_strong(
		        &kind->number, &other, number))
			return kind;
		if (other == number)
			return kind;
	}
	return NULL;
}

bool
log_limit_pass(uint64_t number, uint32_t now_s, unsigned *left_out_out)
{
	uint32_t limit = atomic_load(&rate);
	struct kind *kind = limit == 0 ? NULL : find(number);
	uint64_t before, after;

	*left_out_out = 0;
	if (kind == NULL)
		return true;
	before = atomic_load(&kind->seen);
	do {
		after = before >> 32 == now_s ? before + 1
		                              : (uint64_t)now_s << 32 | 1;
		if ((uint32_t)after > limit) {
			atomic_fetch_add(&kind->left_out, 1);
			return false;
		}
	} while (!atomic_compare_exchange_weak(&kind->seen, &before, after));
	if ((uint32_t)after == 1)
		*left_out_out = atomic_exchange(&kind->left_out, 0);
	return true;
}
