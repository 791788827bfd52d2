/* Numbers: digits, and nothing else. */
#include "base/number.h"

#include "base/guard.h"
#include "tests/unit/harness.h"

static const struct {
	const char *text;
	uint64_t max;
	int result;
	uint64_t number;
} samples[] = {
    {"0", 0, 0, 0},
    {"007", 10, 0, 7},
    {"10", 10, 0, 10},
    {"11", 10, -1, 0},
    {"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
    {"18446744073709551616", UINT64_MAX, -1, 0},
    {"", 10, -1, 0},
    {" 1", 10, -1, 0},
    {"+1", 10, -1, 0},
    {"-1", UINT64_MAX, -1, 0},
    {"1 ", 10, -1, 0},
    {"1k", 10, -1, 0},
    {"0x1", 10, -1, 0},
};

START_TEST(reads_digits)
{
	uint64_t number = 12345;

	ck_assert_int_eq(
	    number_read(samples[_i].text, samples[_i].max, &number),
	    samples[_i].result);
	if (samples[_i].result == 0)
		ck_assert_uint_eq(number, samples[_i].number);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("number");
	TCase *tcase = tcase_create("number");

	tcase_add_loop_test(tcase, reads_digits, 0, ARRAY_LENGTH(samples));
	suite_add_tcase(suite, tcase);
	return suite;
}
