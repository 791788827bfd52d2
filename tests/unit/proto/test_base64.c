/* Base64: the vectors of RFC 4648 §10, round trips, and what is refused. */
#include <check.h>

#include "proto/base64.h"
#include "tests/unit/harness.h"

static const struct {
	const char *bytes, *text;
} vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

static const char *const refused[] = {
    "Zg=",
    "Zg",
    "Z",
    "=",
    "====",
    "Z===",
    "Zg==Zg==",
    "Zm8=Zm9v",
    "Z=g=",
    "Zm9vYm F",
    "Zm9v\n",
    "Zm9v\r\n\r\n",
    "Zm9-",
    "Zm_v",
    "Zm9\xc3",
};

START_TEST(encodes_and_decodes_the_vectors)
{
	struct span bytes = span_from_string(vectors[_i].bytes);
	struct span text = span_from_string(vectors[_i].text);
	uint8_t decoded[8];
	char encoded[8];
	size_t length;

	ck_assert_uint_eq(BASE64_LENGTH(bytes.length), text.length);
	base64_encode(bytes, encoded);
	ck_assert(span_is_equal(span_from(encoded, text.length), text));
	ck_assert_int_eq(
	    base64_decode(text, decoded, sizeof(decoded), &length), 0);
	ck_assert(span_is_equal(span_from(decoded, length), bytes));
}
END_TEST

START_TEST(refuses_what_is_not_base64)
{
	uint8_t decoded[16];
	size_t length;

	ck_assert_msg(base64_decode(span_from_string(refused[_i]), decoded,
	                  sizeof(decoded), &length) == -1,
	    "%s", refused[_i]);
}
END_TEST

START_TEST(ignores_bits_that_no_byte_takes)
{
	uint8_t decoded[3];
	size_t length;

	ck_assert_int_eq(base64_decode(span_from_string("Zh=="), decoded,
	                     sizeof(decoded), &length),
	    0);
	ck_assert(
	    span_is_equal(span_from(decoded, length), span_from_string("f")));
	ck_assert_int_eq(base64_decode(span_from_string("Zm9="), decoded,
	                     sizeof(decoded), &length),
	    0);
	ck_assert(
	    span_is_equal(span_from(decoded, length), span_from_string("fo")));
}
END_TEST

/* Every value of the last byte in groups of one, two and three. */
START_TEST(decodes_what_it_encoded)
{
	uint8_t bytes[6] = {0x00, 0xff, 0x80, 0x7f, 0x01, 0}, decoded[6];
	char text[BASE64_LENGTH(sizeof(bytes))];
	size_t length;

	bytes[5] = (uint8_t)_i;
	for (size_t from = 0; from < sizeof(bytes); from++) {
		struct span in = span_from(bytes + from, sizeof(bytes) - from);

		base64_encode(in, text);
		ck_assert_int_eq(
		    base64_decode(span_from(text, BASE64_LENGTH(in.length)),
		        decoded, in.length, &length),
		    0);
		ck_assert(span_is_equal(span_from(decoded, length), in));
	}
}
END_TEST

/* Of the 256 last characters only those 64 that the alphabet has. */
START_TEST(knows_its_alphabet)
{
	char text[] = "AAAA";
	uint8_t decoded[3];
	size_t length;
	unsigned known = 0;

	for (int byte = 0; byte < 256; byte++) {
		text[2] = (char)byte;
		known += base64_decode(span_from(text, 4), decoded,
		             sizeof(decoded), &length) == 0;
	}
	ck_assert_uint_eq(known, 64);
}
END_TEST

START_TEST(refuses_more_than_fits)
{
	uint8_t decoded[6] = {0};
	struct span text = span_from_string("Zm9vYmE=");
	size_t length;

	ck_assert_int_eq(base64_decode(text, decoded, 5, &length), 0);
	ck_assert_int_eq(base64_decode(text, decoded, 4, &length), -1);
	ck_assert_uint_eq(decoded[5], 0);
}
END_TEST

static const struct {
	const char *text;
	int length; /* -1: refused */
} url_texts[] = {
    {"", 0},
    {"AA", 1},
    {"AAA", 2},
    {"AAAA", 3},
    {"_-8", 2},
    {"Zm9v", 3},
    {"A", -1},
    {"AAAAA", -1},
    {"AA==", -1},
    {"AB", -1},
    {"AAB", -1},
    {"+A", -1},
    {"/A", -1},
    {"A A", -1},
    {"AA\n", -1},
};

START_TEST(for_urls_it_has_one_form)
{
	uint8_t out[3];
	size_t length = 0;
	int result = base64url_decode(
	    span_from_string(url_texts[_i].text), out, sizeof(out), &length);

	if (url_texts[_i].length == -1) {
		ck_assert_int_eq(result, -1);
		return;
	}
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(length, url_texts[_i].length);
	if (length > 0)
		ck_assert_int_eq(
		    base64url_decode(span_from_string(url_texts[_i].text), out,
		        length - 1, &length),
		    -1);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("base64");
	TCase *tcase = tcase_create("base64");

	tcase_add_loop_test(
	    tcase, encodes_and_decodes_the_vectors, 0, ARRAY_LENGTH(vectors));
	tcase_add_test(tcase, ignores_bits_that_no_byte_takes);
	tcase_add_loop_test(
	    tcase, refuses_what_is_not_base64, 0, ARRAY_LENGTH(refused));
	tcase_add_loop_test(tcase, decodes_what_it_encoded, 0, 256);
	tcase_add_test(tcase, knows_its_alphabet);
	tcase_add_test(tcase, refuses_more_than_fits);
	tcase_add_loop_test(
	    tcase, for_urls_it_has_one_form, 0, ARRAY_LENGTH(url_texts));
	suite_add_tcase(suite, tcase);
	return suite;
}
