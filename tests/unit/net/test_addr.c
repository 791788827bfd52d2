/* Addresses: from the kernel's form to ours and to text, and back. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "tests/unit/harness.h"

static const struct {
	const char *ip;
	uint16_t port;
	socklen_t length;
	const char *text;
} addresses[] = {
    {"127.0.0.1", 9001, sizeof(struct sockaddr_in), "127.0.0.1:9001"},
    {"0.0.0.0", 0, sizeof(struct sockaddr_in), "0.0.0.0"},
    {"2001:db8::1", 0, sizeof(struct sockaddr_in6), "2001:db8::1"},
    {"255.255.255.255", 65535, sizeof(struct sockaddr_in),
        "255.255.255.255:65535"},
    {"::", 80, sizeof(struct sockaddr_in6), "[::]:80"},
    {"2001:db8::1", 443, sizeof(struct sockaddr_in6), "[2001:db8::1]:443"},
    {"2001:DB8:0:0:0:0:0:1", 1, sizeof(struct sockaddr_in6), "[2001:db8::1]:1"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 65535,
        sizeof(struct sockaddr_in6),
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65535"},
    /* the same client, whatever the socket */
    {"::ffff:255.255.255.255", 65535, sizeof(struct sockaddr_in6),
        "255.255.255.255:65535"},
    {"::fffe:192.0.2.1", 65535, sizeof(struct sockaddr_in6),
        "[::fffe:c000:201]:65535"},
};

START_TEST(numeric_addresses_go_there_and_back)
{
	struct sockaddr_storage sa;
	char text[ADDR_TEXT_MAX];
	struct addr addr;

	ck_assert_uint_eq(
	    addr_to_sockaddr(addresses[_i].ip, addresses[_i].port, &sa),
	    addresses[_i].length);
	addr_from_sockaddr(&addr, (const struct sockaddr *)&sa);
	ck_assert_uint_eq(addr.port, addresses[_i].port);
	ck_assert_ptr_eq(addr_format(&addr, text), text);
	ck_assert_str_eq(text, addresses[_i].text);
}
END_TEST

START_TEST(kernels_form_is_understood)
{
	const struct sockaddr_in in = {.sin_family = AF_INET,
	    .sin_port = htons(0x1234),
	    .sin_addr = {htonl(0xc0000201)}};
	char text[ADDR_TEXT_MAX];
	struct addr addr;

	addr_from_sockaddr(&addr, (const struct sockaddr *)&in);
	ck_assert_uint_eq(addr.family, ADDR_IPV4);
	ck_assert_str_eq(addr_format(&addr, text), "192.0.2.1:4660");
}
END_TEST

START_TEST(names_and_other_texts_are_no_addresses)
{
	static const char *const texts[] = {"", "localhost", "127.0.0.1:80",
	    "127.0.0", "256.0.0.1", "127.0.0.1 ", "[::1]", ":::", "::1%lo",
	    "unix:/run/x"};
	struct sockaddr_storage sa;

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		ck_assert_msg(addr_to_sockaddr(texts[i], 1, &sa) == 0, "\"%s\"",
		    texts[i]);
}
END_TEST

START_TEST(unix_peers_have_no_name)
{
	const struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "x"};
	char text[ADDR_TEXT_MAX];
	struct addr addr;

	addr_from_sockaddr(&addr, (const struct sockaddr *)&un);
	ck_assert_uint_eq(addr.family, ADDR_UNIX);
	ck_assert_str_eq(addr_format(&addr, text), "unix");
}
END_TEST

START_TEST(other_families_are_unknown)
{
	const struct sockaddr other = {.sa_family = AF_PACKET};
	char text[ADDR_TEXT_MAX];
	struct addr addr;

	memset(&addr, 0xff, sizeof(addr));
	addr_from_sockaddr(&addr, &other);
	ck_assert_uint_eq(addr.family, ADDR_NONE);
	ck_assert_str_eq(addr_format(&addr, text), "unknown");
}
END_TEST

START_TEST(socket_paths_fit_or_are_refused)
{
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
	struct sockaddr_storage sa;
	const struct sockaddr_un *un = (const void *)&sa;

	memset(path, 'x', sizeof(path));
	ck_assert_uint_eq(addr_unix_to_sockaddr(span_from(path, 0), &sa), 0);
	ck_assert_uint_eq(
	    addr_unix_to_sockaddr(span_from(path, sizeof(path) - 1), &sa), 0);
	ck_assert_uint_eq(
	    addr_unix_to_sockaddr(span_from(path, sizeof(path) - 2), &sa),
	    sizeof(*un));
	ck_assert_int_eq(un->sun_family, AF_UNIX);
	ck_assert_uint_eq(strlen(un->sun_path), sizeof(path) - 2);
	/* abstract ones begin with a NUL and end where they end (unix(7)) */
	ck_assert_uint_eq(addr_unix_to_sockaddr(SPAN_LITERAL("@ab"), &sa),
	    offsetof(struct sockaddr_un, sun_path) + 3);
	ck_assert_mem_eq(un->sun_path, "\0ab", 3);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("addr");
	TCase *tcase = tcase_create("forms");

	tcase_add_loop_test(tcase, numeric_addresses_go_there_and_back, 0,
	    (int)ARRAY_LENGTH(addresses));
	tcase_add_test(tcase, kernels_form_is_understood);
	tcase_add_test(tcase, names_and_other_texts_are_no_addresses);
	tcase_add_test(tcase, unix_peers_have_no_name);
	tcase_add_test(tcase, other_families_are_unknown);
	tcase_add_test(tcase, socket_paths_fit_or_are_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
