#include "base/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	FILE_MODE = 0640,
	PATH_BYTES = 4096,
	RECONNECT_MS = 1000, /* the least between two attempts */
	NEVER_OPENED = -1
};

/* How a descriptor is written to without waiting. */
enum how {
	HOW_FILE,   /* it never makes anybody wait */
	HOW_SOCKET, /* send(2) can be told not to */
	HOW_PIPE    /* poll(2) tells, as long as nobody else writes meanwhile */
};

static atomic_int target = LOG_TO_STDERR;
static atomic_uint facility;
static atomic_uint lost;
static enum how stderr_how;
static pthread_mutex_t pipe_lock = PTHREAD_MUTEX_INITIALIZER;

/* The file, and the syslog: each has one descriptor for ever, and another one is
 * put in its place while others may be writing to it. */
static atomic_int file_fd = NEVER_OPENED;
static char file_path[PATH_BYTES];
static bool is_new;        /* the file was made: of the main thread */
static atomic_bool is_cut; /* the file ends in the middle of a line */
static atomic_int syslog_fd = NEVER_OPENED;
static pthread_mutex_t syslog_lock = PTHREAD_MUTEX_INITIALIZER;
/* of the lock */
static struct sockaddr_un syslog_address;
static socklen_t syslog_length;
static uint64_t syslog_tried_ms;

void
log_sink_init(void)
{
	struct stat status;

	stderr_how = HOW_PIPE;
	if (fstat(STDERR_FILENO, &status) == -1)
		return;
	if (S_ISREG(status.st_mode))
		stderr_how = HOW_FILE;
	else if (S_ISSOCK(status.st_mode))
		stderr_how = HOW_SOCKET;
}

/* Puts a new descriptor into the place of the old one. */
static int
replace(atomic_int *place, int fd)
{
	int old = atomic_load(place);

	if (old == NEVER_OPENED) {
		atomic_store(place, fd);
		return 0;
	}
	if (dup3(fd, old, O_CLOEXEC) == -1) {
		close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

/*
 * Opens the file, made if need be. Its folder may be the user's that root is given
 * up for: who is root follows no link that lies there, and remembers whether the
 * file is new.
 */
static int
open_file(const char *path)
{
	int flags = O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC |
	    (geteuid() == 0 ? O_NOFOLLOW : 0);
	int fd = open(path, flags | O_CREAT | O_EXCL, FILE_MODE);

	is_new = fd != -1;
	if (fd == -1 && errno == EEXIST)
		fd = open(path, flags);
	return fd == -1 ? -1 : replace(&file_fd, fd);
}

/* Its first line connects. */
static int
set_syslog(const struct log_config *config)
{
	if (strlen(config->socket) >= sizeof(syslog_address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	pthread_mutex_lock(&syslog_lock);
	syslog_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	strcpy(syslog_address.sun_path, config->socket);
	syslog_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(config->socket));
	/* an abstract name (unix(7)) */
	if (config->socket[0] == '@')
		syslog_address.sun_path[0] = '\0';
	syslog_tried_ms = 0;
	pthread_mutex_unlock(&syslog_lock);
	atomic_store(&facility, config->facility);
	return 0;
}

int
log_sink_configure(const struct log_config *config)
{
	if (config->target == LOG_TO_FILE) {
		if (strlen(config->file) >= sizeof(file_path)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (open_file(config->file) == -1)
			return -1;
		strcpy(file_path, config->file);
	} else if (config->target == LOG_TO_SYSLOG) {
		if (set_syslog(config) == -1)
			return -1;
	}
	atomic_store(&target, config->target);
	return 0;
}

int
log_sink_reopen(void)
{
	return log_sink_target() == LOG_TO_FILE ? open_file(file_path) : 0;
}

int
log_sink_give_to(unsigned uid, unsigned gid)
{
	/* one that was there before has an owner already */
	return log_sink_target() == LOG_TO_FILE && is_new
	    ? fchown(atomic_load(&file_fd), uid, gid)
	    : 0;
}

enum log_target
log_sink_target(void)
{
	return (enum log_target)atomic_load(&target);
}

unsigned
log_sink_facility(void)
{
	return atomic_load(&facility);
}

/* Whether all of it was written. */
static bool
write_file(const char *line, size_t length)
{
	int fd = atomic_load(&file_fd);
	ssize_t written;

	/* after a full disk the rest of a line does not come any more */
	if (atomic_exchange(&is_cut, false) && write(fd, "\n", 1) != 1) {
		atomic_store(&is_cut, true);
		return false;
	}
	written = write(fd, line, length);
	if (written > 0 && (size_t)written < length)
		atomic_store(&is_cut, true);
	return written == (ssize_t)length;
}

static bool
write_pipe(const char *line, size_t length)
{
	struct pollfd poll_fd = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t written = -1;

	pthread_mutex_lock(&pipe_lock);
	if (poll(&poll_fd, 1, 0) == 1 && poll_fd.revents & POLLOUT)
		written = write(STDERR_FILENO, line, length);
	pthread_mutex_unlock(&pipe_lock);
	return written == (ssize_t)length;
}

static bool
write_stderr(const char *line, size_t length)
{
	switch (stderr_how) {
	case HOW_FILE:
		return write(STDERR_FILENO, line, length) == (ssize_t)length;
	case HOW_SOCKET:
		return send(STDERR_FILENO, line, length,
		           MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)length;
	case HOW_PIPE:
		break;
	}
	return write_pipe(line, length);
}

/* Connects, once in a while. Whoever comes while another thread does has no
 * luck. Returns whether it is worth while to try again. */
static bool
connect_syslog(void)
{
	uint64_t now_ms = clock_now_ms();
	int fd;

	if (pthread_mutex_trylock(&syslog_lock) != 0)
		return false;
	fd = -1;
	if (syslog_tried_ms == 0 || now_ms >= syslog_tried_ms + RECONNECT_MS) {
		syslog_tried_ms = now_ms;
		fd = socket(
		    AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	}
	if (fd != -1 &&
	    connect(fd, (const struct sockaddr *)&syslog_address,
	        syslog_length) == -1) {
		close(fd);
		fd = -1;
	}
	if (fd != -1 && replace(&syslog_fd, fd) == -1)
		fd = -1;
	pthread_mutex_unlock(&syslog_lock);
	return fd != -1;
}

/* Without the end of the line, which a datagram does not need. */
static bool
send_syslog(const char *line, size_t length)
{
	return send(atomic_load(&syslog_fd), line, length - 1,
	           MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)length - 1;
}

static bool
write_syslog(const char *line, size_t length)
{
	if (send_syslog(line, length))
		return true;
	/* it is there, and has no room just now */
	if (errno == EAGAIN)
		return false;
	return connect_syslog() && send_syslog(line, length);
}

unsigned
log_sink_write(enum log_target to, const char *line, size_t length)
{
	bool is_written = false;

	switch (to) {
	case LOG_TO_STDERR:
		is_written = write_stderr(line, length);
		break;
	case LOG_TO_FILE:
		is_written = write_file(line, length);
		break;
	case LOG_TO_SYSLOG:
		is_written = write_syslog(line, length);
		break;
	}
	if (is_written)
		return atomic_load(&lost) == 0 ? 0 : atomic_exchange(&lost, 0);
	atomic_fetch_add(&lost, 1);
	return 0;
}
