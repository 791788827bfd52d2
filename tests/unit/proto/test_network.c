/* Networks: what is one, and who is in it. */
#include "proto/network.h"

#include <arpa/inet.h>

#include "tests/unit/harness.h"

static const struct {
	const char *text;
	int result;
	unsigned bits;
} samples[] = {
    {"192.0.2.1", 0, 32},
    {"192.0.2.0/24", 0, 24},
    {"0.0.0.0/0", 0, 0},
    {"192.0.2.128/25", 0, 25},
    {"255.255.255.255/32", 0, 32},
    {"2001:db8::1", 0, 128},
    {"2001:db8::/32", 0, 32},
    {"::/0", 0, 0},
    {"fe80::/10", 0, 10},
    {"", -1, 0},
    {"/", -1, 0},
    {"192.0.2.0/", -1, 0},
    {"192.0.2.0/33", -1, 0},
    {"192.0.2.0/024", -1, 0},
    {"192.0.2.0/-1", -1, 0},
    {"192.0.2.0/24/8", -1, 0},
    {"192.0.2.1/24", -1, 0}, /* bits that do not count are zero */
    {"192.0.2.128/24", -1, 0},
    {"192.0.2/24", -1, 0},
    {"192.0.2.0/2a", -1, 0},
    {"2001:db8::/129", -1, 0},
    {"2001:db8::1/64", -1, 0},
    {"example.org", -1, 0},
    {"unix", -1, 0},
    {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", -1, 0},
};

START_TEST(reads_networks)
{
	struct network network;

	ck_assert_int_eq(
	    network_parse(span_from_string(samples[_i].text), &network),
	    samples[_i].result);
	if (samples[_i].result == 0)
		ck_assert_uint_eq(network.bits, samples[_i].bits);
}
END_TEST

static bool
holds(const char *list, const char *ip)
{
	bool is_ipv6 = strchr(ip, ':') != NULL;
	uint8_t bytes[16];

	ck_assert_int_eq(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, ip, bytes), 1);
	return network_list_holds(span_from_string(list), is_ipv6, bytes);
}

START_TEST(holds_whom_it_says)
{
	ck_assert(holds("192.0.2.0/24\n", "192.0.2.0"));
	ck_assert(holds("192.0.2.0/24\n", "192.0.2.255"));
	ck_assert(!holds("192.0.2.0/24\n", "192.0.3.0"));
	ck_assert(holds("192.0.2.128/25\n", "192.0.2.128"));
	ck_assert(!holds("192.0.2.128/25\n", "192.0.2.127"));
	ck_assert(holds("192.0.2.7\n", "192.0.2.7"));
	ck_assert(!holds("192.0.2.7\n", "192.0.2.6"));
	ck_assert(holds("0.0.0.0/0\n", "203.0.113.9"));
	ck_assert(!holds("0.0.0.0/0\n", "::1"));
	ck_assert(!holds("::/0\n", "127.0.0.1"));
	ck_assert(holds("fe80::/10\n", "febf::1"));
	ck_assert(!holds("fe80::/10\n", "fec0::1"));
}
END_TEST

START_TEST(list_holds_whom_one_of_it_holds)
{
	static const char list[] = "unix\n10.0.0.0/8\n2001:db8::/32\n";

	ck_assert(holds(list, "10.9.8.7"));
	ck_assert(holds(list, "2001:db8::5"));
	ck_assert(!holds(list, "11.0.0.1"));
	ck_assert(!holds("", "10.9.8.7"));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("network");
	TCase *tcase = tcase_create("network");

	tcase_add_loop_test(tcase, reads_networks, 0, ARRAY_LENGTH(samples));
	tcase_add_test(tcase, holds_whom_it_says);
	tcase_add_test(tcase, list_holds_whom_one_of_it_holds);
	suite_add_tcase(suite, tcase);
	return suite;
}
