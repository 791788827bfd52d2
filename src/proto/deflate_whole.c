/* libdeflate, when it is there. */
#include "proto/deflate_whole.h"

#include <libdeflate.h>

enum whole
deflate_whole_encode(struct deflate_whole *whole, unsigned level,
    struct span message, struct bytes *out)
{
	struct libdeflate_compressor **c = &whole->compressors[level];
	size_t length;

	if (*c == NULL)
		*c = libdeflate_alloc_compressor((int)level);
	if (*c == NULL)
		return WHOLE_NO_MEMORY;
	length = libdeflate_deflate_compress(
	    *c, message.data, message.length, out->data, out->length);
	if (length == 0)
		return WHOLE_FULL;
	out->length = length;
	return WHOLE_DONE;
}

/* One stream; moves input behind it and out behind what it made. */
static enum whole
decode_stream(struct libdeflate_decompressor *decompressor, struct span *input,
    struct bytes *out)
{
	size_t taken, made;

	switch (libdeflate_deflate_decompress_ex(decompressor, input->data,
	    input->length, out->data, out->length, &taken, &made)) {
	case LIBDEFLATE_SUCCESS:
		break;
	case LIBDEFLATE_INSUFFICIENT_SPACE:
		return WHOLE_FULL;
	case LIBDEFLATE_BAD_DATA:
	case LIBDEFLATE_SHORT_OUTPUT:
		return WHOLE_BAD;
	}
	input->data += taken;
	input->length -= taken;
	bytes_advance(out, made);
	return WHOLE_DONE;
}

enum whole
deflate_whole_decode(
    struct deflate_whole *whole, struct span input, struct bytes *out)
{
	struct bytes rest = *out;
	enum whole answer;

	if (whole->decompressor == NULL)
		whole->decompressor = libdeflate_alloc_decompressor();
	if (whole->decompressor == NULL)
		return WHOLE_NO_MEMORY;
	do {
		answer = decode_stream(whole->decompressor, &input, &rest);
	} while (answer == WHOLE_DONE && input.length > 0);
	out->length -= rest.length;
	return answer;
}

void
deflate_whole_release(struct deflate_whole *whole)
{
	for (size_t i = 0; i < ARRAY_LENGTH(whole->compressors); i++)
		libdeflate_free_compressor(whole->compressors[i]);
	libdeflate_free_decompressor(whole->decompressor);
	*whole = (struct deflate_whole){0};
}
