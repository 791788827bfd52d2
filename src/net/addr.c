/* Socket addresses, kept small and written as text. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

void
addr_unmap(struct addr *addr)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	if (addr->family != ADDR_IPV6 ||
	    memcmp(addr->ip, prefix, sizeof(prefix)) != 0)
		return;
	addr->family = ADDR_IPV4;
	memmove(addr->ip, addr->ip + sizeof(prefix), 4);
	memset(addr->ip + 4, 0, sizeof(addr->ip) - 4);
}

void
addr_from_sockaddr(struct addr *addr, const struct sockaddr *sa)
{
	memset(addr, 0, sizeof(*addr));
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		addr->family = ADDR_IPV4;
		addr->port = ntohs(in->sin_port);
		memcpy(addr->ip, &in->sin_addr, sizeof(in->sin_addr));
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		addr->family = ADDR_IPV6;
		addr->port = ntohs(in6->sin6_port);
		memcpy(addr->ip, &in6->sin6_addr, sizeof(in6->sin6_addr));
		addr_unmap(addr);
	} else if (sa->sa_family == AF_UNIX) {
		addr->family = ADDR_UNIX;
	}
}

socklen_t
addr_to_sockaddr(const char *ip, uint16_t port, struct sockaddr_storage *sa_out)
{
	struct sockaddr_in *in = (void *)sa_out;
	struct sockaddr_in6 *in6 = (void *)sa_out;

	memset(sa_out, 0, sizeof(*sa_out));
	if (inet_pton(AF_INET, ip, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, ip, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		return sizeof(*in6);
	}
	return 0;
}

socklen_t
addr_unix_to_sockaddr(struct span path, struct sockaddr_storage *sa_out)
{
	struct sockaddr_un *un = (void *)sa_out;

	memset(sa_out, 0, sizeof(*sa_out));
	/* with its NUL */
	if (path.length == 0 || path.length >= sizeof(un->sun_path))
		return 0;
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path.data, path.length);
	if (path.data[0] != '@')
		return sizeof(*un);
	/* the name has no NUL at its end, but one in front */
	un->sun_path[0] = '\0';
	return (
	    socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.length);
}

/* An address of the internet, and its port if there is one. */
static void
format_ip(const struct addr *addr, char out[ADDR_TEXT_MAX])
{
	bool is_ipv6 = addr->family == ADDR_IPV6;
	char ip[INET6_ADDRSTRLEN];

	inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, addr->ip, ip, sizeof(ip));
	if (addr->port == 0)
		snprintf(out, ADDR_TEXT_MAX, "%s", ip);
	else
		snprintf(out, ADDR_TEXT_MAX, is_ipv6 ? "[%s]:%u" : "%s:%u", ip,
		    addr->port);
}

const char *
addr_format(const struct addr *addr, char out[ADDR_TEXT_MAX])
{
	switch ((enum addr_family)addr->family) {
	case ADDR_IPV4:
	case ADDR_IPV6:
		format_ip(addr, out);
		break;
	case ADDR_UNIX:
		snprintf(out, ADDR_TEXT_MAX, "unix");
		break;
	case ADDR_NONE:
		snprintf(out, ADDR_TEXT_MAX, "unknown");
		break;
	}
	return out;
}
