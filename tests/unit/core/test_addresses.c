/* Sessions by address: against a plain list, and at the limits. */
#include "core/addresses.h"

#include "tests/unit/harness.h"
#include "tests/unit/proto/random.h"

enum { MODEL_ADDRESSES = 300, MODEL_STEPS = 20000, MODEL_MAX = 5 };

static struct addresses addresses;

static void
setup(void)
{
	addresses_init(&addresses);
}

static void
teardown(void)
{
	addresses_release(&addresses);
}

static struct addr
ipv4(unsigned number)
{
	return (struct addr){.family = ADDR_IPV4,
	    .port = (uint16_t)number,
	    .ip = {10, 0, (uint8_t)(number >> 8), (uint8_t)number}};
}

START_TEST(each_address_has_its_own_count)
{
	struct addr one = ipv4(1), other = ipv4(2);

	ck_assert_int_eq(
	    addresses_enter(&addresses, &one, 2), ADDRESSES_COUNTED);
	ck_assert_int_eq(
	    addresses_enter(&addresses, &one, 2), ADDRESSES_COUNTED);
	ck_assert_int_eq(addresses_enter(&addresses, &one, 2), ADDRESSES_FULL);
	ck_assert_int_eq(
	    addresses_enter(&addresses, &other, 2), ADDRESSES_COUNTED);
	/* from another port it is the same client */
	one.port++;
	ck_assert_int_eq(addresses_enter(&addresses, &one, 2), ADDRESSES_FULL);
	addresses_leave(&addresses, &one);
	ck_assert_int_eq(
	    addresses_enter(&addresses, &one, 2), ADDRESSES_COUNTED);
	ck_assert_uint_eq(addresses_count(&addresses), 2);
}
END_TEST

START_TEST(ipv6_counts_by_network)
{
	struct addr one = {.family = ADDR_IPV6,
	    .ip = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9}};
	struct addr same = one, other = one;

	same.ip[8] = 1;
	other.ip[7] = 2;
	ck_assert_int_eq(
	    addresses_enter(&addresses, &one, 1), ADDRESSES_COUNTED);
	ck_assert_int_eq(addresses_enter(&addresses, &same, 1), ADDRESSES_FULL);
	ck_assert_int_eq(
	    addresses_enter(&addresses, &other, 1), ADDRESSES_COUNTED);
	addresses_leave(&addresses, &same);
	ck_assert_int_eq(
	    addresses_enter(&addresses, &one, 1), ADDRESSES_COUNTED);
}
END_TEST

START_TEST(others_are_not_counted)
{
	const struct addr local = {.family = ADDR_UNIX};
	const struct addr unknown = {.family = ADDR_NONE};

	ck_assert_int_eq(
	    addresses_enter(&addresses, &local, 1), ADDRESSES_UNKNOWN);
	ck_assert_int_eq(
	    addresses_enter(&addresses, &unknown, 1), ADDRESSES_UNKNOWN);
	ck_assert_uint_eq(addresses_count(&addresses), 0);
}
END_TEST

START_TEST(is_what_a_list_would_be)
{
	struct random random = {17};
	unsigned counts[MODEL_ADDRESSES] = {0};
	uint32_t present = 0;

	for (unsigned i = 0; i < MODEL_STEPS; i++) {
		unsigned number =
		    (unsigned)random_below(&random, MODEL_ADDRESSES);
		struct addr addr = ipv4(number);

		if (random_below(&random, 2) == 0 && counts[number] > 0) {
			addresses_leave(&addresses, &addr);
			present -= --counts[number] == 0;
		} else if (counts[number] == MODEL_MAX) {
			ck_assert_int_eq(
			    addresses_enter(&addresses, &addr, MODEL_MAX),
			    ADDRESSES_FULL);
		} else {
			ck_assert_int_eq(
			    addresses_enter(&addresses, &addr, MODEL_MAX),
			    ADDRESSES_COUNTED);
			present += counts[number]++ == 0;
		}
		ck_assert_uint_eq(addresses_count(&addresses), present);
	}
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("addresses");
	TCase *tcase = tcase_create("counts");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, each_address_has_its_own_count);
	tcase_add_test(tcase, ipv6_counts_by_network);
	tcase_add_test(tcase, others_are_not_counted);
	tcase_add_test(tcase, is_what_a_list_would_be);
	suite_add_tcase(suite, tcase);
	return suite;
}
