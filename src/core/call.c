/* What client sessions are made of. */
#include "core/call.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "base/entropy.h"
#include "net/addr.h"
#include "proto/url.h"

enum {
	/* of one option: more than any server takes */
	OPTION_BYTES_MAX = 64 << 10,
	/* of a request, beside the spans in it: see handshake_client.h */
	REQUEST_BYTES = 256 + 2 * HANDSHAKE_SUBPROTOCOLS_MAX
};

/* The options as spans of the module's strings. */
struct wanted {
	struct span url;
	struct span host;
	struct span origin;
	struct span subprotocols;
	struct span headers;
};

/* NULL is "". What is too long is cut where that shows. */
static struct span
borrow(const char *string)
{
	return span_from(
	    string, string == NULL ? 0 : strnlen(string, OPTION_BYTES_MAX + 1));
}

/* Returns 0; or -1 for another size, or a string that is too long. */
static int
wanted_from(struct wanted *wanted, const struct framed_connect_options *options)
{
	if (options == NULL || options->size < sizeof(*options))
		return -1;
	*wanted = (struct wanted){
	    .url = borrow(options->url),
	    .host = borrow(options->host),
	    .origin = borrow(options->origin),
	    .subprotocols = borrow(options->subprotocols),
	    .headers = borrow(options->headers),
	};
	return wanted->url.length <= OPTION_BYTES_MAX &&
	        wanted->host.length <= OPTION_BYTES_MAX &&
	        wanted->origin.length <= OPTION_BYTES_MAX &&
	        wanted->subprotocols.length <= OPTION_BYTES_MAX &&
	        wanted->headers.length <= OPTION_BYTES_MAX
	    ? 0
	    : -1;
}

/* Copies a string to *end, and moves that behind it. */
static struct span
keep(char **end, struct span text)
{
	struct span kept = span_from(*end, text.length);

	if (text.length > 0)
		memcpy(*end, text.data, text.length);
	*end += text.length;
	return kept;
}

static struct span
trim(struct span text)
{
	while (text.length > 0 && text.data[0] == ' ')
		text = span_from(text.data + 1, text.length - 1);
	while (text.length > 0 && text.data[text.length - 1] == ' ')
		text.length--;
	return text;
}

/* Parts the list at its commas. Names that are too many are only counted. */
static void
list_subprotocols(struct wish *wish, struct span list)
{
	struct handshake_client *client = &wish->client;
	bool has_more = list.length > 0;

	client->subprotocols = wish->subprotocols;
	while (has_more) {
		struct span name = list;

		list = span_cut(&name, span_find(name, ','));
		has_more = list.length > 0;
		if (has_more)
			list = span_cut(&list, 1);
		if (client->subprotocol_count < HANDSHAKE_SUBPROTOCOLS_MAX)
			wish->subprotocols[client->subprotocol_count] =
			    trim(name);
		client->subprotocol_count++;
	}
}

/* Finds the socket address. Returns 0, or -1 when the URL has none that is
 * literal. */
static int
find_address(struct wish *wish, const struct url *url)
{
	char ip[INET6_ADDRSTRLEN];

	if (url->kind == URL_UNIX) {
		wish->address_length =
		    addr_unix_to_sockaddr(url->socket, &wish->address);
	} else if (url->host.length < sizeof(ip)) {
		memcpy(ip, url->host.data, url->host.length);
		ip[url->host.length] = '\0';
		wish->address_length =
		    addr_to_sockaddr(ip, url->port, &wish->address);
	}
	return wish->address_length > 0 ? 0 : -1;
}

/* Fills in what a wish asks for; its strings have room. endpoint: whose
 * extension is offered, or NULL. Returns 0, or -1 when something in it is not to
 * be sent. */
static int
wish_init(struct wish *wish, const struct endpoint *endpoint,
    const struct wanted *wanted, const struct url *url)
{
	struct handshake_client *client = &wish->client;
	uint8_t nonce[HANDSHAKE_NONCE_LENGTH];
	char *end = wish->strings;
	const char *error;

	entropy_fill(nonce, sizeof(nonce));
	handshake_client_key(nonce, client->key);
	client->host =
	    keep(&end, wanted->host.length > 0 ? wanted->host : url->authority);
	wish->target = end;
	client->path = keep(&end, url->path);
	if (url->query.length > 0)
		*end++ = '?';
	client->query = keep(&end, url->query);
	*end++ = '\0';
	client->origin = keep(&end, wanted->origin);
	client->extra_lines = keep(&end, wanted->headers);
	list_subprotocols(wish, keep(&end, wanted->subprotocols));
	if (endpoint != NULL)
		client->extensions = span_from(wish->extensions,
		    pmce_deflate.offer(endpoint, wish->extensions));
	if (client->subprotocol_count > HANDSHAKE_SUBPROTOCOLS_MAX ||
	    find_address(wish, url) == -1)
		return -1;
	wish->is_secure = url->is_secure;
	return handshake_client_check(client, &error);
}

/* Room for all strings of a wish, with the parts of the URL that may be
 * defaults, and "?" and NUL. */
static size_t
strings_bytes(const struct wanted *wanted, const struct url *url)
{
	return wanted->host.length + url->authority.length + url->path.length +
	    url->query.length + wanted->origin.length + wanted->headers.length +
	    wanted->subprotocols.length + 2;
}

enum framed_result
call_new(struct seat *seat, const struct framed_connect_options *options,
    struct call **call_out)
{
	const struct endpoint *offering = NULL;
	struct wanted wanted;
	struct call *call;
	struct url url;
	const char *error;

	if (wanted_from(&wanted, options) == -1 ||
	    url_parse(wanted.url, &url, &error) == -1)
		return FRAMED_INVALID;
	call = calloc(1, sizeof(*call) + wanted.url.length + 1);
	if (call == NULL)
		return FRAMED_NO_MEMORY;
	call->seat = seat;
	call->token = options->token;
	memcpy(call->url, wanted.url.data, wanted.url.length);
	call->wish =
	    calloc(1, sizeof(*call->wish) + strings_bytes(&wanted, &url));
	if (call->wish == NULL) {
		call_free(&call);
		return FRAMED_NO_MEMORY;
	}
	/* raw frames are seen as they are sent, so nothing is to change them */
	if (!options->no_deflate && !seat->endpoint->rules.is_raw)
		offering = seat->endpoint;
	if (wish_init(call->wish, offering, &wanted, &url) == -1) {
		call_free(&call);
		return FRAMED_INVALID;
	}
	*call_out = call;
	return FRAMED_OK;
}

void
call_forget_wish(struct call *call)
{
	free(call->wish);
	call->wish = NULL;
}

void
call_free(struct call **call)
{
	if (*call != NULL)
		call_forget_wish(*call);
	free(*call);
	*call = NULL;
}

/* Bytes of the strings that a request is made of. */
static size_t
wish_bytes(const struct wish *wish)
{
	const struct handshake_client *client = &wish->client;
	size_t bytes = client->host.length + client->path.length +
	    client->query.length + client->origin.length +
	    client->extra_lines.length + client->extensions.length;

	for (size_t i = 0; i < client->subprotocol_count; i++)
		bytes += client->subprotocols[i].length;
	return bytes;
}

char *
call_write_request(const struct call *call, size_t *length_out)
{
	size_t size = REQUEST_BYTES + wish_bytes(call->wish);
	char *request = malloc(size);

	if (request == NULL)
		return NULL;
	*length_out =
	    handshake_client_write(&call->wish->client, request, size);
	assert(*length_out > 0);
	return request;
}

void
call_describe(const struct call *call, struct framed_call *facts_out)
{
	*facts_out = (struct framed_call){
	    .size = sizeof(*facts_out),
	    .status = call->status,
	    .token = call->token,
	    .url = call->url,
	};
}

size_t
call_held(const struct call *call)
{
	size_t held;

	if (call == NULL)
		return 0;
	held = sizeof(*call) + strlen(call->url) + 1;
	if (call->wish != NULL)
		held += sizeof(*call->wish) + wish_bytes(call->wish);
	return held;
}
