#include "conf/same.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct binary_address {
	int family;
	unsigned char bytes[sizeof(struct in6_addr)];
};

/* Returns 0, or -1 when text is not a numeric address. */
static int
parse_address(const char *text, struct binary_address *address_out)
{
	memset(address_out, 0, sizeof(*address_out));
	address_out->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(address_out->family, text, address_out->bytes) != 1)
		return -1;
	return 0;
}

bool
same_string(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

bool
same_address(const char *a, const char *b)
{
	struct binary_address left, right;

	return parse_address(a, &left) == 0 && parse_address(b, &right) == 0 &&
	    left.family == right.family &&
	    memcmp(left.bytes, right.bytes, sizeof(left.bytes)) == 0;
}

bool
same_socket(const struct conf_listener *a, const struct conf_listener *b)
{
	if (a->path != NULL && b->path != NULL)
		return strcmp(a->path, b->path) == 0;
	if (a->fd_name != NULL && b->fd_name != NULL)
		return strcmp(a->fd_name, b->fd_name) == 0;
	return a->address != NULL && b->address != NULL && a->port == b->port &&
	    same_address(a->address, b->address);
}

bool
same_route(const struct conf_endpoint *a, const struct conf_endpoint *b)
{
	/* one without a path has been complained about already */
	return a->path != NULL && same_string(a->path, b->path) &&
	    a->is_prefix == b->is_prefix && same_string(a->host, b->host) &&
	    same_string(a->subprotocol, b->subprotocol);
}
