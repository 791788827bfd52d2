/* Accepting. */
#include "net/listener.h"

#include <event2/event.h>
#include <event2/listener.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

enum { LISTENER_MAGIC = 0x6c69736e, ACCEPTS_PER_TURN = 64, PAUSE_SECONDS = 1 };

static void
on_accept(struct evconnlistener *events, evutil_socket_t fd,
    struct sockaddr *peer, int length, void *arg)
{
	struct listener *listener = arg;
	struct addr addr;

	(void)length;
	MAGIC_CHECK(listener, LISTENER_MAGIC);
	addr_from_sockaddr(&addr, peer);
	if (++listener->accepted == ACCEPTS_PER_TURN) {
		listener->is_resting = true;
		evconnlistener_disable(events);
	}
	listener->accept(listener->owner, fd, &addr);
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
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_DISABLED, 0,
	    fd);
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
listener_start(struct listener *listener)
{
	evconnlistener_enable(listener->events);
}

int
listener_fd(const struct listener *listener)
{
	return evconnlistener_get_fd(listener->events);
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
