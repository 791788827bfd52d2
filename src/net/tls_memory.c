/* A few buffers for each thread, kept from one record to the next. */
#include "net/tls_memory.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
	/* of a record, in either direction (ssl3_setup_buffers()) */
	BUFFER_MIN = 16 << 10,
	BUFFER_MAX = 18 << 10,
	SHELF_BLOCKS = 4
};

/* Blocks of BUFFER_MAX bytes that wait for the next user. */
struct shelf {
	bool is_known; /* the thread empties it when it ends */
	unsigned count;
	void *blocks[SHELF_BLOCKS];
};

static _Thread_local struct shelf shelf;
static pthread_key_t shelf_key; /* so that it goes with its thread */

static void
empty_shelf(void *arg)
{
	struct shelf *own = arg;

	while (own->count > 0)
		free(own->blocks[--own->count]);
	own->is_known = false;
}

static bool
is_usable(void)
{
	if (!shelf.is_known)
		shelf.is_known = pthread_setspecific(shelf_key, &shelf) == 0;
	return shelf.is_known && shelf.count < SHELF_BLOCKS;
}

static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	if (size < BUFFER_MIN || size > BUFFER_MAX)
		return malloc(size);
	if (shelf.count > 0)
		return shelf.blocks[--shelf.count];
	return malloc(BUFFER_MAX);
}

static void *
resize(void *block, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return realloc(block, size);
}

static void
give(void *block, const char *file, int line)
{
	size_t size = block == NULL ? 0 : malloc_usable_size(block);

	(void)file;
	(void)line;
	/* whoever asked for it: there is room for BUFFER_MAX in it */
	if (size >= BUFFER_MAX && size < 2 * BUFFER_MAX && is_usable())
		shelf.blocks[shelf.count++] = block;
	else
		free(block);
}

void
tls_memory_init(void)
{
	/* without a key the heap has to do */
	if (pthread_key_create(&shelf_key, empty_shelf) == 0)
		CRYPTO_set_mem_functions(take, resize, give);
}
