#include "base/escape.h"

#include <assert.h>
#include <stdbool.h>

static bool
is_plain(uint8_t byte)
{
	return byte >= ' ' && byte <= '~' && byte != '\\' && byte != '"';
}

static void
put_hex(char *out, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";

	out[0] = '\\';
	out[1] = 'x';
	out[2] = digits[byte >> 4];
	out[3] = digits[byte & 15];
}

size_t
escape(char *out, size_t size, struct span in)
{
	size_t length = 0;

	assert(size > 0);
	for (size_t i = 0; i < in.length; i++) {
		size_t step = is_plain(in.data[i]) ? 1 : 4;

		if (step >= size - length) /* one byte is the NUL's */
			break;
		if (step == 1)
			out[length] = (char)in.data[i];
		else
			put_hex(out + length, in.data[i]);
		length += step;
	}
	out[length] = '\0';
	return length;
}
