/*
 * Which vector instructions this build knows and this processor has. The
 * engines of mask.c and utf8.c stand in tables, best first; a new instruction
 * set is one row in each. Builds for other architectures have the last row.
 */
#ifndef FRAMED_PROTO_SIMD_H
#define FRAMED_PROTO_SIMD_H

#include <stdbool.h>

#if defined(__x86_64__)
#define SIMD_X86 1
#include <immintrin.h>

static inline bool
simd_has_sse2(void)
{
	return __builtin_cpu_supports("sse2") != 0;
}

static inline bool
simd_has_avx2(void)
{
	return __builtin_cpu_supports("avx2") != 0;
}
#endif

/* For the last row of a table: plain C runs everywhere. */
static inline bool
simd_is_needless(void)
{
	return true;
}

#endif
