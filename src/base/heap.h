/* How the C library's allocator treats the memory of large messages. */
#ifndef FRAMED_BASE_HEAP_H
#define FRAMED_BASE_HEAP_H

/*
 * Has memory go back to the system once large messages are done with. Call it
 * before threads start. Where the allocator cannot be told, nothing happens.
 */
void heap_return_memory(void);

#endif
