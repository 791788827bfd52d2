#include "base/log_limit.h"

#include <stdatomic.h>
#include <stddef.h>

enum { KINDS_MAX = 256 /* a power of 2 */ };

/* One kind of line, by its format: a constant string in one place. */
struct kind {
	_Atomic(const char *) format;
	_Atomic uint64_t seen; /* the second, and below it how many in it */
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
find(const char *format)
{
	size_t hash = (uintptr_t)format * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	for (size_t i = 0; i < KINDS_MAX; i++) {
		struct kind *kind = &kinds[(hash + i) % KINDS_MAX];
		const char *other = atomic_load(&kind->format);

		if (other == NULL &&
		    atomic_compare_exchange_strong(
		        &kind->format, &other, format))
			return kind;
		if (other == format)
			return kind;
	}
	return NULL;
}

bool
log_limit_pass(const char *format, uint32_t now_s, unsigned *left_out_out)
{
	uint32_t limit = atomic_load(&rate);
	struct kind *kind = limit == 0 ? NULL : find(format);
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
