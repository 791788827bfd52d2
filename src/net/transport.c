/* Plain TCP under a session. */
#include "net/transport.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

unsigned
transport_ready(short what)
{
	return (what & EV_READ ? TRANSPORT_READ : 0u) |
	    (what & EV_WRITE ? TRANSPORT_WRITE : 0u);
}

void
transport_init(struct transport *transport)
{
	memset(transport, 0, sizeof(*transport));
	transport->event.ev_fd = -1;
}

int
transport_fd(const struct transport *transport)
{
	return transport->event.ev_fd;
}

int
transport_open(struct transport *transport, struct event_base *base, int fd,
    transport_fn *fn, void *owner)
{
	if (event_assign(&transport->event, base, fd, EV_READ | EV_PERSIST, fn,
	        owner) == 0 &&
	    event_add(&transport->event, NULL) == 0)
		return 0;
	close(fd);
	transport->event.ev_fd = -1;
	return -1;
}

bool
transport_is_open(const struct transport *transport)
{
	return transport->event.ev_fd != -1;
}

int
transport_wait_for(struct transport *transport, unsigned ready)
{
	struct event *event = &transport->event;
	short what = EV_PERSIST;

	if (ready & TRANSPORT_READ)
		what |= EV_READ;
	if (ready & TRANSPORT_WRITE)
		what |= EV_WRITE;
	if (what == event_get_events(event))
		return 0;
	if (event_del(event) == -1 ||
	    event_assign(event, event_get_base(event), event_get_fd(event),
	        what, event_get_callback(event),
	        event_get_callback_arg(event)) == -1)
		return -1;
	if (ready == 0)
		return 0;
	return event_add(event, NULL);
}

ssize_t
transport_receive(struct transport *transport, void *buffer, size_t size)
{
	ssize_t got;

	do
		got = recv(transport->event.ev_fd, buffer, size, 0);
	while (got == -1 && errno == EINTR);
	return got;
}

ssize_t
transport_send(struct transport *transport, struct iovec *parts, int count)
{
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
	ssize_t sent;

	do {
		if (count == 1)
			sent = send(transport->event.ev_fd, parts->iov_base,
			    parts->iov_len, MSG_NOSIGNAL);
		else
			sent = sendmsg(
			    transport->event.ev_fd, &message, MSG_NOSIGNAL);
	} while (sent == -1 && errno == EINTR);
	if (sent == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	return sent;
}

void
transport_shutdown(struct transport *transport)
{
	shutdown(transport->event.ev_fd, SHUT_WR);
}

void
transport_close(struct transport *transport)
{
	if (!transport_is_open(transport))
		return;
	event_del(&transport->event);
	close(transport->event.ev_fd);
	transport->event.ev_fd = -1;
}

void
transport_reset(struct transport *transport)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	if (transport_is_open(transport))
		setsockopt(transport->event.ev_fd, SOL_SOCKET, SO_LINGER,
		    &linger, sizeof(linger));
	transport_close(transport);
}
