/* Questions about a head that was read: headers by name, lists, the host. */
#include "proto/http.h"

#include "proto/http_chars.h"

/* The value of header line i if it is of this name. */
static bool
header_get(const struct http_request *request, uint32_t i, const char *name,
    struct span *value_out)
{
	const struct http_header *header = &request->parser->headers[i];

	if (!span_is_equal_nocase(http_slice_get(request->head, header->name),
		span_from_string(name)))
		return false;
	*value_out = http_slice_get(request->head, header->value);
	return true;
}

unsigned
http_request_header(const struct http_request *request, const char *name,
    struct span *value_out)
{
	struct span value;
	unsigned found = 0;

	for (uint32_t i = 0; i < request->parser->header_count; i++)
		if (header_get(request, i, name, &value) && found++ == 0)
			*value_out = value;
	return found;
}

struct span
http_request_host(const struct http_request *request)
{
	struct span host =
	    http_slice_get(request->head, request->parser->authority);

	if (host.length == 0)
		http_request_header(request, "Host", &host);
	return host;
}

void
http_list_init(struct http_list *list, const struct http_request *request,
    const char *name)
{
	*list = (struct http_list){.request = request, .name = name};
}

/*
 * Where the element that begins at `at` ends: at a comma outside quoted
 * strings (RFC 9110 §5.6.4), or with the value.
 */
static uint32_t
element_end(struct span value, uint32_t at)
{
	bool is_quoted = false;

	for (; at < value.length; at++) {
		uint8_t byte = value.data[at];

		if (byte == ',' && !is_quoted)
			break;
		if (byte == '"')
			is_quoted = !is_quoted;
		/* quoted-pair: whatever follows means only itself */
		if (byte == '\\' && is_quoted && at + 1 < value.length)
			at++;
	}
	return at;
}

/* The next element of one line, or an empty one at its end. */
static struct span
next_of_line(struct http_list *list, struct span value)
{
	struct span element = {NULL, 0};

	while (element.length == 0 && list->offset < value.length) {
		uint32_t end = element_end(value, list->offset);

		element = http_trim(
		    span_from(value.data + list->offset, end - list->offset));
		list->offset = end + 1; /* behind the comma */
	}
	return element;
}

bool
http_list_next(struct http_list *list, struct span *element_out)
{
	const struct http_request *request = list->request;
	struct span value, element;

	while (list->line < request->parser->header_count) {
		element = (struct span){NULL, 0};
		if (header_get(request, list->line, list->name, &value))
			element = next_of_line(list, value);
		if (element.length > 0) {
			*element_out = element;
			return true;
		}
		list->line++;
		list->offset = 0;
	}
	return false;
}

bool
http_request_has_element(
    const struct http_request *request, const char *name, struct span element)
{
	struct http_list list;
	struct span found;

	http_list_init(&list, request, name);
	while (http_list_next(&list, &found))
		if (span_is_equal_nocase(found, element))
			return true;
	return false;
}
