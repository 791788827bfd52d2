/*
 * A faster codec, libdeflate, for what lies in memory whole and refers to
 * nothing before it. Private to deflate_engine.c. Built without libdeflate it
 * answers WHOLE_ABSENT.
 */
#ifndef FRAMED_PROTO_DEFLATE_WHOLE_H
#define FRAMED_PROTO_DEFLATE_WHOLE_H

#include "base/guard.h"
#include "base/span.h"
#include "proto/deflate_offer.h"

enum whole {
	WHOLE_DONE,
	WHOLE_FULL, /* the output needs more room */
	WHOLE_BAD,  /* the input is not what it should be */
	WHOLE_NO_MEMORY,
	WHOLE_ABSENT /* there is no such codec */
};

#ifdef HAVE_LIBDEFLATE

struct libdeflate_compressor;
struct libdeflate_decompressor;

/* All zero is the initial state; codecs are made when first needed. */
struct deflate_whole {
	struct libdeflate_compressor *compressors[DEFLATE_LEVEL_MAX + 1];
	struct libdeflate_decompressor *decompressor;
};

/* Makes one stream, which ends with a final block, of a message. out has room,
 * and on WHOLE_DONE what was made. */
MUST_CHECK enum whole deflate_whole_encode(struct deflate_whole *whole,
    unsigned level, struct span message, struct bytes *out);

/* Inflates streams, one behind the other, the last of which must end with
 * input. out has room, and on WHOLE_DONE what was made. */
MUST_CHECK enum whole deflate_whole_decode(
    struct deflate_whole *whole, struct span input, struct bytes *out);

void deflate_whole_release(struct deflate_whole *whole);

#else

struct deflate_whole {
	char nothing;
};

static inline enum whole
deflate_whole_encode(struct deflate_whole *whole, unsigned level,
    struct span message, struct bytes *out)
{
	(void)whole, (void)level, (void)message, (void)out;
	return WHOLE_ABSENT;
}

static inline enum whole
deflate_whole_decode(
    struct deflate_whole *whole, struct span input, struct bytes *out)
{
	(void)whole, (void)input, (void)out;
	return WHOLE_ABSENT;
}

static inline void
deflate_whole_release(struct deflate_whole *whole)
{
	(void)whole;
}

#endif

#endif
