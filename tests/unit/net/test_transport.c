/* One descriptor on a loop: what it waits for, and how it ends. */
#include "net/transport.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/harness.h"

static struct event_base *base;
static struct transport transport;
static int peer;       /* the other end */
static int own;        /* ours */
static unsigned ready; /* what the callback was told since the last look */

static void
on_ready(int fd, short what, void *owner)
{
	ck_assert_int_eq(fd, own);
	ck_assert_ptr_eq(owner, &transport);
	ready |= transport_ready(what);
}

/* A TCP connection, since some of this is about TCP. */
static void
connect_pair(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);
	int listening = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ne(listening, -1);
	ck_assert_int_eq(
	    bind(listening, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(listen(listening, 1), 0);
	ck_assert_int_eq(
	    getsockname(listening, (struct sockaddr *)&address, &length), 0);
	peer = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(peer, (struct sockaddr *)&address, length), 0);
	own = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
	ck_assert_int_ne(own, -1);
	close(listening);
}

static void
setup(void)
{
	connect_pair();
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(
	    transport_open(&transport, base, own, on_ready, &transport), 0);
	ready = 0;
}

static void
teardown(void)
{
	transport_close(&transport);
	transport_close(&transport);
	event_base_free(base);
	if (peer != -1)
		close(peer);
}

/* What is ready now. */
static unsigned
look(void)
{
	unsigned seen;

	ck_assert_int_ne(
	    event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK), -1);
	seen = ready;
	ready = 0;
	return seen;
}

static void
say(const char *text)
{
	ck_assert_int_eq(
	    send(peer, text, strlen(text), 0), (ssize_t)strlen(text));
}

START_TEST(waits_for_reading_at_first)
{
	ck_assert(transport_is_open(&transport));
	ck_assert_uint_eq(look(), 0);
	say("x");
	ck_assert_uint_eq(look(), TRANSPORT_READ);
	/* again and again, until it is read */
	ck_assert_uint_eq(look(), TRANSPORT_READ);
}
END_TEST

START_TEST(waits_for_what_it_is_told)
{
	ck_assert_int_eq(transport_wait_for(&transport, TRANSPORT_WRITE), 0);
	say("x");
	ck_assert_uint_eq(look(), TRANSPORT_WRITE);
	ck_assert_int_eq(
	    transport_wait_for(&transport, TRANSPORT_READ | TRANSPORT_WRITE),
	    0);
	ck_assert_uint_eq(look(), TRANSPORT_READ | TRANSPORT_WRITE);
	ck_assert_int_eq(transport_wait_for(&transport, 0), 0);
	ck_assert_uint_eq(look(), 0);
	ck_assert_int_eq(transport_wait_for(&transport, 0), 0);
	ck_assert_int_eq(transport_wait_for(&transport, TRANSPORT_READ), 0);
	ck_assert_uint_eq(look(), TRANSPORT_READ);
}
END_TEST

START_TEST(receives_what_is_there_and_then_the_end)
{
	char buffer[8];

	ck_assert_int_eq(
	    transport_receive(&transport, buffer, sizeof(buffer)), -1);
	ck_assert_int_eq(errno, EAGAIN);
	say("0123456789");
	ck_assert_int_eq(
	    transport_receive(&transport, buffer, sizeof(buffer)), 8);
	ck_assert_mem_eq(buffer, "01234567", 8);
	ck_assert_int_eq(
	    transport_receive(&transport, buffer, sizeof(buffer)), 2);
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	ck_assert_uint_eq(look(), TRANSPORT_READ);
	ck_assert_int_eq(
	    transport_receive(&transport, buffer, sizeof(buffer)), 0);
}
END_TEST

START_TEST(sends_one_part_or_many)
{
	struct iovec parts[] = {
	    {(char[]){"head"}, 4}, {NULL, 0}, {(char[]){"body"}, 4}};
	char got[16];

	ck_assert_int_eq(transport_send(&transport, parts, 3), 8);
	ck_assert_int_eq(recv(peer, got, sizeof(got), 0), 8);
	ck_assert_mem_eq(got, "headbody", 8);
	ck_assert_int_eq(transport_send(&transport, parts, 1), 4);
	ck_assert_int_eq(recv(peer, got, sizeof(got), 0), 4);
}
END_TEST

START_TEST(full_kernel_takes_nothing_and_that_is_no_error)
{
	static char bytes[1 << 20];
	struct iovec part = {bytes, sizeof(bytes)};
	ssize_t sent, total = 0;

	while ((sent = transport_send(&transport, &part, 1)) > 0)
		total += sent;
	ck_assert_int_eq(sent, 0);
	ck_assert_int_eq(transport_wait_for(&transport, TRANSPORT_WRITE), 0);
	ck_assert_uint_eq(look(), 0);
	while (total > 0) {
		ssize_t got = recv(peer, bytes, sizeof(bytes), 0);

		ck_assert_int_gt(got, 0);
		total -= got;
	}
	/* waits for it: the kernel needs a moment to tell */
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(ready, TRANSPORT_WRITE);
}
END_TEST

START_TEST(broken_connection_is_an_error_and_no_signal)
{
	struct iovec parts[] = {{(char[]){"x"}, 1}, {(char[]){"y"}, 1}};
	ssize_t sent;

	close(peer);
	peer = -1;
	/* the first is answered by a reset */
	for (unsigned i = 0; i < 100; i++) {
		sent = transport_send(&transport, parts, 1 + (int)(i % 2));
		if (sent == -1)
			break;
	}
	ck_assert_int_eq(sent, -1);
	ck_assert(errno == EPIPE || errno == ECONNRESET);
}
END_TEST

START_TEST(shutdown_says_no_more_but_hears)
{
	char buffer[8];

	transport_shutdown(&transport);
	ck_assert_int_eq(recv(peer, buffer, sizeof(buffer), 0), 0);
	say("late");
	ck_assert_int_eq(
	    transport_receive(&transport, buffer, sizeof(buffer)), 4);
	ck_assert(transport_is_open(&transport));
}
END_TEST

START_TEST(close_ends_in_order)
{
	char buffer[8];

	transport_close(&transport);
	ck_assert(!transport_is_open(&transport));
	ck_assert_int_eq(recv(peer, buffer, sizeof(buffer), 0), 0);
	say("x");
	ck_assert_uint_eq(look(), 0);
}
END_TEST

START_TEST(reset_is_no_end_in_order)
{
	char buffer[8];

	transport_reset(&transport);
	ck_assert(!transport_is_open(&transport));
	ck_assert_int_eq(recv(peer, buffer, sizeof(buffer), 0), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	transport_reset(&transport);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("transport");
	TCase *tcase = tcase_create("one connection");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, waits_for_reading_at_first);
	tcase_add_test(tcase, waits_for_what_it_is_told);
	tcase_add_test(tcase, receives_what_is_there_and_then_the_end);
	tcase_add_test(tcase, sends_one_part_or_many);
	tcase_add_test(tcase, full_kernel_takes_nothing_and_that_is_no_error);
	tcase_add_test(tcase, broken_connection_is_an_error_and_no_signal);
	tcase_add_test(tcase, shutdown_says_no_more_but_hears);
	tcase_add_test(tcase, close_ends_in_order);
	tcase_add_test(tcase, reset_is_no_end_in_order);
	suite_add_tcase(suite, tcase);
	return suite;
}
