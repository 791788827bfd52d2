/* The table behind http_chars.h. */
#include "proto/http_chars.h"

/* What the columns below stand for. */
enum {
	V = HTTP_TARGET | HTTP_FIELD, /* a visible character as such */
	B = HTTP_FIELD | HTTP_BLANK,
	O = HTTP_FIELD,              /* obs-text */
	F = HTTP_TOKEN | HTTP_FIELD, /* "#" would begin a fragment */
	T = V | HTTP_TOKEN,
	S = V | HTTP_REG_NAME,
	A = V | HTTP_TOKEN | HTTP_REG_NAME,
	X = A | HTTP_HEX,
	D = X | HTTP_DIGIT
};

const uint8_t http_chars[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, B, 0, 0, 0, 0, 0, 0, /* 00 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 10 */
    B, A, V, F, A, T, A, A, S, S, A, A, S, A, A, V, /* 20 */
    D, D, D, D, D, D, D, D, D, D, V, S, V, S, V, V, /* 30 */
    V, X, X, X, X, X, X, A, A, A, A, A, A, A, A, A, /* 40 */
    A, A, A, A, A, A, A, A, A, A, A, V, V, V, T, A, /* 50 */
    T, X, X, X, X, X, X, A, A, A, A, A, A, A, A, A, /* 60 */
    A, A, A, A, A, A, A, A, A, A, A, V, T, V, A, 0, /* 70 */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* 80 */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* 90 */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* a0 */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* b0 */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* c0 */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* d0 */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* e0 */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* f0 */
};

bool
http_is_all(struct span text, unsigned classes)
{
	for (size_t i = 0; i < text.length; i++)
		if (!http_char_is(text.data[i], classes))
			return false;
	return true;
}

bool
http_is_token(struct span text)
{
	return text.length > 0 && http_is_all(text, HTTP_TOKEN);
}

struct span
http_trim(struct span text)
{
	while (text.length > 0 && http_char_is(text.data[0], HTTP_BLANK)) {
		text.data++;
		text.length--;
	}
	while (text.length > 0 &&
	    http_char_is(text.data[text.length - 1], HTTP_BLANK))
		text.length--;
	return text;
}
