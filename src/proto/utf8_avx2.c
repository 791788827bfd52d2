/*
 * UTF-8 at 32 bytes a step, by the method of Keiser and Lemire, "Validating
 * UTF-8 In Less Than One Instruction Per Byte" (2021). Nearly all faults show in
 * two neighbouring bytes: three tables say, each for four bits of the pair,
 * which faults these bits allow, and a fault that all three allow is there. What
 * is left is whether the third and fourth bytes are where a lead wants them.
 *
 * What the steps do not cover, fewer than 32 bytes and a character that crosses
 * into them, is read by the state machine.
 */
#include "proto/utf8_engine.h"

#ifdef SIMD_X86

#define AVX2        __attribute__((target("avx2")))
#define AVX2_INLINE static inline __attribute__((target("avx2"), always_inline))

/* Faults of two neighbouring bytes. */
enum {
	SHORT = 1 << 0, /* a lead, then no continuation */
	LONG = 1 << 1,  /* ASCII, then a continuation */
	OVERLONG_3 = 1 << 2,
	LARGE = 1 << 3, /* above U+10FFFF: F4 90 and on */
	SURROGATE = 1 << 4,
	OVERLONG_2 = 1 << 5,
	LARGE_1000 = 1 << 6, /* F5 and on, then 80 to 8F */
	OVERLONG_4 = 1 << 6, /* F0, then 80 to 8F: no bits in common with F5 */
	TWO_TAILS =
	    1 << 7, /* two continuations: right only after a long lead */
	BY_LOW_BITS = SHORT | LONG | TWO_TAILS /* whatever the low bits */
};

struct judge {
	__m256i faults;     /* any bit set: not UTF-8 */
	__m256i previous;   /* the 32 bytes before */
	__m256i unfinished; /* any bit set: previous ends within a character */
};

#define TWICE(...)                       \
	{                                \
		__VA_ARGS__, __VA_ARGS__ \
	}

/* By the high four bits of the first byte. */
static const uint8_t first_high[32] = TWICE(LONG, LONG, LONG, LONG, LONG, LONG,
    LONG, LONG, TWO_TAILS, TWO_TAILS, TWO_TAILS, TWO_TAILS, SHORT | OVERLONG_2,
    SHORT, SHORT | OVERLONG_3 | SURROGATE,
    SHORT | LARGE | LARGE_1000 | OVERLONG_4);

/* By the low four bits of the first byte. */
static const uint8_t first_low[32] =
    TWICE(BY_LOW_BITS | OVERLONG_3 | OVERLONG_2 | OVERLONG_4,
        BY_LOW_BITS | OVERLONG_2, BY_LOW_BITS, BY_LOW_BITS, BY_LOW_BITS | LARGE,
        BY_LOW_BITS | LARGE | LARGE_1000, BY_LOW_BITS | LARGE | LARGE_1000,
        BY_LOW_BITS | LARGE | LARGE_1000, BY_LOW_BITS | LARGE | LARGE_1000,
        BY_LOW_BITS | LARGE | LARGE_1000, BY_LOW_BITS | LARGE | LARGE_1000,
        BY_LOW_BITS | LARGE | LARGE_1000, BY_LOW_BITS | LARGE | LARGE_1000,
        BY_LOW_BITS | LARGE | LARGE_1000 | SURROGATE,
        BY_LOW_BITS | LARGE | LARGE_1000, BY_LOW_BITS | LARGE | LARGE_1000);

/* By the high four bits of the second byte. */
static const uint8_t second_high[32] =
    TWICE(SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT,
        LONG | OVERLONG_2 | TWO_TAILS | OVERLONG_3 | LARGE_1000 | OVERLONG_4,
        LONG | OVERLONG_2 | TWO_TAILS | OVERLONG_3 | LARGE,
        LONG | OVERLONG_2 | TWO_TAILS | SURROGATE | LARGE,
        LONG | OVERLONG_2 | TWO_TAILS | SURROGATE | LARGE, SHORT, SHORT, SHORT,
        SHORT);

/* The highest bytes with which 32 bytes may end, all characters whole. */
static const uint8_t end_max[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 0xf0 - 1, 0xe0 - 1, 0xc0 - 1};

AVX2_INLINE __m256i
load(const uint8_t *data)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)data);
}

AVX2_INLINE bool
is_zero(__m256i block)
{
	return _mm256_testz_si256(block, block) != 0;
}

AVX2_INLINE __m256i
high_bits(__m256i block)
{
	return _mm256_and_si256(
	    _mm256_srli_epi16(block, 4), _mm256_set1_epi8(0x0f));
}

/* The faults of each byte together with the one before it. */
AVX2_INLINE __m256i
judge_pairs(__m256i block, __m256i before)
{
	__m256i low = _mm256_and_si256(before, _mm256_set1_epi8(0x0f));
	__m256i high = _mm256_and_si256(
	    _mm256_shuffle_epi8(load(first_high), high_bits(before)),
	    _mm256_shuffle_epi8(load(first_low), low));

	return _mm256_and_si256(
	    high, _mm256_shuffle_epi8(load(second_high), high_bits(block)));
}

/* TWO_TAILS is a fault unless a lead two or three bytes before wants it, and
 * its lack is one if such a lead does. */
AVX2_INLINE void
judge_block(struct judge *judge, __m256i block)
{
	__m256i crossing =
	    _mm256_permute2x128_si256(judge->previous, block, 0x21);
	__m256i before_1 = _mm256_alignr_epi8(block, crossing, 15);
	__m256i before_2 = _mm256_alignr_epi8(block, crossing, 14);
	__m256i before_3 = _mm256_alignr_epi8(block, crossing, 13);
	__m256i third =
	    _mm256_subs_epu8(before_2, _mm256_set1_epi8((char)(0xe0 - 0x80)));
	__m256i fourth =
	    _mm256_subs_epu8(before_3, _mm256_set1_epi8((char)(0xf0 - 0x80)));
	__m256i wanted = _mm256_and_si256(
	    _mm256_or_si256(third, fourth), _mm256_set1_epi8((char)TWO_TAILS));
	__m256i found = judge_pairs(block, before_1);

	judge->faults =
	    _mm256_or_si256(judge->faults, _mm256_xor_si256(wanted, found));
	judge->previous = block;
	judge->unfinished = _mm256_subs_epu8(block, load(end_max));
}

/* Two blocks; most text is ASCII, which needs none of that. */
AVX2_INLINE void
judge_64(struct judge *judge, const uint8_t *data)
{
	__m256i low = load(data), high = load(data + 32);

	if (_mm256_movemask_epi8(_mm256_or_si256(low, high)) != 0) {
		judge_block(judge, low);
		judge_block(judge, high);
		return;
	}
	judge->faults = _mm256_or_si256(judge->faults, judge->unfinished);
	judge->previous = high;
	judge->unfinished = _mm256_setzero_si256();
}

/* Bytes of a character at the end of the data, which has three or more, that
 * may not be whole. */
static size_t
open_bytes(const uint8_t *end)
{
	for (size_t back = 1; back <= 3; back++)
		if (end[-(ptrdiff_t)back] >= 0xc0)
			return back;
	return 0;
}

/* Bytes up to the end of the character that is under way, or of the input. */
static bool
finish_character(struct utf8 *utf8, struct span *in)
{
	bool is_good = true;

	while (is_good && in->length > 0 && !utf8_is_complete(utf8)) {
		is_good = utf8_check_scalar(utf8, span_from(in->data, 1));
		*in = span_from(in->data + 1, in->length - 1);
	}
	return is_good;
}

AVX2 bool
utf8_check_avx2(struct utf8 *utf8, struct span in)
{
	struct judge judge = {_mm256_setzero_si256(), _mm256_setzero_si256(),
	    _mm256_setzero_si256()};
	size_t at = 0;

	if (!finish_character(utf8, &in))
		return false;
	for (; in.length - at >= 64; at += 64)
		judge_64(&judge, in.data + at);
	if (in.length - at >= 32) {
		judge_block(&judge, load(in.data + at));
		at += 32;
	}
	if (!is_zero(judge.faults))
		return false;
	if (at > 0)
		at -= open_bytes(in.data + at);
	return utf8_check_scalar(utf8, span_from(in.data + at, in.length - at));
}

#endif
