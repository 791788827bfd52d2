/* The environment variables LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES. */
#include "net/inherit.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/number.h"
#include "base/span.h"

enum {
	FIRST_FD = 3, /* SD_LISTEN_FDS_START */
	FDS_MAX = 256
};

static bool is_taken[FDS_MAX];

/* How many were passed to this process. */
static unsigned
count(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t number;

	if (pid == NULL || fds == NULL ||
	    number_read(pid, INT32_MAX, &number) == -1 ||
	    (pid_t)number != getpid() ||
	    number_read(fds, FDS_MAX, &number) == -1)
		return 0;
	return (unsigned)number;
}

/* The name of one, "" where there is none. */
static struct span
name_of(unsigned index)
{
	const char *text = getenv("LISTEN_FDNAMES");
	struct span rest = span_from_string(text != NULL ? text : "");
	struct span name;

	for (;;) {
		name = rest;
		rest = span_cut(&name, span_find(rest, ':'));
		if (index-- == 0)
			return name;
		if (rest.length == 0)
			return rest;
		rest = span_cut(&rest, 1);
	}
}

static bool
is_listening(int fd)
{
	int type = 0, accepts = 0;
	socklen_t length = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
	    type == SOCK_STREAM &&
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &length) == 0 &&
	    accepts != 0;
}

/* As our own sockets are; Unix sockets have no TCP_NODELAY. */
static int
prepare(int fd)
{
	const int on = 1;
	int flags = fcntl(fd, F_GETFL);

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return flags != -1 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) != -1 &&
	        fcntl(fd, F_SETFD, FD_CLOEXEC) != -1
	    ? 0
	    : -1;
}

int
inherit_take(const char *name, const char **error_out)
{
	int found = -1;

	*error_out = "no socket of that name was passed";
	for (unsigned i = 0; i < count(); i++) {
		if (!span_is_equal(name_of(i), span_from_string(name)))
			continue;
		*error_out = "several sockets of that name were passed";
		if (found != -1)
			return -1;
		found = (int)i;
	}
	if (found == -1)
		return -1;
	*error_out = "it is no listening stream socket";
	if (is_taken[found] || !is_listening(FIRST_FD + found) ||
	    prepare(FIRST_FD + found) == -1)
		return -1;
	is_taken[found] = true;
	return FIRST_FD + found;
}

void
inherit_close_rest(void)
{
	for (unsigned i = 0; i < count(); i++) {
		char name[64];

		if (is_taken[i])
			continue;
		escape(name, sizeof(name), name_of(i));
		log_warnx(
		    "no listener takes an inherited socket fd_name=\"%s\"",
		    name);
		close(FIRST_FD + (int)i);
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}
