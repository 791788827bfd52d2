/* Sockets of Unix listeners, and their files. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/number.h"
#include "net/addr.h"
#include "net/bind.h"
#include "net/dial.h"

enum { DEFAULT_MODE = 0660, ID_MAX = 0x7ffffffe };

static bool
is_abstract(const struct conf_listener *conf)
{
	return conf->path[0] == '@';
}

/* Finds the number of a user. Returns 0 or -1; NULL is nobody in particular. */
static int
find_user(const char *name, uid_t *uid_out)
{
	const struct passwd *user;
	uint64_t number;

	*uid_out = (uid_t)-1;
	if (name == NULL)
		return 0;
	if (number_read(name, ID_MAX, &number) == 0) {
		*uid_out = (uid_t)number;
		return 0;
	}
	user = getpwnam(name);
	if (user != NULL)
		*uid_out = user->pw_uid;
	return user != NULL ? 0 : -1;
}

static int
find_group(const char *name, gid_t *gid_out)
{
	const struct group *group;
	uint64_t number;

	*gid_out = (gid_t)-1;
	if (name == NULL)
		return 0;
	if (number_read(name, ID_MAX, &number) == 0) {
		*gid_out = (gid_t)number;
		return 0;
	}
	group = getgrnam(name);
	if (group != NULL)
		*gid_out = group->gr_gid;
	return group != NULL ? 0 : -1;
}

/* Whether nobody listens there. Returns 0; or -1 with errno. */
static int
is_stale(const struct sockaddr_storage *sa, socklen_t length)
{
	int fd = dial(sa, length);

	if (fd != -1) {
		close(fd);
		errno = EADDRINUSE;
	} else if (errno == ECONNREFUSED) {
		return 0;
	} else if (errno == EAGAIN) {
		/* somebody does, and is busy */
		errno = EADDRINUSE;
	}
	return -1;
}

/* Makes way for the file. Returns 0; or -1 with errno. */
static int
clear_path(
    const char *path, const struct sockaddr_storage *sa, socklen_t length)
{
	struct stat status;

	if (lstat(path, &status) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(status.st_mode)) {
		errno = ENOTSOCK;
		return -1;
	}
	return is_stale(sa, length) == 0 ? unlink(path) : -1;
}

/* Sets owner and mode of a file by its descriptor: by its path that might be
 * another one by now, or a link to one. */
static int
set_rights(int fd, const struct conf_listener *conf, const char **error_out)
{
	mode_t mode = conf->mode == NULL ? DEFAULT_MODE
	                                 : (mode_t)strtoul(conf->mode, NULL, 8);
	char link[32];
	uid_t uid;
	gid_t gid;

	*error_out = "owner or group";
	if (find_user(conf->owner, &uid) == -1 ||
	    find_group(conf->group, &gid) == -1) {
		/* getpwnam(3) has no word for it */
		errno = ENOENT;
		return -1;
	}
	/* a sandbox may not let us ask even for no change */
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) &&
	    fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == -1)
		return -1;
	*error_out = "mode";
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return chmod(link, mode);
}

/* Whether it is the file that was noted; where none is yet, it is now. */
static bool
is_noted(struct socket_file *file, const struct stat *status)
{
	if (file->number == 0) {
		file->device = status->st_dev;
		file->number = status->st_ino;
	}
	return status->st_dev == file->device && status->st_ino == file->number;
}

int
socket_file_adjust(struct socket_file *file, const struct conf_listener *conf,
    const char **error_out)
{
	int fd = open(conf->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	int result = -1;

	*error_out = NULL;
	if (fd == -1)
		return -1;
	if (fstat(fd, &status) == -1)
		status.st_mode = 0;
	if (S_ISSOCK(status.st_mode) && is_noted(file, &status))
		result = set_rights(fd, conf, error_out);
	else
		errno = ENOTSOCK;
	close(fd);
	if (result == 0)
		*error_out = NULL;
	return result;
}

/* Binds a socket that nobody can connect to yet. Returns 0; or -1 with errno. */
static int
bind_closed(int fd, const struct conf_listener *conf, struct socket_file *file,
    const char **error_out)
{
	struct sockaddr_storage sa;
	socklen_t length =
	    addr_unix_to_sockaddr(span_from_string(conf->path), &sa);

	if (is_abstract(conf))
		return bind(fd, (const struct sockaddr *)&sa, length);
	if (clear_path(conf->path, &sa, length) == -1 || fchmod(fd, 0) == -1 ||
	    bind(fd, (const struct sockaddr *)&sa, length) == -1)
		return -1;
	if (socket_file_adjust(file, conf, error_out) == 0)
		return 0;
	unlink(conf->path);
	file->number = 0;
	return -1;
}

int
bind_unix(const struct conf_listener *conf, struct socket_file *file,
    const char **error_out)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved;

	*file = (struct socket_file){.number = 0};
	*error_out = NULL;
	if (fd == -1)
		return -1;
	if (bind_closed(fd, conf, file, error_out) == 0 &&
	    listen(fd, (int)conf->backlog) == 0)
		return fd;
	saved = errno;
	close(fd);
	socket_file_remove(file, conf);
	errno = saved;
	return -1;
}

void
socket_file_remove(struct socket_file *file, const struct conf_listener *conf)
{
	struct stat status;

	if (file->number != 0 && lstat(conf->path, &status) == 0 &&
	    status.st_dev == file->device && status.st_ino == file->number &&
	    unlink(conf->path) == -1)
		log_warn("cannot remove path=%s", conf->path);
	file->number = 0;
}
