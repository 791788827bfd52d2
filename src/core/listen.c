/* The sockets of listeners: made, or taken over. */
#include "core/listen.h"

#include <errno.h>

#include "base/log.h"
#include "net/bind.h"
#include "net/inherit.h"

/* Binds one listener for all workers: fds has one row for each worker. */
static enum server_result
bind_address(struct server *server, size_t index, int *fds)
{
	const struct conf_listener *listener = &server->conf->listeners[index];
	size_t columns = server->conf->listener_count;
	int own[WORKERS_MAX];
	uint16_t port;

	if (bind_tcp(listener, own, server->worker_count, &port) == -1) {
		log_error("cannot listen address=%s port=%u", listener->address,
		    listener->port);
		return errno == EACCES ? SERVER_PERMISSION : SERVER_SYSTEM;
	}
	for (unsigned i = 0; i < server->worker_count; i++)
		fds[i * columns + index] = own[i];
	log_info("listening address=%s port=%u", listener->address, port);
	return SERVER_OK;
}

/* Opens the Unix socket of a listener. Returns its descriptor, or -1. */
static int
open_path(struct server *server, size_t index)
{
	const struct conf_listener *listener = &server->conf->listeners[index];
	const char *what;
	int fd = bind_unix(listener, &server->socket_files[index], &what);

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
open_single(struct server *server, size_t index, int *fds)
{
	const struct conf_listener *listener = &server->conf->listeners[index];
	size_t acceptor = index % server->worker_count;
	int fd;

	errno = 0;
	fd = listener->path != NULL ? open_path(server, index)
	                            : take_inherited(listener);
	if (fd == -1)
		return errno == EACCES || errno == EPERM ? SERVER_PERMISSION
		                                         : SERVER_SYSTEM;
	fds[acceptor * server->conf->listener_count + index] = fd;
	return SERVER_OK;
}

enum server_result
listen_all(struct server *server, int *fds)
{
	const struct conf *conf = server->conf;
	enum server_result result = SERVER_OK;

	for (size_t i = 0; i < conf->listener_count && result == SERVER_OK; i++)
		result = conf->listeners[i].address != NULL
		    ? bind_address(server, i, fds)
		    : open_single(server, i, fds);
	inherit_close_rest();
	return result;
}
