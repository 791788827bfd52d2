/* What is one socket, and what is one route. */
#include "conf/same.h"

#include "tests/unit/harness.h"

/* The fields are not const, and still nobody writes to them. */
#define TEXT(literal) ((char[]){"" literal})

START_TEST(strings_may_be_missing)
{
	ck_assert(same_string(NULL, NULL));
	ck_assert(!same_string("", NULL));
	ck_assert(!same_string(NULL, ""));
	ck_assert(same_string("a", "a"));
	ck_assert(!same_string("a", "b"));
}
END_TEST

START_TEST(addresses_are_the_same_however_they_are_written)
{
	ck_assert(same_address("::1", "0:0::0:1"));
	ck_assert(same_address("127.0.0.1", "127.0.0.1"));
	ck_assert(!same_address("127.0.0.1", "::ffff:127.0.0.1"));
	ck_assert(!same_address("0.0.0.0", "::"));
	ck_assert(!same_address("localhost", "localhost"));
}
END_TEST

START_TEST(sockets_are_the_same_by_what_they_are_bound_to)
{
	const struct conf_listener tcp = {.address = TEXT("::1"), .port = 1},
	                           other = {.address = TEXT("::1"), .port = 2},
	                           same = {.address = TEXT("0::1"),
	                               .port = 1,
	                               .backlog = 7},
	                           path = {.path = TEXT("/a")},
	                           name = {.fd_name = TEXT("/a")};

	ck_assert(same_socket(&tcp, &same));
	ck_assert(!same_socket(&tcp, &other));
	ck_assert(same_socket(&path, &path));
	ck_assert(same_socket(&name, &name));
	ck_assert(!same_socket(&path, &name));
	ck_assert(!same_socket(&tcp, &path));
}
END_TEST

START_TEST(routes_are_the_same_by_what_is_asked_for)
{
	const struct conf_endpoint one = {.path = TEXT("/a")},
	                           again = {.path = TEXT("/a"),
	                               .module = TEXT("m")},
	                           prefix = {.path = TEXT("/a"),
	                               .is_prefix = true},
	                           hosted = {
	                               .path = TEXT("/a"), .host = TEXT("h")};

	ck_assert(same_route(&one, &again));
	ck_assert(!same_route(&one, &prefix));
	ck_assert(!same_route(&one, &hosted));
	ck_assert(same_route(&hosted, &hosted));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("same");
	TCase *tcase = tcase_create("same");

	tcase_add_test(tcase, strings_may_be_missing);
	tcase_add_test(tcase, addresses_are_the_same_however_they_are_written);
	tcase_add_test(tcase, sockets_are_the_same_by_what_they_are_bound_to);
	tcase_add_test(tcase, routes_are_the_same_by_what_is_asked_for);
	suite_add_tcase(suite, tcase);
	return suite;
}
