/* Sockets of TCP listeners. */
#include "net/bind.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/addr.h"

/* The values of socket options that accepted connections inherit. */
static int
set_number(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static int
set_flag(int fd, int level, int option)
{
	return set_number(fd, level, option, 1);
}

/* In whole seconds, and never none. */
static int
seconds(uint32_t ms)
{
	return (int)((ms + 999) / 1000);
}

/* How long an unresponsive peer is borne with. */
static int
set_patience(int fd, const struct conf_tcp *tcp)
{
	/* 0: as the system does */
	if (set_number(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
	        (int)tcp->user_timeout_ms) == -1 ||
	    set_number(fd, SOL_SOCKET, SO_KEEPALIVE, tcp->keepalive_ms > 0) ==
	        -1)
		return -1;
	if (tcp->keepalive_ms == 0)
		return 0;
	if (set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE,
	        seconds(tcp->keepalive_ms)) == -1 ||
	    set_number(fd, IPPROTO_TCP, TCP_KEEPINTVL,
	        seconds(tcp->keepalive_interval_ms)) == -1 ||
	    set_number(fd, IPPROTO_TCP, TCP_KEEPCNT, tcp->keepalive_probes) ==
	        -1)
		return -1;
	return 0;
}

/* Everything that comes before bind(). The first one gets SO_REUSEPORT
 * afterwards, for the others to join. */
static int
prepare(int fd, const struct conf_listener *conf, int family, unsigned index)
{
	if (set_flag(fd, SOL_SOCKET, SO_REUSEADDR) == -1 ||
	    set_flag(fd, IPPROTO_TCP, TCP_NODELAY) == -1 ||
	    set_patience(fd, &conf->tcp) == -1)
		return -1;
	if (family == AF_INET6 && set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY) == -1)
		return -1;
	return index == 0 ? 0 : set_flag(fd, SOL_SOCKET, SO_REUSEPORT);
}

/* One socket that listens, or -1 with errno. */
static int
bind_one(const struct conf_listener *conf, const struct sockaddr_storage *sa,
    socklen_t length, unsigned index)
{
	int fd = socket(
	    sa->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved;

	if (fd == -1)
		return -1;
	if (prepare(fd, conf, sa->ss_family, index) == 0 &&
	    bind(fd, (const struct sockaddr *)sa, length) == 0 &&
	    (index > 0 || set_flag(fd, SOL_SOCKET, SO_REUSEPORT) == 0) &&
	    listen(fd, (int)conf->backlog) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Learns the address that was bound: the port is no longer 0. */
static int
bound_address(int fd, struct sockaddr_storage *sa, uint16_t *port_out)
{
	socklen_t length = sizeof(*sa);
	struct addr addr;

	if (getsockname(fd, (struct sockaddr *)sa, &length) == -1)
		return -1;
	addr_from_sockaddr(&addr, (const struct sockaddr *)sa);
	*port_out = addr.port;
	return 0;
}

int
bind_tcp(const struct conf_listener *conf, int *fds, unsigned count,
    uint16_t *port_out)
{
	struct sockaddr_storage sa;
	socklen_t length = addr_to_sockaddr(conf->address, conf->port, &sa);
	unsigned bound = 0;
	int saved;

	if (length == 0) {
		errno = EINVAL;
		return -1;
	}
	for (; bound < count; bound++) {
		fds[bound] = bind_one(conf, &sa, length, bound);
		if (fds[bound] == -1)
			goto fail;
		if (bound == 0 && bound_address(fds[0], &sa, port_out) == -1) {
			bound++;
			goto fail;
		}
	}
	return 0;
fail:
	saved = errno;
	while (bound > 0)
		close(fds[--bound]);
	errno = saved;
	return -1;
}

int
bind_adjust(const struct conf_listener *conf, int fd)
{
	if (conf->address != NULL && set_patience(fd, &conf->tcp) == -1)
		return -1;
	return listen(fd, (int)conf->backlog);
}
