/*
 * Compiler attributes and the magic-number check for objects that pass
 * through void pointers.
 */
#ifndef FRAMED_BASE_GUARD_H
#define FRAMED_BASE_GUARD_H

#include <assert.h>

#define MUST_CHECK         __attribute__((warn_unused_result))
#define PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define LIKELY(x)          __builtin_expect(!!(x), 1)
#define UNLIKELY(x)        __builtin_expect(!!(x), 0)
#define ARRAY_LENGTH(a)    (sizeof(a) / sizeof((a)[0]))

/* For large arrays on the hot path, which are written before they are read:
 * hardened builds clear all others. */
#if __has_attribute(uninitialized)
#define UNINITIALIZED __attribute__((uninitialized))
#else
#define UNINITIALIZED
#endif

/* Whether checks that are too dear for service are made: --enable-debug. */
#ifdef ENABLE_DEBUG
#define IS_DEBUG_BUILD 1
#else
#define IS_DEBUG_BUILD 0
#endif

/*
 * Asserts that an object which came back through a void pointer is what we
 * handed out. Each such struct starts with `uint32_t magic`.
 */
#define MAGIC_CHECK(object, value) assert((object)->magic == (value))

#endif
