/* Close codes and the body of a Close frame. */
#include "proto/closecode.h"

#include "base/endian.h"
#include "proto/utf8.h"

enum { CODE_LENGTH = 2 };

/*
 * RFC 6455 §7.4.2 and the registry. What is missing stands for something that
 * is never sent (1005, 1006, 1015), is not defined, or is nobody's (1016–2999).
 */
static const struct {
	uint16_t first;
	uint16_t last;
} valid_codes[] = {
    {1000, 1003},
    {1007, 1014},
    {3000, 4999},
};

bool
closecode_is_valid(uint16_t code)
{
	for (size_t i = 0; i < ARRAY_LENGTH(valid_codes); i++) {
		if (code >= valid_codes[i].first && code <= valid_codes[i].last)
			return true;
	}
	return false;
}

static bool
text_is_whole(struct span text)
{
	struct utf8 utf8 = {0};

	return utf8_check(&utf8, text) && utf8_is_complete(&utf8);
}

int
close_body_read(struct span payload, struct close_body *body_out,
    struct proto_error *error_out)
{
	*body_out = (struct close_body){.code = CLOSECODE_NONE};
	if (payload.length == 0)
		return 0;
	error_out->code = CLOSECODE_PROTOCOL_ERROR;
	error_out->text = "close body of one byte";
	if (payload.length < CODE_LENGTH)
		return -1;
	body_out->code = get_be16(payload.data);
	error_out->text = "close code is not valid";
	if (!closecode_is_valid(body_out->code))
		return -1;
	body_out->text =
	    span_from(payload.data + CODE_LENGTH, payload.length - CODE_LENGTH);
	error_out->code = CLOSECODE_INVALID_PAYLOAD;
	error_out->text = "close text is not utf-8";
	return text_is_whole(body_out->text) ? 0 : -1;
}

size_t
close_body_write(const struct close_body *body, uint8_t out[FRAME_CONTROL_MAX])
{
	size_t length;

	if (body->code == CLOSECODE_NONE)
		return 0;
	put_be16(out, body->code);
	length = utf8_cut(body->text, CLOSE_TEXT_MAX);
	if (length > 0)
		memcpy(out + CODE_LENGTH, body->text.data, length);
	return CODE_LENGTH + length;
}
