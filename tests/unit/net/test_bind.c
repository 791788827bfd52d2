/* Making listening sockets: who may share a port, and what becomes of files. */
#include "net/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/addr.h"
#include "net/dial.h"
#include "tests/unit/harness.h"

static char folder[] = "/tmp/framed-bind-XXXXXX";
static char path[64];
static struct conf_listener conf;
static struct socket_file file;
static char ipv4[] = "127.0.0.1", ipv6[] = "::", mode[] = "0604";
static char no_address[] = "not an address", no_ours[] = "192.0.2.1";
static char no_user[] = "no such user";
static const char *what;
static uint16_t port;

static void
setup(void)
{
	conf = (struct conf_listener){.address = ipv4, .backlog = 16};
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
}

static void
teardown(void)
{
	unlink(path);
	rmdir(folder);
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
}

/* A connection to an address, or -1. */
static int
dial_ip(const char *ip)
{
	struct sockaddr_storage sa;
	socklen_t length = addr_to_sockaddr(ip, port, &sa);

	return dial(&sa, length);
}

static int
dial_path(const char *name)
{
	struct sockaddr_storage sa;
	socklen_t length = addr_unix_to_sockaddr(span_from_string(name), &sa);

	return dial(&sa, length);
}

START_TEST(one_address_gives_many_sockets_on_one_port)
{
	int fds[3], other;

	ck_assert_int_eq(bind_tcp(&conf, fds, 3, &port), 0);
	for (unsigned i = 0; i < 3; i++) {
		struct sockaddr_in in;
		socklen_t length = sizeof(in);

		ck_assert_int_eq(
		    getsockname(fds[i], (struct sockaddr *)&in, &length), 0);
		ck_assert_uint_eq(ntohs(in.sin_port), port);
	}
	/* a second server must not share it in silence */
	conf.port = port;
	errno = 0;
	ck_assert_int_eq(bind_tcp(&conf, &other, 1, &port), -1);
	ck_assert_int_eq(errno, EADDRINUSE);
	for (unsigned i = 0; i < 3; i++)
		close(fds[i]);
}
END_TEST

START_TEST(port_can_be_bound_again_at_once)
{
	int fd, client, accepted;
	uint16_t same;

	/* the server closes first, and its end lingers in TIME-WAIT */
	ck_assert_int_eq(bind_tcp(&conf, &fd, 1, &port), 0);
	client = dial_ip("127.0.0.1");
	accepted = accept(fd, NULL, NULL);
	ck_assert_int_ne(accepted, -1);
	close(accepted);
	close(client);
	close(fd);
	conf.port = port;
	ck_assert_int_eq(bind_tcp(&conf, &fd, 1, &same), 0);
	ck_assert_uint_eq(same, port);
	close(fd);
}
END_TEST

START_TEST(ipv6_is_ipv6_only)
{
	int fd, client;

	conf.address = ipv6;
	/* a host without IPv6 */
	if (bind_tcp(&conf, &fd, 1, &port) == -1)
		return;
	client = dial_ip("::1");
	ck_assert_int_ne(client, -1);
	ck_assert_int_eq(dial_result(client), 0);
	close(client);
	client = dial_ip("127.0.0.1");
	if (client != -1)
		ck_assert_int_eq(dial_result(client), ECONNREFUSED);
	close(client);
	close(fd);
}
END_TEST

static int
get_option(int fd, int level, int option)
{
	socklen_t length = sizeof(int);
	int value = -1;

	ck_assert_int_eq(getsockopt(fd, level, option, &value, &length), 0);
	return value;
}

START_TEST(connections_have_the_options_of_their_listener)
{
	int fd, client, accepted;

	conf.tcp = (struct conf_tcp){.user_timeout_ms = 12345,
	    .keepalive_ms = 60001,
	    .keepalive_interval_ms = 7000,
	    .keepalive_probes = 3};
	ck_assert_int_eq(bind_tcp(&conf, &fd, 1, &port), 0);
	client = dial_ip("127.0.0.1");
	accepted = accept(fd, NULL, NULL);
	ck_assert_int_ne(accepted, -1);
	ck_assert_int_eq(get_option(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
	ck_assert_int_eq(
	    get_option(accepted, IPPROTO_TCP, TCP_USER_TIMEOUT), 12345);
	ck_assert_int_eq(get_option(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
	ck_assert_int_eq(get_option(accepted, IPPROTO_TCP, TCP_KEEPIDLE), 61);
	ck_assert_int_eq(get_option(accepted, IPPROTO_TCP, TCP_KEEPINTVL), 7);
	ck_assert_int_eq(get_option(accepted, IPPROTO_TCP, TCP_KEEPCNT), 3);
	close(accepted);
	close(client);
	close(fd);
}
END_TEST

START_TEST(failing_to_bind_leaves_nothing_open)
{
	int before = dup(0), after, fds[4];

	conf.address = no_address;
	ck_assert_int_eq(bind_tcp(&conf, fds, 4, &port), -1);
	ck_assert_int_eq(errno, EINVAL);
	/* not an address of this host: the first socket fails, at bind() */
	conf.address = no_ours;
	ck_assert_int_eq(bind_tcp(&conf, fds, 4, &port), -1);
	ck_assert_int_eq(errno, EADDRNOTAVAIL);
	close(before);
	after = dup(0);
	ck_assert_int_eq(after, before);
	close(after);
}
END_TEST

START_TEST(file_has_the_mode_and_goes_with_the_listener)
{
	struct stat status;
	int fd, client;

	conf.path = path;
	conf.mode = mode;
	fd = bind_unix(&conf, &file, &what);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode, S_IFSOCK | 0604);
	client = dial_path(path);
	ck_assert_int_ne(client, -1);
	close(client);
	close(fd);
	socket_file_remove(&file, &conf);
	ck_assert_int_eq(lstat(path, &status), -1);
	socket_file_remove(&file, &conf);
}
END_TEST

START_TEST(file_of_a_server_that_is_gone_is_replaced)
{
	int fd;

	conf.path = path;
	fd = bind_unix(&conf, &file, &what);
	ck_assert_int_ne(fd, -1);
	close(fd);
	fd = bind_unix(&conf, &file, &what);
	ck_assert_int_ne(fd, -1);
	close(fd);
}
END_TEST

START_TEST(file_that_is_in_use_stays)
{
	struct socket_file second;
	int fd, client;

	conf.path = path;
	fd = bind_unix(&conf, &file, &what);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind_unix(&conf, &second, &what), -1);
	ck_assert_int_eq(errno, EADDRINUSE);
	client = dial_path(path);
	ck_assert_int_ne(client, -1);
	close(client);
	close(fd);
}
END_TEST

START_TEST(file_of_another_kind_stays)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	ck_assert_int_ne(fd, -1);
	close(fd);
	conf.path = path;
	ck_assert_int_eq(bind_unix(&conf, &file, &what), -1);
	ck_assert_int_eq(errno, ENOTSOCK);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(file_that_somebody_replaced_stays)
{
	struct socket_file second;
	int fd, other;

	conf.path = path;
	fd = bind_unix(&conf, &file, &what);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(unlink(path), 0);
	other = bind_unix(&conf, &second, &what);
	ck_assert_int_ne(other, -1);
	socket_file_remove(&file, &conf);
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
	close(other);
}
END_TEST

START_TEST(nobody_is_no_owner)
{
	conf.path = path;
	conf.owner = no_user;
	ck_assert_int_eq(bind_unix(&conf, &file, &what), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(what, "owner or group");
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(abstract_names_have_no_file)
{
	int fd, client;

	snprintf(path, sizeof(path), "@framed-bind-%d", (int)getpid());
	conf.path = path;
	fd = bind_unix(&conf, &file, &what);
	ck_assert_int_ne(fd, -1);
	ck_assert_uint_eq(file.number, 0);
	client = dial_path(path);
	ck_assert_int_ne(client, -1);
	close(client);
	close(fd);
	ck_assert_int_eq(dial_path(path), -1);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("bind");
	TCase *tcase = tcase_create("tcp");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, one_address_gives_many_sockets_on_one_port);
	tcase_add_test(tcase, port_can_be_bound_again_at_once);
	tcase_add_test(tcase, ipv6_is_ipv6_only);
	tcase_add_test(tcase, connections_have_the_options_of_their_listener);
	tcase_add_test(tcase, failing_to_bind_leaves_nothing_open);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("unix");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, file_has_the_mode_and_goes_with_the_listener);
	tcase_add_test(tcase, file_of_a_server_that_is_gone_is_replaced);
	tcase_add_test(tcase, file_that_is_in_use_stays);
	tcase_add_test(tcase, file_of_another_kind_stays);
	tcase_add_test(tcase, file_that_somebody_replaced_stays);
	tcase_add_test(tcase, nobody_is_no_owner);
	tcase_add_test(tcase, abstract_names_have_no_file);
	suite_add_tcase(suite, tcase);
	return suite;
}
