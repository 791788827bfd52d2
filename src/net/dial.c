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

int
dial(const struct sockaddr_storage *sa, socklen_t length)
{
	int fd = socket(
	    sa->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved;

	if (fd == -1 || connect_to(fd, sa, length) == 0)
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
