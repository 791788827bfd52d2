#include "base/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINES_MAX = 512 };

void
notify_send(const char *format, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	socklen_t length;
	char lines[LINES_MAX];
	va_list args;
	int fd;

	if (path == NULL || strlen(path) >= sizeof(un.sun_path))
		return;
	length =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	memcpy(un.sun_path, path, strlen(path));
	/* an abstract one (unix(7)) */
	if (un.sun_path[0] == '@')
		un.sun_path[0] = '\0';
	va_start(args, format);
	vsnprintf(lines, sizeof(lines), format, args);
	va_end(args);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	sendto(fd, lines, strlen(lines), MSG_NOSIGNAL,
	    (const struct sockaddr *)&un, length);
	close(fd);
}
