/* Reads lists of extensions. */
#include "proto/extension.h"

#include "proto/http_chars.h"

const char extension_header[] = "Sec-WebSocket-Extensions";

/* Cuts count bytes off the text. */
static struct span
take(struct span *text, size_t count)
{
	struct span taken = span_from(text->data, count);

	text->data += count;
	text->length -= count;
	return taken;
}

static bool
take_byte(struct span *text, uint8_t byte)
{
	if (text->length == 0 || text->data[0] != byte)
		return false;
	take(text, 1);
	return true;
}

/* The token, perhaps empty, that the text begins with. */
static struct span
take_token(struct span *text)
{
	size_t length = 0;

	while (length < text->length &&
	    http_char_is(text->data[length], HTTP_TOKEN))
		length++;
	return take(text, length);
}

/* What passes for the next word: cuts off it and the blanks around it. */
static struct span
take_word(struct span *text)
{
	struct span word;

	*text = http_trim(*text);
	word = take_token(text);
	*text = http_trim(*text);
	return word;
}

/*
 * quoted-string, its first quote taken already: what it means must be a token
 * (RFC 6455 §9.1). Returns what is inside, or nothing when it is malformed.
 */
static struct span
take_quoted(struct span *text)
{
	size_t at = 0;
	struct span inside;

	while (at < text->length && text->data[at] != '"') {
		if (text->data[at] == '\\')
			at++;
		if (at == text->length ||
		    !http_char_is(text->data[at], HTTP_TOKEN))
			return span_from(NULL, 0);
		at++;
	}
	inside = take(text, at);
	return take_byte(text, '"') ? inside : span_from(NULL, 0);
}

int
extension_init(struct extension *extension, struct span element)
{
	extension->rest = element;
	extension->name = take_word(&extension->rest);
	return extension->name.length > 0 ? 0 : -1;
}

/* extension-param = token [ "=" (token | quoted-string) ] */
enum extension_step
extension_next(struct extension *extension, struct extension_param *param_out)
{
	struct span *rest = &extension->rest;

	if (rest->length == 0)
		return EXTENSION_END;
	if (!take_byte(rest, ';'))
		return EXTENSION_BAD;
	*param_out = (struct extension_param){.name = take_word(rest)};
	if (param_out->name.length == 0)
		return EXTENSION_BAD;
	if (!take_byte(rest, '='))
		return EXTENSION_PARAM;
	param_out->has_value = true;
	*rest = http_trim(*rest);
	param_out->value =
	    take_byte(rest, '"') ? take_quoted(rest) : take_token(rest);
	*rest = http_trim(*rest);
	return param_out->value.length > 0 ? EXTENSION_PARAM : EXTENSION_BAD;
}

size_t
extension_param_value(
    const struct extension_param *param, uint8_t *buffer, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < param->value.length; i++) {
		/* not a tchar: it can only be the mark of an escape */
		if (param->value.data[i] == '\\')
			continue;
		if (length < size)
			buffer[length] = param->value.data[i];
		length++;
	}
	return length;
}

static bool
is_valid(struct span element)
{
	struct extension_param ignored;
	struct extension extension;
	enum extension_step step;

	if (extension_init(&extension, element) == -1)
		return false;
	do {
		step = extension_next(&extension, &ignored);
	} while (step == EXTENSION_PARAM);
	return step == EXTENSION_END;
}

bool
extension_list_is_valid(const struct http_head *request)
{
	struct http_list list;
	struct span element;

	http_list_init(&list, request, extension_header);
	while (http_list_next(&list, &element))
		if (!is_valid(element))
			return false;
	return true;
}
