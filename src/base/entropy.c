#include "base/entropy.h"

#include <string.h>
#include <sys/random.h>

void
entropy_fill(void *out, size_t size)
{
	uint8_t *at = out;

	while (size > 0) {
		/* -1 only when interrupted in that wait */
		ssize_t got = getrandom(at, size, 0);

		if (got > 0) {
			at += got;
			size -= (size_t)got;
		}
	}
}

void
entropy_take(struct entropy_pool *pool, void *out, size_t size)
{
	if (pool->left < size) {
		entropy_fill(pool->bytes, sizeof(pool->bytes));
		pool->left = sizeof(pool->bytes);
	}
	pool->left -= (uint32_t)size;
	memcpy(out, pool->bytes + pool->left, size);
	memset(pool->bytes + pool->left, 0, size);
}
