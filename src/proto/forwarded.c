#include "proto/forwarded.h"

#include "proto/http_chars.h"
#include "proto/network.h"

enum { PORT_MAX = 65535, PORT_DIGITS = 5 };

const char *
forwarded_family_name(enum forwarded_family family)
{
	static const char *const names[] = {
	    [FORWARDED_OFF] = "off",
	    [FORWARDED_X] = "x-forwarded",
	    [FORWARDED_RFC7239] = "forwarded",
	};

	return names[family];
}

/* Walks the elements of a header from the last one of its last line on. */
struct walk {
	const struct http_head *head;
	struct span name;
	uint32_t lines; /* not looked at yet */
	struct span rest;
};

static void
walk_init(struct walk *walk, const struct http_head *head, const char *name)
{
	*walk = (struct walk){.head = head,
	    .name = span_from_string(name),
	    .lines = head->parser->header_count};
}

static bool
previous_line(struct walk *walk)
{
	while (walk->lines > 0) {
		const struct http_header *header =
		    &walk->head->parser->headers[--walk->lines];

		walk->rest = http_slice_get(walk->head->bytes, header->value);
		if (walk->rest.length > 0 &&
		    span_is_equal_nocase(
		        http_slice_get(walk->head->bytes, header->name),
		        walk->name))
			return true;
	}
	return false;
}

/* Where the last element begins: behind a comma outside quotes. Those are told
 * from the right, too: what a client left open must not swallow what proxies
 * append. */
static size_t
last_start(struct span text)
{
	bool is_quoted = false;
	size_t at = text.length;

	while (at > 0 && (text.data[at - 1] != ',' || is_quoted)) {
		if (text.data[at - 1] == '"')
			is_quoted = !is_quoted;
		at--;
	}
	return at;
}

/* Gives the element before; empty ones are not skipped, since they are no
 * addresses. Returns false at the front. */
static bool
walk_back(struct walk *walk, struct span *element_out)
{
	size_t start;

	if (walk->rest.length == 0 && !previous_line(walk))
		return false;
	start = last_start(walk->rest);
	*element_out = http_trim(
	    span_from(walk->rest.data + start, walk->rest.length - start));
	walk->rest.length = start > 0 ? start - 1 : 0;
	return true;
}

/* Reads a port behind its colon. Returns 0 or -1. */
static int
read_port(struct span text, uint16_t *port_out)
{
	uint32_t port = 0;

	if (text.length == 0 || text.length > PORT_DIGITS ||
	    !http_is_all(text, HTTP_DIGIT))
		return -1;
	for (size_t i = 0; i < text.length; i++)
		port = 10 * port + (text.data[i] - '0');
	*port_out = (uint16_t)port;
	return port <= PORT_MAX ? 0 : -1;
}

/* Parts "[2001:db8::1]:80" and "192.0.2.1:80"; a bare IPv6 address has several
 * colons. Returns 0 or -1. */
static int
split_node(struct span node, struct span *ip_out, uint16_t *port_out)
{
	size_t colon = span_find(node, ':'), end = span_find(node, ']');
	struct span port;

	*port_out = 0;
	*ip_out = node;
	if (node.length > 0 && node.data[0] == '[' && end < node.length) {
		*ip_out = span_from(node.data + 1, end - 1);
		port = span_from(node.data + end + 1, node.length - end - 1);
	} else if (colon < node.length &&
	    memchr(node.data + colon + 1, ':', node.length - colon - 1) ==
	        NULL) {
		port = span_cut(ip_out, colon);
	} else {
		return 0;
	}
	if (port.length == 0)
		return 0;
	return port.data[0] == ':' ? read_port(span_cut(&port, 1), port_out)
	                           : -1;
}

/* An IPv4 address in the form of IPv6 (RFC 4291 §2.5.5.2) is one of IPv4. */
static void
unmap(struct network *network)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	if (!network->is_ipv6 ||
	    memcmp(network->ip, prefix, sizeof(prefix)) != 0)
		return;
	network->is_ipv6 = false;
	memmove(network->ip, network->ip + sizeof(prefix), 4);
	memset(network->ip + 4, 0, sizeof(network->ip) - 4);
}

/* Takes an address for the client. Returns 0, or -1 when it is none. */
static int
take_client(struct span node, struct forwarded *forwarded)
{
	struct network network;
	struct span ip;
	uint16_t port;

	if (split_node(node, &ip, &port) == -1 ||
	    span_find(ip, '/') < ip.length || network_parse(ip, &network) == -1)
		return -1;
	unmap(&network);
	forwarded->has_client = true;
	forwarded->is_ipv6 = network.is_ipv6;
	forwarded->port = port;
	memcpy(forwarded->ip, network.ip, sizeof(forwarded->ip));
	return 0;
}

static bool
is_trusted(const struct forwarded *forwarded, struct span trusted)
{
	return network_list_holds(trusted, forwarded->is_ipv6, forwarded->ip);
}

static enum origin_scheme
scheme_of(struct span proto)
{
	if (span_is_equal_nocase(proto, SPAN_LITERAL("https")) ||
	    span_is_equal_nocase(proto, SPAN_LITERAL("wss")))
		return ORIGIN_HTTPS;
	if (span_is_equal_nocase(proto, SPAN_LITERAL("http")) ||
	    span_is_equal_nocase(proto, SPAN_LITERAL("ws")))
		return ORIGIN_HTTP;
	return ORIGIN_ANY;
}

/* The last element of a header, empty if there is none. */
static struct span
last_of(const struct http_head *request, const char *name)
{
	struct span element = SPAN_LITERAL("");
	struct walk walk;

	walk_init(&walk, request, name);
	if (!walk_back(&walk, &element))
		element.length = 0;
	return element;
}

static void
read_x(const struct http_head *request, struct span trusted,
    struct forwarded *forwarded)
{
	struct walk walk;
	struct span node;

	walk_init(&walk, request, "X-Forwarded-For");
	while (walk_back(&walk, &node) && take_client(node, forwarded) == 0 &&
	    is_trusted(forwarded, trusted))
		continue;
	forwarded->scheme = scheme_of(last_of(request, "X-Forwarded-Proto"));
	forwarded->host = last_of(request, "X-Forwarded-Host");
}

/* The value of a parameter of Forwarded: a token, or a quoted string, without its
 * quotes. One with a quoted-pair is none that we know. */
static struct span
value_of(struct span text)
{
	if (text.length >= 2 && text.data[0] == '"' &&
	    text.data[text.length - 1] == '"')
		text = span_from(text.data + 1, text.length - 2);
	if (span_find(text, '\\') < text.length ||
	    span_find(text, '"') < text.length)
		text.length = 0;
	return text;
}

/* Cuts the first pair off an element, up to a semicolon: nothing that we look
 * for has one in its quotes. */
static struct span
take_pair(struct span *element)
{
	struct span pair = *element;

	*element = span_cut(&pair, span_find(pair, ';'));
	if (element->length > 0)
		*element = span_cut(element, 1);
	return http_trim(pair);
}

/* Reads one element. Returns 0, or -1 when it names no address. */
static int
take_element(struct span element, struct forwarded *forwarded)
{
	struct forwarded found = {.scheme = ORIGIN_ANY};
	int result = -1;

	while (element.length > 0) {
		struct span name = take_pair(&element);
		struct span value = span_cut(&name, span_find(name, '='));

		if (value.length > 0)
			value = value_of(span_cut(&value, 1));
		/* two of them: one may be the client's own */
		if (span_is_equal_nocase(name, SPAN_LITERAL("for")))
			result =
			    found.has_client ? -1 : take_client(value, &found);
		else if (span_is_equal_nocase(name, SPAN_LITERAL("proto")))
			found.scheme = scheme_of(value);
		else if (span_is_equal_nocase(name, SPAN_LITERAL("host")))
			found.host = value;
	}
	if (result == 0)
		*forwarded = found;
	return result;
}

static void
read_rfc7239(const struct http_head *request, struct span trusted,
    struct forwarded *forwarded)
{
	struct walk walk;
	struct span element;

	walk_init(&walk, request, "Forwarded");
	while (walk_back(&walk, &element) &&
	    take_element(element, forwarded) == 0 &&
	    is_trusted(forwarded, trusted))
		continue;
}

void
forwarded_read(const struct http_head *request, enum forwarded_family family,
    struct span trusted, struct forwarded *forwarded_out)
{
	*forwarded_out = (struct forwarded){.scheme = ORIGIN_ANY};
	switch (family) {
	case FORWARDED_OFF:
		break;
	case FORWARDED_X:
		read_x(request, trusted, forwarded_out);
		break;
	case FORWARDED_RFC7239:
		read_rfc7239(request, trusted, forwarded_out);
		break;
	}
}
