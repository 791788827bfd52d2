#include "core/door.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "core/handover.h"
#include "core/server.h"
#include "core/worker.h"
#include "net/bind.h"

struct door *
door_new(struct worker *worker, const struct conf_listener *conf, int fd)
{
	struct door *door = calloc(1, sizeof(*door));

	if (door == NULL) {
		close(fd);
		return NULL;
	}
	door->magic = DOOR_MAGIC;
	door->worker = worker;
	door->conf = conf;
	door->fd = fd;
	return door;
}

/* Gives a connection to the worker whose turn it is. Returns whether that is
 * another one, which could take it. */
static bool
hand_over(struct door *door, int fd, const struct addr *peer)
{
	const struct server *server = door->worker->server;
	struct worker *next = &server->workers[door->next];
	struct post *post;

	door->next = (door->next + 1) % server->worker_count;
	if (next == door->worker)
		return false;
	post = handover_new(door->conf, fd, peer);
	if (post == NULL)
		return false;
	if (mailbox_post(&next->mailbox, post) != MAILBOX_FULL)
		return true;
	handover_take_back(&post);
	return false;
}

static void
on_accept(void *owner, int fd, const struct addr *peer)
{
	struct door *door = owner;

	MAGIC_CHECK(door, DOOR_MAGIC);
	/* one of TCP's own has a socket for each worker */
	if (door->conf->address != NULL || !hand_over(door, fd, peer))
		session_accept(door->worker, door->conf, fd, peer);
}

int
door_open(struct door *door)
{
	int fd = door->fd;

	door->fd = -1;
	if (listener_open(
	        &door->listener, door->worker->base, fd, on_accept, door) == 0)
		return 0;
	log_error("cannot accept worker=%u", door->worker->index);
	return -1;
}

void
door_start(struct door *door)
{
	listener_start(&door->listener);
}

void
door_pass(struct door *door, const struct conf_listener *conf)
{
	door->conf = conf;
	/* one that was passed to us is as the service manager wants it */
	if (conf->fd_name == NULL &&
	    bind_adjust(conf, listener_fd(&door->listener)) == -1)
		log_warn("cannot change the listener at %s:%u", conf->file,
		    conf->line);
}

void
door_free(struct door **door)
{
	if (*door == NULL)
		return;
	if ((*door)->fd != -1)
		close((*door)->fd);
	listener_close(&(*door)->listener);
	(*door)->magic = 0;
	free(*door);
	*door = NULL;
}
