/*
 * A state machine over bytes, and engines that leap over ASCII and leave the
 * rest to it.
 */
#include "proto/utf8.h"

#include <stdatomic.h>
#include <string.h>

#include "proto/simd.h"
#include "proto/utf8_engine.h"

/*
 * What may come next. Each state is the place of its six bits in a row of
 * transitions, so that one step is one shift: no load depends on the state,
 * only on the byte. utf8.h wants 0 between two characters.
 */
enum state {
	BETWEEN = 0,
	TAIL_1 = 6, /* one more byte 80–BF */
	TAIL_2 = 12,
	TAIL_3 = 18,
	AFTER_E0 = 24, /* A0–BF, else overlong; then one more */
	AFTER_ED = 30, /* 80–9F, else a surrogate; then one more */
	AFTER_F0 = 36, /* 90–BF, else overlong; then two more */
	AFTER_F4 = 42, /* 80–8F, else above U+10FFFF; then two more */
	BAD = 48       /* for good */
};

enum { STATE_BITS = 0x3f, SHORT_BYTES = 32 };

/* Where each state goes on one kind of byte. */
#define ROW(between, tail_1, tail_2, tail_3, e0, ed, f0, f4)              \
	((uint64_t)(between) << BETWEEN | (uint64_t)(tail_1) << TAIL_1 |  \
	    (uint64_t)(tail_2) << TAIL_2 | (uint64_t)(tail_3) << TAIL_3 | \
	    (uint64_t)(e0) << AFTER_E0 | (uint64_t)(ed) << AFTER_ED |     \
	    (uint64_t)(f0) << AFTER_F0 | (uint64_t)(f4) << AFTER_F4 |     \
	    (uint64_t)BAD << BAD)
#define FIRST(next)           ROW(next, BAD, BAD, BAD, BAD, BAD, BAD, BAD)
#define LATER(e0, ed, f0, f4) ROW(BAD, BETWEEN, TAIL_1, TAIL_2, e0, ed, f0, f4)

/* RFC 3629 §4, UTF8-octets by their bytes. */
static const uint64_t rows[256] = {
    [0x00 ... 0x7f] = FIRST(BETWEEN),
    [0x80 ... 0x8f] = LATER(BAD, TAIL_1, BAD, TAIL_2),
    [0x90 ... 0x9f] = LATER(BAD, TAIL_1, TAIL_2, BAD),
    [0xa0 ... 0xbf] = LATER(TAIL_1, BAD, TAIL_2, BAD),
    [0xc0 ... 0xc1] = FIRST(BAD),
    [0xc2 ... 0xdf] = FIRST(TAIL_1),
    [0xe0] = FIRST(AFTER_E0),
    [0xe1 ... 0xec] = FIRST(TAIL_2),
    [0xed] = FIRST(AFTER_ED),
    [0xee ... 0xef] = FIRST(TAIL_2),
    [0xf0] = FIRST(AFTER_F0),
    [0xf1 ... 0xf3] = FIRST(TAIL_3),
    [0xf4] = FIRST(AFTER_F4),
    [0xf5 ... 0xff] = FIRST(BAD),
};

static inline uint8_t
state_run(uint8_t state, const uint8_t *data, size_t length)
{
	uint64_t row = state;

	for (size_t i = 0; i < length; i++)
		row = rows[data[i]] >> (row & STATE_BITS);
	return row & STATE_BITS;
}

bool
utf8_check_scalar(struct utf8 *utf8, struct span in)
{
	utf8->state = state_run(utf8->state, in.data, in.length);
	return utf8->state != BAD;
}

static inline bool
is_ascii_8(const uint8_t *data)
{
	uint64_t word;

	memcpy(&word, data, sizeof(word));
	return (word & 0x8080808080808080) == 0;
}

static inline bool
check_words(struct utf8 *utf8, struct span in)
{
	uint8_t state = utf8->state;

	for (; in.length >= 8; in.data += 8, in.length -= 8) {
		if (state != BETWEEN || !is_ascii_8(in.data))
			state = state_run(state, in.data, 8);
		if (state == BAD)
			return false;
	}
	utf8->state = state;
	return utf8_check_scalar(utf8, in);
}

#ifdef SIMD_X86
static inline __m128i
load_16(const uint8_t *data)
{
	return _mm_loadu_si128((const __m128i *)(const void *)data);
}

static inline bool
is_ascii_16(const uint8_t *data)
{
	return _mm_movemask_epi8(load_16(data)) == 0;
}

static inline bool
is_ascii_64(const uint8_t *data)
{
	__m128i low = _mm_or_si128(load_16(data), load_16(data + 16));
	__m128i high = _mm_or_si128(load_16(data + 32), load_16(data + 48));

	return _mm_movemask_epi8(_mm_or_si128(low, high)) == 0;
}

static bool
check_sse2(struct utf8 *utf8, struct span in)
{
	uint8_t state = utf8->state;

	while (in.length >= 16) {
		size_t step = 16;

		if (state == BETWEEN && in.length >= 64 && is_ascii_64(in.data))
			step = 64;
		else if (state != BETWEEN || !is_ascii_16(in.data))
			state = state_run(state, in.data, 16);
		if (state == BAD)
			return false;
		in.data += step;
		in.length -= step;
	}
	utf8->state = state;
	return utf8_check_scalar(utf8, in);
}
#endif

static bool
check_portable(struct utf8 *utf8, struct span in)
{
	return check_words(utf8, in);
}

const struct utf8_engine utf8_engines[] = {
#ifdef SIMD_X86
    {"avx2", simd_has_avx2, utf8_check_avx2},
    {"sse2", simd_has_sse2, check_sse2},
#endif
    {"portable", simd_is_needless, check_portable},
    {NULL, NULL, NULL},
};

static utf8_fn check_choose;

/* Replaces itself at the first call, as in mask.c. */
static _Atomic(utf8_fn *) check_chosen = check_choose;

static bool
check_choose(struct utf8 *utf8, struct span in)
{
	const struct utf8_engine *engine = utf8_engines;

	while (!engine->is_usable())
		engine++;
	atomic_store_explicit(&check_chosen, engine->run, memory_order_relaxed);
	return engine->run(utf8, in);
}

bool
utf8_check(struct utf8 *utf8, struct span in)
{
	utf8_fn *run;

	if (in.length < SHORT_BYTES)
		return check_words(utf8, in);
	run = atomic_load_explicit(&check_chosen, memory_order_relaxed);
	return run(utf8, in);
}

size_t
utf8_cut(struct span text, size_t max)
{
	uint8_t state = BETWEEN;
	size_t border = 0;

	for (size_t i = 0; i < text.length && i < max && state != BAD; i++) {
		state = state_run(state, text.data + i, 1);
		if (state == BETWEEN)
			border = i + 1;
	}
	return border;
}
