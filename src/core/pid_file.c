#include "core/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { FILE_MODE = 0644, ATTEMPTS = 16 };

/* Whether the descriptor is still what the path leads to. */
static bool
is_there(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 &&
	    ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static void
complain(int fd, const char *path)
{
	char number[16] = "";
	ssize_t length;

	if (errno != EWOULDBLOCK) {
		log_error("cannot have pid_file=%s", path);
		return;
	}
	length = pread(fd, number, sizeof(number) - 1, 0);
	number[length > 0 ? length : 0] = '\0';
	number[strspn(number, "0123456789")] = '\0';
	log_errorx("another one runs pid=%s pid_file=%s", number, path);
}

int
pid_file_open(struct pid_file *file, const char *path)
{
	*file = (struct pid_file){.path = path, .fd = -1};
	if (path == NULL)
		return 0;
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		int fd = open(path,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		    FILE_MODE);

		if (fd == -1 || flock(fd, LOCK_EX | LOCK_NB) == -1) {
			complain(fd, path);
			if (fd != -1)
				close(fd);
			return -1;
		}
		/* whoever had it may have removed it in between */
		if (is_there(fd, path)) {
			file->fd = fd;
			return 0;
		}
		close(fd);
	}
	log_errorx("somebody keeps removing pid_file=%s", path);
	return -1;
}

void
pid_file_write(const struct pid_file *file)
{
	char number[16];
	int length = snprintf(number, sizeof(number), "%d\n", (int)getpid());

	if (file->fd == -1)
		return;
	if (ftruncate(file->fd, 0) == -1 ||
	    pwrite(file->fd, number, (size_t)length, 0) != length)
		log_warn("cannot write pid_file=%s", file->path);
}

void
pid_file_close(struct pid_file *file)
{
	if (file->fd == -1)
		return;
	if (is_there(file->fd, file->path) && unlink(file->path) == -1 &&
	    ftruncate(file->fd, 0) == -1)
		log_warn("cannot empty pid_file=%s", file->path);
	close(file->fd);
	file->fd = -1;
}
