/* Questions about a head that was read: headers by name, lists, the host. */
#include "proto/http.h"

#include "proto/http_chars.h"

/* The value of header line i if it is of this name. */
static bool
header_get(const struct http_head *head, uint32_t i, const char *name,
    struct span *value_out)
{
	const struct http_header *header = &head->parser->headers[i];

	if (!span_is_equal_nocase(http_slice_get(head->bytes, header->name),
	        span_from_string(name)))
		return false;
	*value_out = http_slice_get(head->bytes, header->value);
	return true;
}

unsigned
http_head_header(
    const struct http_head *head, const char *name, struct span *value_out)
{
	struct span value;
	unsigned found = 0;

	for (uint32_t i = 0; i < head->parser->header_count; i++)
		if (header_get(head, i, name, &value) && found++ == 0)
			*value_out = value;
	return found;
}

struct span
http_request_host(const struct http_head *request)
{
	struct span host =
	    http_slice_get(request->bytes, request->parser->authority);

	if (host.length == 0)
		http_head_header(request, "Host", &host);
	return host;
}

static void
terminate(uint8_t *bytes, struct http_slice slice)
{
	if (slice.length > 0)
		bytes[slice.offset + slice.length] = '\0';
}

void
http_head_terminate(const struct http_parser *parser, uint8_t *bytes)
{
	terminate(bytes, parser->method);
	terminate(bytes, parser->target);
	for (uint32_t i = 0; i < parser->header_count; i++) {
		terminate(bytes, parser->headers[i].name);
		terminate(bytes, parser->headers[i].value);
	}
}

void
http_list_init(
    struct http_list *list, const struct http_head *head, const char *name)
{
	*list = (struct http_list){.head = head, .name = name};
}

/*
 * The length of the element that text begins with: up to a comma outside
 * quoted strings (RFC 9110 §5.6.4), or all of it.
 */
static size_t
element_length(struct span text)
{
	bool is_quoted = false;
	size_t at;

	for (at = 0; at < text.length; at++) {
		uint8_t byte = text.data[at];

		if (byte == ',' && !is_quoted)
			break;
		if (byte == '"')
			is_quoted = !is_quoted;
		/* quoted-pair: whatever follows means only itself */
		if (byte == '\\' && is_quoted && at + 1 < text.length)
			at++;
	}
	return at;
}

/* Cuts the first element, perhaps empty, and its comma off the text. */
static struct span
take_element(struct span *text)
{
	size_t length = element_length(*text);
	struct span element = span_from(text->data, length);

	if (length < text->length)
		length++;
	*text = span_from(text->data + length, text->length - length);
	return http_trim(element);
}

/* Goes on to the next line of the list. Returns false after the last. */
static bool
next_line(struct http_list *list)
{
	const struct http_head *head = list->head;

	while (list->line < head->parser->header_count)
		if (header_get(head, list->line++, list->name, &list->rest))
			return true;
	return false;
}

bool
http_list_next(struct http_list *list, struct span *element_out)
{
	do {
		while (list->rest.length > 0) {
			struct span element = take_element(&list->rest);

			if (element.length > 0) {
				*element_out = element;
				return true;
			}
		}
	} while (next_line(list));
	return false;
}

bool
http_head_has_element(
    const struct http_head *head, const char *name, struct span element)
{
	struct http_list list;
	struct span found;

	http_list_init(&list, head, name);
	while (http_list_next(&list, &found))
		if (span_is_equal_nocase(found, element))
			return true;
	return false;
}
