#include "proto/credential.h"

#include "base/guard.h"
#include "proto/http_chars.h"

typedef struct span find_fn(const struct http_head *request, struct span name);

static bool
begins_with(struct span text, struct span start)
{
	return text.length >= start.length &&
	    memcmp(text.data, start.data, start.length) == 0;
}

static struct span
behind(struct span text, size_t count)
{
	return span_from(text.data + count, text.length - count);
}

/* Cuts a piece off text, up to a byte that parts them. */
static struct span
take_piece(struct span *text, uint8_t byte)
{
	struct span piece = *text;

	*text = span_cut(&piece, span_find(piece, byte));
	if (text->length > 0)
		*text = behind(*text, 1);
	return piece;
}

/* Splits "name=value". Returns whether the name is the one wanted. */
static bool
is_named(struct span pair, struct span name, struct span *value_out)
{
	size_t length = span_find(pair, '=');

	if (length == pair.length ||
	    !span_is_equal(span_from(pair.data, length), name))
		return false;
	*value_out = behind(pair, length + 1);
	return true;
}

static struct span
find_bearer(const struct http_head *request, struct span name)
{
	const struct span scheme = SPAN_LITERAL("bearer ");
	struct span value = {NULL, 0};

	(void)name;
	/* two of them say two things */
	if (http_head_header(request, "Authorization", &value) != 1 ||
	    value.length <= scheme.length ||
	    !span_is_equal_nocase(span_from(value.data, scheme.length), scheme))
		return span_from(NULL, 0);
	return http_trim(behind(value, scheme.length));
}

static struct span
find_cookie(const struct http_head *request, struct span name)
{
	struct span cookies, value;

	if (http_head_header(request, "Cookie", &cookies) != 1)
		return span_from(NULL, 0);
	while (cookies.length > 0) {
		struct span pair = http_trim(take_piece(&cookies, ';'));

		if (!is_named(pair, name, &value))
			continue;
		if (value.length >= 2 && value.data[0] == '"' &&
		    value.data[value.length - 1] == '"')
			value = span_from(value.data + 1, value.length - 2);
		return value;
	}
	return span_from(NULL, 0);
}

static struct span
find_parameter(const struct http_head *request, struct span name)
{
	struct span query =
	    http_slice_get(request->bytes, request->parser->query);
	struct span value;

	while (query.length > 0)
		if (is_named(take_piece(&query, '&'), name, &value))
			return value;
	return span_from(NULL, 0);
}

bool
credential_is_carried(struct span subprotocol)
{
	return begins_with(subprotocol, SPAN_LITERAL(CREDENTIAL_PREFIX));
}

static struct span
find_subprotocol(const struct http_head *request, struct span name)
{
	struct http_list list;
	struct span element;

	(void)name;
	http_list_init(&list, request, "Sec-WebSocket-Protocol");
	while (http_list_next(&list, &element))
		if (credential_is_carried(element))
			return behind(element, sizeof(CREDENTIAL_PREFIX) - 1);
	return span_from(NULL, 0);
}

static const struct place {
	struct span word;
	bool has_name;
	find_fn *find;
} places_known[] = {
    {SPAN_LITERAL("bearer"), false, find_bearer},
    {SPAN_LITERAL("subprotocol"), false, find_subprotocol},
    {SPAN_LITERAL("cookie:"), true, find_cookie},
    {SPAN_LITERAL("query:"), true, find_parameter},
};

/* NULL where text names none; else the name behind it in name_out. */
static const struct place *
place_of(struct span text, struct span *name_out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(places_known); i++) {
		const struct place *place = &places_known[i];

		if (!begins_with(text, place->word))
			continue;
		*name_out = behind(text, place->word.length);
		if (place->has_name ? http_is_token(*name_out)
		                    : name_out->length == 0)
			return place;
	}
	return NULL;
}

bool
credential_is_place(struct span text)
{
	struct span name;

	return place_of(text, &name) != NULL;
}

static int
hex_value(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Copies, with escapes undone (RFC 3986 §2.1) where there may be any. Returns
 * the length, or 0 where one is wrong. */
static size_t
copy(struct span text, bool has_escapes, char out[CREDENTIAL_MAX])
{
	size_t length = 0;

	if (text.length > CREDENTIAL_MAX)
		return 0;
	for (size_t i = 0; i < text.length; i++) {
		int high, low;

		out[length++] = (char)text.data[i];
		if (!has_escapes || text.data[i] != '%')
			continue;
		if (text.length - i < 3)
			return 0;
		high = hex_value(text.data[i + 1]);
		low = hex_value(text.data[i + 2]);
		if (high == -1 || low == -1)
			return 0;
		out[length - 1] = (char)(high << 4 | low);
		i += 2;
	}
	return length;
}

size_t
credential_find(const struct http_head *request, struct span places,
    char out[CREDENTIAL_MAX])
{
	while (places.length > 0) {
		struct span name;
		const struct place *place =
		    place_of(take_piece(&places, '\n'), &name);
		struct span found = {NULL, 0};

		if (place != NULL)
			found = place->find(request, name);
		if (found.length > 0)
			return copy(found, place->find == find_parameter, out);
	}
	return 0;
}
