/*
 * Masking, in plain words and in vectors. Short payloads are masked by what
 * every processor of the kind has: an indirect call, and vectors that are wider
 * than the payload, cost more than they save.
 */
#include "proto/mask.h"

#include <stdatomic.h>
#include <string.h>

#include "base/guard.h"
#include "proto/mask_engine.h"
#include "proto/simd.h"

enum { SHORT_BYTES = 256 };

/* Turns the key to a position without asking for the byte order. */
static inline uint32_t
key_at(const uint8_t key[4], uint64_t position)
{
	uint8_t twice[8];
	uint32_t turned;

	memcpy(twice, key, 4);
	memcpy(twice + 4, key, 4);
	memcpy(&turned, twice + (position & 3), sizeof(turned));
	return turned;
}

static inline void
mask_words(uint8_t *target, const uint8_t *source, size_t length, uint32_t key)
{
	uint64_t wide = (uint64_t)key << 32 | key, word;
	uint8_t narrow[4];
	size_t i;

	for (i = 0; length - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, source + i, sizeof(word));
		word ^= wide;
		memcpy(target + i, &word, sizeof(word));
	}
	memcpy(narrow, &key, sizeof(narrow));
	for (; i < length; i++)
		target[i] = source[i] ^ narrow[i & 3];
}

#ifdef SIMD_X86
static inline void
mask_16(uint8_t *target, const uint8_t *source, __m128i key)
{
	__m128i block = _mm_loadu_si128((const __m128i *)(const void *)source);

	_mm_storeu_si128((__m128i *)(void *)target, _mm_xor_si128(block, key));
}

static inline void
mask_sse2(uint8_t *target, const uint8_t *source, size_t length, uint32_t key)
{
	__m128i wide = _mm_set1_epi32((int)key);
	size_t i;

	for (i = 0; length - i >= 64; i += 64) {
		mask_16(target + i, source + i, wide);
		mask_16(target + i + 16, source + i + 16, wide);
		mask_16(target + i + 32, source + i + 32, wide);
		mask_16(target + i + 48, source + i + 48, wide);
	}
	for (; length - i >= 16; i += 16)
		mask_16(target + i, source + i, wide);
	mask_words(target + i, source + i, length - i, key);
}

#define mask_short mask_sse2

#define AVX2 __attribute__((target("avx2")))

static inline AVX2 void
mask_32(uint8_t *target, const uint8_t *source, __m256i key)
{
	__m256i block =
	    _mm256_loadu_si256((const __m256i *)(const void *)source);

	_mm256_storeu_si256(
	    (__m256i *)(void *)target, _mm256_xor_si256(block, key));
}

static AVX2 void
mask_avx2(uint8_t *target, const uint8_t *source, size_t length, uint32_t key)
{
	__m256i wide = _mm256_set1_epi32((int)key);
	size_t i;

	for (i = 0; length - i >= 128; i += 128) {
		mask_32(target + i, source + i, wide);
		mask_32(target + i + 32, source + i + 32, wide);
		mask_32(target + i + 64, source + i + 64, wide);
		mask_32(target + i + 96, source + i + 96, wide);
	}
	for (; length - i >= 32; i += 32)
		mask_32(target + i, source + i, wide);
	mask_words(target + i, source + i, length - i, key);
}
#else
#define mask_short mask_words
#endif

const struct mask_engine mask_engines[] = {
#ifdef SIMD_X86
    {"avx2", simd_has_avx2, mask_avx2},
    {"sse2", simd_has_sse2, mask_sse2},
#endif
    {"portable", simd_is_needless, mask_words},
    {NULL, NULL, NULL},
};

static mask_fn mask_choose;

/*
 * Starts as the function that replaces it. Threads may race to do so: each
 * stores the same pointer.
 */
static _Atomic(mask_fn *) mask_chosen = mask_choose;

static void
mask_choose(uint8_t *target, const uint8_t *source, size_t length, uint32_t key)
{
	const struct mask_engine *engine = mask_engines;

	while (!engine->is_usable())
		engine++;
	atomic_store_explicit(&mask_chosen, engine->run, memory_order_relaxed);
	engine->run(target, source, length, key);
}

void
mask_copy(uint8_t *target, const uint8_t *source, size_t length,
    const uint8_t key[4], uint64_t position)
{
	uint32_t turned = key_at(key, position);
	mask_fn *run;

	if (length < SHORT_BYTES) {
		mask_short(target, source, length, turned);
		return;
	}
	run = atomic_load_explicit(&mask_chosen, memory_order_relaxed);
	run(target, source, length, turned);
}

void
mask_copy_scalar(uint8_t *target, const uint8_t *source, size_t length,
    const uint8_t key[4], uint64_t position)
{
	for (size_t i = 0; i < length; i++)
		target[i] = source[i] ^ key[(position + i) & 3];
}
