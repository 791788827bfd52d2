/* Binding and accepting. */
#include "net/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "net/addr.h"

enum {
	LISTENER_MAGIC = 0x6c69736e,
	BACKLOG = 4096, /* the kernel clips it to net.core.somaxconn */
	ACCEPTS_PER_TURN = 64,
	PAUSE_SECONDS = 1
};

static int
socket_set(int fd, int level, int option)
{
	const int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

/*
 * One socket, bound. Accepted sockets inherit TCP_NODELAY. is_first: bound
 * without SO_REUSEPORT, which it gets afterwards for the others to join.
 */
static int
bind_one(const struct sockaddr_storage *sa, socklen_t length, unsigned index)
{
	int fd, saved;

	fd = socket(
	    sa->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (socket_set(fd, SOL_SOCKET, SO_REUSEADDR) == -1 ||
	    socket_set(fd, IPPROTO_TCP, TCP_NODELAY) == -1)
		goto fail;
	if (sa->ss_family == AF_INET6 &&
	    socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY) == -1)
		goto fail;
	if (index > 0 && socket_set(fd, SOL_SOCKET, SO_REUSEPORT) == -1)
		goto fail;
	if (bind(fd, (const struct sockaddr *)sa, length) == -1)
		goto fail;
	if (index == 0 && socket_set(fd, SOL_SOCKET, SO_REUSEPORT) == -1)
		goto fail;
	if (listen(fd, BACKLOG) == -1)
		goto fail;
	return fd;
fail:
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
listener_bind(
    const char *ip, uint16_t port, int *fds, unsigned count, uint16_t *port_out)
{
	struct sockaddr_storage sa;
	socklen_t length = addr_to_sockaddr(ip, port, &sa);
	unsigned bound = 0;
	int saved;

	if (length == 0) {
		errno = EINVAL;
		return -1;
	}
	for (; bound < count; bound++) {
		fds[bound] = bind_one(&sa, length, bound);
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

static void
on_accept(struct evconnlistener *events, evutil_socket_t fd,
    struct sockaddr *peer, int length, void *arg)
{
	struct listener *listener = arg;

	(void)length;
	MAGIC_CHECK(listener, LISTENER_MAGIC);
	if (++listener->accepted == ACCEPTS_PER_TURN) {
		listener->is_resting = true;
		evconnlistener_disable(events);
	}
	listener->accept(listener->owner, fd, peer);
}

/* Out of descriptors or memory: the connection stays in the queue, and asking
 * again at once would spin. */
static void
on_error(struct evconnlistener *events, void *arg)
{
	static const struct timeval pause = {.tv_sec = PAUSE_SECONDS};
	struct listener *listener = arg;

	MAGIC_CHECK(listener, LISTENER_MAGIC);
	log_warn("accept failed, pausing seconds=%d", PAUSE_SECONDS);
	if (event_add(listener->pause, &pause) == 0)
		evconnlistener_disable(events);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct listener *listener = arg;

	(void)fd;
	(void)what;
	MAGIC_CHECK(listener, LISTENER_MAGIC);
	evconnlistener_enable(listener->events);
}

int
listener_open(struct listener *listener, struct event_base *base, int fd,
    listener_accept_fn *fn, void *owner)
{
	memset(listener, 0, sizeof(*listener));
	listener->magic = LISTENER_MAGIC;
	listener->accept = fn;
	listener->owner = owner;
	listener->pause = event_new(base, -1, 0, on_pause_over, listener);
	if (listener->pause == NULL)
		goto fail;
	/* backlog 0: the socket listens already */
	listener->events = evconnlistener_new(base, on_accept, listener,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (listener->events == NULL)
		goto fail;
	evconnlistener_set_error_cb(listener->events, on_error);
	return 0;
fail:
	close(fd);
	listener_close(listener);
	return -1;
}

void
listener_end_turn(struct listener *listener)
{
	listener->accepted = 0;
	if (!listener->is_resting)
		return;
	listener->is_resting = false;
	evconnlistener_enable(listener->events);
}

void
listener_close(struct listener *listener)
{
	if (listener->events != NULL)
		evconnlistener_free(listener->events);
	listener->events = NULL;
	if (listener->pause != NULL)
		event_free(listener->pause);
	listener->pause = NULL;
	listener->is_resting = false;
}
