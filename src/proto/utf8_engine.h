/* The ways utf8.c can do its work, for its own choice and for its test. */
#ifndef FRAMED_PROTO_UTF8_ENGINE_H
#define FRAMED_PROTO_UTF8_ENGINE_H

#include "proto/simd.h"
#include "proto/utf8.h"

/* As utf8_check(). */
typedef bool utf8_fn(struct utf8 *utf8, struct span in);

#ifdef SIMD_X86
/* To be called where simd_has_avx2() only. */
utf8_fn utf8_check_avx2;
#endif

struct utf8_engine {
	const char *name;
	bool (*is_usable)(void); /* on this processor */
	utf8_fn *run;
};

/* Best first. The portable one is always usable; behind it a NULL name. */
extern const struct utf8_engine utf8_engines[];

#endif
