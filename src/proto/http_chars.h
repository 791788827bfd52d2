/* Character classes of HTTP/1.1, and the two questions built on them. */
#ifndef FRAMED_PROTO_HTTP_CHARS_H
#define FRAMED_PROTO_HTTP_CHARS_H

#include "base/span.h"

enum http_char {
	HTTP_TOKEN = 1 << 0, /* tchar, RFC 9110 §5.6.2 */
	/*
	 * VCHAR without "#". Wider than RFC 3986: browsers send such as "|"
	 * and "^" unescaped, and none of it can be taken for another element.
	 */
	HTTP_TARGET = 1 << 1,
	HTTP_FIELD = 1 << 2,    /* within a field value, RFC 9110 §5.5 */
	HTTP_BLANK = 1 << 3,    /* SP and HTAB */
	HTTP_REG_NAME = 1 << 4, /* unreserved and sub-delims, RFC 3986 §2 */
	HTTP_DIGIT = 1 << 5,
	HTTP_HEX = 1 << 6
};

extern const uint8_t http_chars[256]; /* enum http_char bits */

/* Whether a byte is of one of the given classes. */
static inline bool
http_char_is(uint8_t byte, unsigned classes)
{
	return (http_chars[byte] & classes) != 0;
}

/* Whether each byte of text is of one of the given classes; of none, too. */
bool http_is_all(struct span text, unsigned classes);

/* Whether text is one or more tchar. */
bool http_is_token(struct span text);

/* text without the SP and HTAB around it: OWS of RFC 9110 §5.6.3. */
struct span http_trim(struct span text);

#endif
