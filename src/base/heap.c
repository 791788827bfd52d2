/*
 * Left alone, glibc learns from each large block it frees that such blocks are
 * common: up to 32 MiB it takes them from its heaps then, and keeps twice as
 * much. After a few messages of 16 MiB a daemon held 70 MiB for nobody.
 */
#include "base/heap.h"

#ifdef HAVE_MALLOPT
#include <malloc.h>

enum {
	/* blocks from here on are mappings of their own, gone when freed; each
	 * page of those costs a fault, so that common sizes stay below */
	OWN_MAPPING_BYTES = 4 << 20,
	/* of free memory at a heap's end, that a thread may keep */
	KEPT_BYTES = 16 << 20
};

void
heap_return_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, OWN_MAPPING_BYTES);
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}
#else
void
heap_return_memory(void)
{
}
#endif
