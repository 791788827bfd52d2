/* Connecting to others. */
#include "net/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

static int
connect_to(int fd, const struct sockaddr_storage *sa, socklen_t length)
{
	const int on = 1;

	/* as accepted sockets have it */
	if (sa->ss_family != AF_UNIX &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
		return -1;
	/* after EINTR, too, the kernel goes on by itself (connect(3p)) */
	if (connect(fd, (const struct sockaddr *)sa, length) == -1 &&
	    errno != EINPROGRESS && errno != EINTR)
		return -1;
	return 0;
}

/* The port is chosen when the peer is known (ip(7)). */
static int
bind_to(int fd, const struct sockaddr_in *from)
{
	const int on = 1;

	if (from == NULL)
		return 0;
	if (setsockopt(
	        fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) == -1)
		return -1;
	return bind(fd, (const struct sockaddr *)from, sizeof(*from));
}

int
dial(const struct sockaddr_storage *sa, socklen_t length)
{
	return dial_from(NULL, sa, length);
}

int
dial_from(const struct sockaddr_in *from, const struct sockaddr_storage *sa,
    socklen_t length)
{
	int fd = socket(
	    sa->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved;

	if (fd == -1 ||
	    (bind_to(fd, from) == 0 && connect_to(fd, sa, length) == 0))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
dial_result(int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == -1)
		return errno;
	return error;
}
