/* Masking: each engine does what one byte at a time does. */
#include "proto/mask.h"

#include <string.h>

#include "proto/mask_engine.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/random.h"

enum { LENGTH_MAX = 300, ALIGN_MAX = 64, ROOM = LENGTH_MAX + ALIGN_MAX + 64 };

static const uint64_t seed = 6455;

START_TEST(masks_the_hello_of_the_rfc)
{
	static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
	static const uint8_t masked[5] = {0x7f, 0x9f, 0x4d, 0x51, 0x58};
	uint8_t text[5];

	mask_copy(text, masked, sizeof(text), key, 0);
	ck_assert_mem_eq(text, "Hello", 5);
	mask_copy_scalar(text, text, sizeof(text), key, 0);
	ck_assert_mem_eq(text, masked, 5);
}
END_TEST

/* Compares with the scalar version, the bytes around the target included. */
static void
check_engine(const struct mask_engine *engine, size_t length, size_t align,
    struct random *random)
{
	uint8_t source[ROOM], target[ROOM], expected[ROOM], key[4];
	uint32_t word;

	random_fill(random, source, ROOM);
	random_fill(random, key, sizeof(key));
	memcpy(&word, key, sizeof(word));
	memset(target, 0x55, ROOM);
	memset(expected, 0x55, ROOM);
	mask_copy_scalar(expected + 1, source + align, length, key, 0);
	engine->run(target + 1, source + align, length, word);
	ck_assert_msg(memcmp(target, expected, ROOM) == 0,
	    "%s: length %zu, source at %zu, seed %llu", engine->name, length,
	    align, (unsigned long long)seed);

	memcpy(expected, source, ROOM);
	mask_copy_scalar(expected + align, source + align, length, key, 0);
	engine->run(source + align, source + align, length, word);
	ck_assert_msg(memcmp(source, expected, ROOM) == 0,
	    "%s in place: length %zu at %zu, seed %llu", engine->name, length,
	    align, (unsigned long long)seed);
}

START_TEST(engines_agree_at_all_lengths_and_alignments)
{
	const struct mask_engine *engine = mask_engines;
	struct random random = {seed};

	for (; engine->name != NULL; engine++) {
		if (!engine->is_usable())
			continue;
		for (size_t length = 0; length <= LENGTH_MAX; length++)
			for (size_t align = 0; align < ALIGN_MAX; align++)
				check_engine(engine, length, align, &random);
	}
}
END_TEST

START_TEST(last_engine_is_portable)
{
	const struct mask_engine *engine = mask_engines;

	while (engine[1].name != NULL)
		engine++;
	ck_assert_str_eq(engine->name, "portable");
	ck_assert(engine->is_usable());
}
END_TEST

/* Masks in pieces of random lengths, each at its position. */
static void
mask_in_pieces(uint8_t *data, size_t length, const uint8_t key[4],
    uint64_t position, struct random *random)
{
	size_t done = 0, piece;

	while (done < length) {
		piece = 1 + random_below(random, length - done);
		mask_copy(
		    data + done, data + done, piece, key, position + done);
		done += piece;
	}
}

START_TEST(pieces_make_the_whole)
{
	struct random random = {seed + 1};
	uint8_t pieces[LENGTH_MAX], whole[LENGTH_MAX], key[4];

	for (int round = 0; round < 20000; round++) {
		uint64_t position = random_next(&random);
		size_t length = random_below(&random, LENGTH_MAX + 1);

		random_fill(&random, key, sizeof(key));
		random_fill(&random, whole, length);
		memcpy(pieces, whole, length);
		mask_copy_scalar(whole, whole, length, key, position);
		mask_in_pieces(pieces, length, key, position, &random);
		ck_assert_msg(memcmp(pieces, whole, length) == 0,
		    "round %d, length %zu, seed %llu", round, length,
		    (unsigned long long)seed + 1);
	}
}
END_TEST

START_TEST(is_its_own_inverse)
{
	struct random random = {seed + 2};
	uint8_t plain[LENGTH_MAX], copy[LENGTH_MAX], key[4] = {1, 2, 3, 4};

	random_fill(&random, plain, sizeof(plain));
	mask_copy(copy, plain, sizeof(copy), key, 3);
	ck_assert_mem_ne(copy, plain, sizeof(copy));
	mask_copy(copy, copy, sizeof(copy), key, 3);
	ck_assert_mem_eq(copy, plain, sizeof(copy));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("mask");
	TCase *tcase = tcase_create("mask");

	tcase_add_test(tcase, masks_the_hello_of_the_rfc);
	tcase_add_test(tcase, engines_agree_at_all_lengths_and_alignments);
	tcase_add_test(tcase, last_engine_is_portable);
	tcase_add_test(tcase, pieces_make_the_whole);
	tcase_add_test(tcase, is_its_own_inverse);
	suite_add_tcase(suite, tcase);
	return suite;
}
