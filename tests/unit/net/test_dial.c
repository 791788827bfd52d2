/* Connecting without waiting: to who accepts, to who does not, to nobody. */
#include "net/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/harness.h"

static struct sockaddr_storage address;
static int listening;

/* A socket that listens on a free port of the loopback address. */
static void
setup(void)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&address;
	socklen_t length = sizeof(address);

	memset(&address, 0, sizeof(address));
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listening = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ne(listening, -1);
	ck_assert_int_eq(bind(listening, (struct sockaddr *)&address,
	                     sizeof(struct sockaddr_in)),
	    0);
	ck_assert_int_eq(listen(listening, 1), 0);
	ck_assert_int_eq(
	    getsockname(listening, (struct sockaddr *)&address, &length), 0);
}

static void
teardown(void)
{
	close(listening);
}

/* What came of it, waited for. */
static int
await_result(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};

	ck_assert_int_eq(poll(&poll_fd, 1, 10000), 1);
	return dial_result(fd);
}

START_TEST(connection_is_as_accepted_ones_are)
{
	int fd = dial(&address, sizeof(struct sockaddr_in));
	socklen_t length = sizeof(int);
	int no_delay = 0;

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(await_result(fd), 0);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(
	    getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length), 0);
	ck_assert_int_ne(no_delay, 0);
	close(fd);
}
END_TEST

START_TEST(refusal_is_told_at_once_or_later)
{
	int fd;

	close(listening);
	listening = -1;
	fd = dial(&address, sizeof(struct sockaddr_in));
	if (fd == -1) {
		ck_assert_int_eq(errno, ECONNREFUSED);
		return;
	}
	ck_assert_int_eq(await_result(fd), ECONNREFUSED);
	close(fd);
}
END_TEST

START_TEST(socket_that_is_not_there_fails_at_once)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&address;

	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, "/nowhere/at/all");
	ck_assert_int_eq(dial(&address, sizeof(*un)), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(result_of_no_socket_is_an_error)
{
	ck_assert_int_eq(dial_result(-1), EBADF);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("dial");
	TCase *tcase = tcase_create("connections");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, connection_is_as_accepted_ones_are);
	tcase_add_test(tcase, refusal_is_told_at_once_or_later);
	tcase_add_test(tcase, socket_that_is_not_there_fails_at_once);
	tcase_add_test(tcase, result_of_no_socket_is_an_error);
	suite_add_tcase(suite, tcase);
	return suite;
}
