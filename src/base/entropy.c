#include "base/entropy.h"

#include <stdint.h>
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
