/* Listening sockets: how much is accepted when. */
#include "net/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "net/addr.h"
#include "net/bind.h"
#include "tests/unit/harness.h"

enum { PER_TURN = 64, CLIENTS = 150 };

static char address[] = "127.0.0.1";
static const struct conf_listener conf = {.address = address, .backlog = 4096};
static struct event_base *base;
static struct listener listener;
static uint16_t port;
static int clients[CLIENTS];
static unsigned accepted;
static int last_fd; /* accepted last */
static struct addr last_peer;

static void
on_accept(void *owner, int fd, const struct addr *peer)
{
	ck_assert_ptr_eq(owner, &accepted);
	accepted++;
	last_peer = *peer;
	if (last_fd != -1)
		close(last_fd);
	last_fd = fd;
}

static void
setup(void)
{
	int fd;

	accepted = 0;
	last_fd = -1;
	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i] = -1;
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(bind_tcp(&conf, &fd, 1, &port), 0);
	ck_assert_uint_ne(port, 0);
	ck_assert_int_eq(
	    listener_open(&listener, base, fd, on_accept, &accepted), 0);
	listener_start(&listener);
}

static void
teardown(void)
{
	listener_close(&listener);
	listener_close(&listener);
	event_base_free(base);
	for (unsigned i = 0; i < CLIENTS; i++)
		if (clients[i] != -1)
			close(clients[i]);
	if (last_fd != -1)
		close(last_fd);
}

/* Connects, which succeeds as soon as the connection is in the queue. Returns
 * the descriptor, or -1 with errno. */
static int
dial(const char *ip)
{
	struct sockaddr_storage sa;
	socklen_t length = addr_to_sockaddr(ip, port, &sa);
	int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	if (connect(fd, (struct sockaddr *)&sa, length) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
dial_many(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		clients[i] = dial("127.0.0.1");
		ck_assert_int_ne(clients[i], -1);
	}
}

static void
turn(void)
{
	ck_assert_int_ne(
	    event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK), -1);
}

START_TEST(connection_comes_with_its_peer_and_does_not_block)
{
	struct sockaddr_in own;
	socklen_t length = sizeof(own);
	int is_nodelay = 0;
	char byte;

	dial_many(1);
	turn();
	ck_assert_uint_eq(accepted, 1);
	ck_assert_int_eq(
	    getsockname(clients[0], (struct sockaddr *)&own, &length), 0);
	ck_assert_uint_eq(last_peer.family, ADDR_IPV4);
	ck_assert_uint_eq(last_peer.port, ntohs(own.sin_port));
	ck_assert_int_eq(recv(last_fd, &byte, 1, 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert(fcntl(last_fd, F_GETFD) & FD_CLOEXEC);
	/* small messages leave at once */
	length = sizeof(is_nodelay);
	ck_assert_int_eq(
	    getsockopt(last_fd, IPPROTO_TCP, TCP_NODELAY, &is_nodelay, &length),
	    0);
	ck_assert_int_ne(is_nodelay, 0);
}
END_TEST

START_TEST(only_so_many_are_accepted_in_a_turn)
{
	dial_many(CLIENTS);
	turn();
	ck_assert_uint_eq(accepted, PER_TURN);
	/* not before the turn has ended */
	turn();
	ck_assert_uint_eq(accepted, PER_TURN);
	listener_end_turn(&listener);
	turn();
	ck_assert_uint_eq(accepted, 2 * PER_TURN);
	listener_end_turn(&listener);
	turn();
	ck_assert_uint_eq(accepted, CLIENTS);
}
END_TEST

START_TEST(count_begins_anew_with_each_turn)
{
	dial_many(PER_TURN - 1);
	turn();
	listener_end_turn(&listener);
	clients[PER_TURN] = dial("127.0.0.1");
	turn();
	ck_assert_uint_eq(accepted, PER_TURN);
	clients[PER_TURN + 1] = dial("127.0.0.1");
	turn();
	ck_assert_uint_eq(accepted, PER_TURN + 1);
}
END_TEST

START_TEST(closed_listener_refuses)
{
	listener_close(&listener);
	ck_assert_int_eq(dial("127.0.0.1"), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
}
END_TEST

/* Out of descriptors: a loop that asks again at once would never rest. */
START_TEST(rests_while_there_are_no_descriptors)
{
	struct rlimit all, none;
	unsigned active;

	log_set_level(LOG_LEVEL_ERROR);
	dial_many(2);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &all), 0);
	none = all;
	none.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	turn();
	event_base_get_max_events(base, EVENT_BASE_COUNT_ACTIVE, 1);
	turn();
	listener_end_turn(&listener);
	turn();
	active = (unsigned)event_base_get_max_events(
	    base, EVENT_BASE_COUNT_ACTIVE, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &all), 0);
	ck_assert_uint_eq(accepted, 0);
	ck_assert_uint_eq(active, 0);
	/* the pause over, both are there */
	event_active(listener.pause, EV_TIMEOUT, 1);
	turn();
	turn();
	ck_assert_uint_eq(accepted, 2);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("listener");
	TCase *tcase = tcase_create("accepting");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(
	    tcase, connection_comes_with_its_peer_and_does_not_block);
	tcase_add_test(tcase, only_so_many_are_accepted_in_a_turn);
	tcase_add_test(tcase, count_begins_anew_with_each_turn);
	tcase_add_test(tcase, closed_listener_refuses);
	tcase_add_test(tcase, rests_while_there_are_no_descriptors);
	suite_add_tcase(suite, tcase);
	return suite;
}
