/* Names of hosts. */
#include "net/lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/span.h"
#include "proto/url.h"

static char *
to_string(struct span span)
{
	return strndup((const char *)span.data, span.length);
}

/* Adds a URL, which it takes over. Returns 0, or -1 without memory, also when
 * that is why url is NULL. */
static int
add(struct lookup *found, char *url)
{
	char **urls = NULL;

	if (url != NULL)
		urls = realloc(found->urls, (found->count + 1) * sizeof(*urls));
	if (urls == NULL) {
		free(url);
		return -1;
	}
	found->urls = urls;
	found->urls[found->count++] = url;
	return 0;
}

/* The URL with this address for its host. NULL without memory. */
static char *
with_address(const struct url *url, const struct addrinfo *info)
{
	char ip[INET6_ADDRSTRLEN], *text;
	bool is_ipv6 = info->ai_family == AF_INET6;
	int length;

	if (getnameinfo(info->ai_addr, info->ai_addrlen, ip, sizeof(ip), NULL,
	        0, NI_NUMERICHOST) != 0)
		return NULL;
	length = asprintf(&text, "%s://%s%s%s:%u%.*s%s%.*s",
	    url->is_secure ? "wss" : "ws", is_ipv6 ? "[" : "", ip,
	    is_ipv6 ? "]" : "", url->port, (int)url->path.length,
	    (const char *)url->path.data, url->query.length > 0 ? "?" : "",
	    (int)url->query.length, (const char *)url->query.data);
	return length == -1 ? NULL : text;
}

/* Asks for the addresses of a name, or of what is one already. */
static enum lookup_result
resolve(struct lookup *found, const struct url *url, const char **error_out)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	char *name = to_string(url->host);
	enum lookup_result result = LOOKUP_DONE;
	int error;

	if (name == NULL)
		return LOOKUP_NO_MEMORY;
	error = getaddrinfo(name, NULL, &hints, &list);
	free(name);
	if (error != 0) {
		*error_out = gai_strerror(error);
		return LOOKUP_UNKNOWN;
	}
	for (const struct addrinfo *info = list;
	     info != NULL && result == LOOKUP_DONE; info = info->ai_next)
		if (add(found, with_address(url, info)) == -1)
			result = LOOKUP_NO_MEMORY;
	freeaddrinfo(list);
	return result;
}

enum lookup_result
lookup(struct lookup *found, const char *text, const char **error_out)
{
	enum lookup_result result = LOOKUP_DONE;
	struct url url;

	*found = (struct lookup){0};
	if (url_parse(span_from_string(text), &url, error_out) == -1)
		return LOOKUP_WRONG;
	*error_out = "out of memory";
	found->host = to_string(url.authority);
	if (found->host == NULL)
		return LOOKUP_NO_MEMORY;
	if (url.kind == URL_TCP)
		result = resolve(found, &url, error_out);
	else if (add(found, strdup(text)) == -1)
		result = LOOKUP_NO_MEMORY;
	return result;
}

void
lookup_release(struct lookup *found)
{
	for (size_t i = 0; i < found->count; i++)
		free(found->urls[i]);
	free(found->urls);
	free(found->host);
	*found = (struct lookup){0};
}
