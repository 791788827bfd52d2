/*
 * UTF-8: the machine and its engines against a decoder that works with code
 * points, over all short sequences, and against each other on long text.
 */
#include "proto/utf8.h"

#include <string.h>

#include "proto/utf8_engine.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/random.h"

enum { TEXT_MAX = 300, ALIGN_MAX = 64, LEAP = 64 };

static const uint64_t seed = 3629;

struct verdict {
	bool is_good; /* no byte is wrong so far */
	bool is_complete;
};

/* How many bytes a character of this value takes. */
static unsigned
length_of_value(uint32_t value)
{
	if (value < 0x80)
		return 1;
	if (value < 0x800)
		return 2;
	return value < 0x10000 ? 3 : 4;
}

static bool
value_is_good(uint32_t value, unsigned length)
{
	return length_of_value(value) == length && value <= 0x10ffff &&
	    (value < 0xd800 || value > 0xdfff);
}

/* Whether some character of `length` bytes has these bits on top. */
static bool
prefix_is_good(uint32_t bits, unsigned missing, unsigned length)
{
	uint32_t low = bits << 6 * missing;
	uint32_t high = low | ((1u << 6 * missing) - 1);

	for (uint32_t value = low;; value += 0x40) {
		if (value_is_good(value, length))
			return true;
		if (high - value < 0x40)
			return value_is_good(high, length);
	}
}

/* Length by the leading ones, as the first table of RFC 3629 §3 has it. */
static unsigned
length_by_lead(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if ((lead & 0xe0) == 0xc0)
		return 2;
	if ((lead & 0xf0) == 0xe0)
		return 3;
	return (lead & 0xf8) == 0xf0 ? 4 : 0;
}

/*
 * Decodes one character. Returns bytes used: its length, or all there is of a
 * good beginning of one, or 0 as soon as none can begin like this.
 */
static size_t
oracle_character(struct span in, bool *is_complete_out)
{
	static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned length = length_by_lead(in.data[0]), used = 1;
	uint32_t bits = in.data[0] & lead_bits[length];

	if (length == 0 || !prefix_is_good(bits, length - 1, length))
		return 0;
	for (; used < length && used < in.length; used++) {
		if ((in.data[used] & 0xc0) != 0x80)
			return 0;
		bits = bits << 6 | (in.data[used] & 0x3f);
		if (!prefix_is_good(bits, length - used - 1, length))
			return 0;
	}
	*is_complete_out = used == length;
	return used;
}

static struct verdict
oracle(struct span in)
{
	struct verdict verdict = {true, true};
	size_t used;

	while (in.length > 0) {
		used = oracle_character(in, &verdict.is_complete);
		if (used == 0)
			return (struct verdict){false, false};
		in = span_from(in.data + used, in.length - used);
	}
	return verdict;
}

static bool
verdict_is(utf8_fn *check, struct span in, struct verdict expected)
{
	struct utf8 utf8 = {0};
	bool is_good = check(&utf8, in);

	return is_good == expected.is_good &&
	    (!is_good || utf8_is_complete(&utf8) == expected.is_complete);
}

/* bytes is up to four bytes, big end first. */
static void
check_sequence(uint32_t bytes, unsigned length)
{
	uint8_t data[4];
	struct span in = span_from(data, length);

	for (unsigned i = 0; i < length; i++)
		data[i] = (uint8_t)(bytes >> 8 * (length - 1 - i));
	if (!verdict_is(utf8_check, in, oracle(in)))
		ck_abort_msg("%u bytes, %08x", length, bytes);
}

START_TEST(judges_all_one_byte_sequences)
{
	for (uint32_t bytes = 0; bytes < 1u << 8; bytes++)
		check_sequence(bytes, 1);
}
END_TEST

START_TEST(judges_all_two_byte_sequences)
{
	for (uint32_t bytes = 0; bytes < 1u << 16; bytes++)
		check_sequence(bytes, 2);
}
END_TEST

START_TEST(judges_all_three_byte_sequences)
{
	for (uint32_t bytes = 0; bytes < 1u << 24; bytes++)
		check_sequence(bytes, 3);
}
END_TEST

/* All leads of four bytes, all second bytes, and borders of the others. */
START_TEST(judges_four_byte_sequences)
{
	static const uint8_t later[] = {0x00, 0x7f, 0x80, 0x8f, 0xbf, 0xc0};

	for (uint32_t head = 0xef00; head < 0x10000; head++) {
		for (size_t i = 0; i < sizeof(later); i++) {
			for (size_t k = 0; k < sizeof(later); k++)
				check_sequence(head << 16 |
				        (uint32_t)later[i] << 8 | later[k],
				    4);
		}
	}
}
END_TEST

static const struct {
	const char *bytes;
	bool is_good;
	bool is_complete;
} samples[] = {
    {"", true, true},
    {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", true, true},
    {"\xf0\x9f\x98\x80", true, true},
    {"\xf4\x8f\xbf\xbf", true, true}, /* U+10FFFF */
    {"\xf4\x90", false, false},       /* above it, told at the second byte */
    {"\xf5", false, false},
    {"\xed\x9f\xbf", true, true}, /* last before the surrogates */
    {"\xed\xa0", false, false},
    {"\xee\x80\x80", true, true}, /* first behind them */
    {"\xc0", false, false},       /* overlong */
    {"\xc1", false, false},
    {"\xe0\x9f", false, false},
    {"\xf0\x8f", false, false},
    {"\xc2", true, false}, /* cut */
    {"\xe1\xbd", true, false},
    {"\xf0\x9f\x98", true, false},
    {"\x80", false, false},
    {"a\xff", false, false},
};

START_TEST(judges_borders)
{
	const char *bytes = samples[_i].bytes;
	struct verdict expected = {
	    samples[_i].is_good, samples[_i].is_complete};

	ck_assert(verdict_is(utf8_check, span_from_string(bytes), expected));
	ck_assert(
	    verdict_is(utf8_check_scalar, span_from_string(bytes), expected));
}
END_TEST

/* Mostly good text, of the given share of ASCII, with a spoilt byte at times.
 */
static size_t
text_make(struct random *random, uint8_t *text)
{
	static const char *const pieces[] = {
	    "\xc3\xa9", "\xe2\x82\xac", "\xed\x95\x9c", "\xf0\x9f\x98\x80"};
	size_t length = 0, target = random_below(random, TEXT_MAX - 20);
	size_t ascii_run = 1 + random_below(random, 100);
	const char *piece;

	while (length < target) {
		if (random_below(random, ascii_run) != 0) {
			text[length++] = (uint8_t)random_below(random, 128);
			continue;
		}
		piece = pieces[random_below(random, 4)];
		memcpy(text + length, piece, strlen(piece));
		length += strlen(piece);
	}
	if (length > 0 && random_below(random, 2) == 0)
		text[random_below(random, length)] =
		    (uint8_t)random_next(random);
	return length;
}

static void
check_in_pieces(
    const struct utf8_engine *engine, struct span text, struct random *random)
{
	struct verdict expected = oracle(text);
	struct utf8 utf8 = {0};
	bool is_good = true;
	size_t piece;

	while (is_good && text.length > 0) {
		piece = 1 + random_below(random, text.length);
		is_good = engine->run(&utf8, span_from(text.data, piece));
		text = span_from(text.data + piece, text.length - piece);
	}
	ck_assert_msg(is_good == expected.is_good &&
	        (!is_good || utf8_is_complete(&utf8) == expected.is_complete),
	    "%s in pieces, seed %llu", engine->name, (unsigned long long)seed);
}

START_TEST(engines_agree_on_random_text)
{
	const struct utf8_engine *engine = utf8_engines;
	uint8_t room[TEXT_MAX + ALIGN_MAX];

	for (; engine->name != NULL; engine++) {
		struct random random = {seed};

		for (int round = 0; round < 40000; round++) {
			uint8_t *text = room + round % ALIGN_MAX;
			struct span in = {text, text_make(&random, text)};

			if (!engine->is_usable())
				continue;
			ck_assert_msg(verdict_is(engine->run, in, oracle(in)),
			    "%s: round %d, seed %llu", engine->name, round,
			    (unsigned long long)seed);
			check_in_pieces(engine, in, &random);
		}
	}
}
END_TEST

/*
 * ASCII with one other byte, the last of `length`, alone and with as much ASCII
 * behind it as an engine leaps over in one step.
 */
static void
check_fault_at(utf8_fn *check, size_t length)
{
	uint8_t text[TEXT_MAX + LEAP];
	struct span more = {text, length + LEAP}, head = {text, length};
	struct verdict bad = {false, false}, cut = {true, false};

	memset(text, 'a', sizeof(text));
	text[length - 1] = 0xff;
	ck_assert(verdict_is(check, more, bad));
	ck_assert(verdict_is(check, head, bad));
	text[length - 1] = 0xc3;
	ck_assert(verdict_is(check, more, bad));
	ck_assert(verdict_is(check, head, cut));
}

START_TEST(finds_the_fault_wherever_it_stands)
{
	const struct utf8_engine *engine = utf8_engines;

	for (; engine->name != NULL; engine++) {
		if (!engine->is_usable())
			continue;
		for (size_t length = 1; length <= TEXT_MAX; length++)
			check_fault_at(engine->run, length);
	}
}
END_TEST

enum { BLOCK = 32, BLOCKS_LENGTH = 4 * BLOCK };

/* Four bytes that end `behind` bytes behind a border between two blocks. */
static void
check_across_blocks(const uint8_t bytes[4], size_t border, size_t behind)
{
	const struct utf8_engine *engine = utf8_engines;
	uint8_t text[BLOCKS_LENGTH];
	struct span in = {text, sizeof(text)};
	struct verdict expected;

	memset(text, 'a', sizeof(text));
	memcpy(text + border + behind - 4, bytes, 4);
	expected = oracle(in);
	for (; engine->name != NULL; engine++) {
		if (engine->is_usable() &&
		    !verdict_is(engine->run, in, expected))
			ck_abort_msg("%s: %02x %02x %02x %02x at %zu",
			    engine->name, bytes[0], bytes[1], bytes[2],
			    bytes[3], border + behind - 4);
	}
}

/* Each border of RFC 3629 §4, in each of four neighbouring bytes. */
START_TEST(judges_borders_across_blocks)
{
	static const uint8_t borders[] = {0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
	    0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xf0, 0xf4, 0xf5};
	const size_t count = ARRAY_LENGTH(borders);

	for (size_t i = 0; i < count * count * count * count; i++) {
		uint8_t bytes[4] = {borders[i % count],
		    borders[i / count % count],
		    borders[i / count / count % count],
		    borders[i / count / count / count]};

		for (size_t behind = 0; behind <= 4; behind++)
			check_across_blocks(bytes, (size_t)_i * BLOCK, behind);
	}
}
END_TEST

START_TEST(cuts_between_characters)
{
	struct span text = SPAN_LITERAL("a\xc3\xa9\xf0\x9f\x98\x80z");
	static const size_t borders[] = {0, 1, 1, 3, 3, 3, 3, 7, 8, 8};

	for (size_t max = 0; max < ARRAY_LENGTH(borders); max++)
		ck_assert_uint_eq(utf8_cut(text, max), borders[max]);
	ck_assert_uint_eq(utf8_cut(SPAN_LITERAL("ab\xff"
	                                        "c"),
	                      9),
	    2);
	ck_assert_uint_eq(utf8_cut(span_from(NULL, 0), 9), 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tcase = tcase_create("utf8");

	/* Sixteen million sequences take a while under a sanitizer. */
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, judges_all_one_byte_sequences);
	tcase_add_test(tcase, judges_all_two_byte_sequences);
	tcase_add_test(tcase, judges_all_three_byte_sequences);
	tcase_add_test(tcase, judges_four_byte_sequences);
	tcase_add_loop_test(tcase, judges_borders, 0, ARRAY_LENGTH(samples));
	tcase_add_test(tcase, engines_agree_on_random_text);
	tcase_add_test(tcase, finds_the_fault_wherever_it_stands);
	tcase_add_loop_test(tcase, judges_borders_across_blocks, 1, 3);
	tcase_add_test(tcase, cuts_between_characters);
	suite_add_tcase(suite, tcase);
	return suite;
}
