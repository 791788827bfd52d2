/* The sockets of listeners: made, or taken over. */
#include "core/listen.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/same.h"
#include "net/bind.h"
#include "net/inherit.h"

/* Gives a worker the socket of a listener, also on failure. */
static enum server_result
give(struct change *change, unsigned worker, size_t index, int fd)
{
	struct part *part = &change->parts[worker];

	part->doors[index] = door_new(
	    part->worker, &change->generation->conf->listeners[index], fd);
	if (part->doors[index] != NULL)
		return SERVER_OK;
	log_errorx("no memory for a listener");
	return SERVER_SYSTEM;
}

/* Binds one listener for all workers. */
static enum server_result
bind_address(struct change *change, size_t index)
{
	const struct conf_listener *listener =
	    &change->generation->conf->listeners[index];
	unsigned count = change->server->worker_count;
	enum server_result result = SERVER_OK;
	int fds[WORKERS_MAX];
	uint16_t port;

	if (bind_tcp(listener, fds, count, &port) == -1) {
		log_error("cannot listen address=%s port=%u%s",
		    listener->address, listener->port,
		    errno == EACCES ? " without CAP_NET_BIND_SERVICE, or root "
		                      "at the start"
		                    : "");
		return errno == EACCES ? SERVER_PERMISSION : SERVER_SYSTEM;
	}
	for (unsigned i = 0; i < count; i++)
		if (give(change, i, index, fds[i]) != SERVER_OK)
			result = SERVER_SYSTEM;
	if (result == SERVER_OK)
		log_info(
		    "listening address=%s port=%u", listener->address, port);
	return result;
}

/* Opens the Unix socket of a listener. Returns its descriptor, or -1. */
static int
open_path(struct generation *generation, size_t index)
{
	const struct conf_listener *listener =
	    &generation->conf->listeners[index];
	const char *what;
	int fd = bind_unix(listener, &generation->socket_files[index], &what);

	if (fd == -1)
		log_error("cannot listen path=%s%s%s", listener->path,
		    what == NULL ? "" : " setting its ",
		    what == NULL ? "" : what);
	else
		log_info("listening path=%s", listener->path);
	return fd;
}

/* Takes the one that was passed for it. */
static int
take_inherited(const struct conf_listener *listener)
{
	const char *error;
	int fd = inherit_take(listener->fd_name, &error);

	if (fd == -1)
		log_errorx("cannot listen fd_name=\"%s\": %s",
		    listener->fd_name, error);
	else
		log_info("listening fd_name=\"%s\"", listener->fd_name);
	return fd;
}

/* Opens a socket that exists once. Which worker accepts on it does not matter,
 * but not always the first. */
static enum server_result
open_single(struct change *change, size_t index)
{
	const struct conf_listener *listener =
	    &change->generation->conf->listeners[index];
	int fd;

	errno = 0;
	fd = listener->path != NULL ? open_path(change->generation, index)
	                            : take_inherited(listener);
	if (fd == -1)
		return errno == EACCES || errno == EPERM ? SERVER_PERMISSION
		                                         : SERVER_SYSTEM;
	return give(change, (unsigned)(index % change->server->worker_count),
	    index, fd);
}

/* Says that the kernel cuts the longest backlog. Where /proc does not tell, so be
 * it. */
static void
check_backlog(const struct conf *conf)
{
	unsigned most = 0, limit = UINT_MAX;
	FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");

	if (file == NULL)
		return;
	for (size_t i = 0; i < conf->listener_count; i++)
		if (conf->listeners[i].fd_name == NULL &&
		    conf->listeners[i].backlog > most)
			most = conf->listeners[i].backlog;
	if (fscanf(file, "%u", &limit) == 1 && most > limit)
		log_warnx("backlog is cut backlog=%u: raise "
		          "net.core.somaxconn, which is %u",
		    most, limit);
	fclose(file);
}

enum server_result
listen_open(struct change *change)
{
	const struct conf *conf = change->generation->conf;
	enum server_result result = SERVER_OK;

	for (size_t i = 0; i < conf->listener_count && result == SERVER_OK;
	     i++) {
		if (change->kept[i] != LISTENER_NEW)
			continue;
		result = conf->listeners[i].address != NULL
		    ? bind_address(change, i)
		    : open_single(change, i);
	}
	inherit_close_rest();
	check_backlog(conf);
	return result;
}

/* Whether other users get to the socket's file. */
static bool
has_other_rights(const struct conf_listener *a, const struct conf_listener *b)
{
	return !same_string(a->mode, b->mode) ||
	    !same_string(a->owner, b->owner) ||
	    !same_string(a->group, b->group);
}

void
listen_take(struct change *change)
{
	const struct generation *old = change->server->generation;
	struct generation *generation = change->generation;
	const struct conf *conf = generation->conf;

	for (size_t i = 0; i < conf->listener_count; i++) {
		struct socket_file *file = &generation->socket_files[i];
		ptrdiff_t j = change->kept[i];
		const char *what;

		if (j == LISTENER_NEW)
			continue;
		*file = old->socket_files[j];
		old->socket_files[j].number = 0;
		if (file->number != 0 &&
		    has_other_rights(
		        &conf->listeners[i], &old->conf->listeners[j]) &&
		    socket_file_adjust(file, &conf->listeners[i], &what) == -1)
			log_warn("cannot change path=%s%s%s",
			    conf->listeners[i].path,
			    what == NULL ? "" : " setting its ",
			    what == NULL ? "" : what);
	}
}
