/*
 * What a load sends, made before the first is sent: texts of one length, and the
 * masked frames that carry them, one behind the other, so that many leave in
 * one call.
 */
#ifndef FRAMED_BENCH_PAYLOADS_H
#define FRAMED_BENCH_PAYLOADS_H

#include "base/guard.h"
#include "base/span.h"

enum { PAYLOADS_MAX = 64 };

enum payload_kind {
	PAYLOAD_BINARY, /* random bytes, as binary messages */
	PAYLOAD_ASCII,  /* the rest are texts */
	PAYLOAD_UTF8,   /* characters of one to four bytes */
	PAYLOAD_JSON    /* records, no two alike: what compresses well */
};

/* Its name, as on the command line. */
const char *payload_kind_name(enum payload_kind kind);

struct payloads {
	size_t count;        /* 2 to PAYLOADS_MAX: fewer when they are large */
	size_t length;       /* bytes of each text */
	uint8_t opcode;      /* FRAME_TEXT or FRAME_BINARY */
	struct bytes texts;  /* count times length */
	struct bytes frames; /* all of them */
	size_t frame_ends[PAYLOADS_MAX + 1]; /* frame i: from [i] to [i + 1] */
};

/*
 * Makes texts of so many bytes. With window bits, 9 to 15, each is compressed
 * by itself, at zlib's default level, as browsers do; 0: none is. Masking keys
 * are random, but each frame has one for good. Returns 0; or -1 without memory,
 * or when a text cannot be compressed to less. payloads_release() is due in
 * every case.
 */
MUST_CHECK int payloads_make(struct payloads *payloads, enum payload_kind kind,
    size_t length, uint8_t window_bits);
void payloads_release(struct payloads *payloads);

/* The text that the number-th message carries, counted from 0. */
struct span payloads_text(const struct payloads *payloads, uint64_t number);

/*
 * What is to be sent from `offset` bytes within the number-th message on: up to
 * `messages` of them, as far as they lie together.
 */
struct span payloads_frames(const struct payloads *payloads, uint64_t number,
    size_t offset, uint64_t messages);

/*
 * Changes the first bytes of the number-th message, which has that many, in its
 * text and its frame. Not for what is compressed, nor for what is being sent.
 */
void payloads_rewrite(
    struct payloads *payloads, uint64_t number, struct span first);

/* Bytes of the number-th message's frame. */
size_t payloads_frame_length(const struct payloads *payloads, uint64_t number);

#endif
