/*
 * The other end of permessage-deflate, made of zlib alone, as most peers are.
 * Its inflater keeps to its window strictly: it gives out a few bytes at a
 * time, so that what a message refers to must lie in the window.
 */
#ifndef FRAMED_TESTS_DEFLATE_PEER_H
#define FRAMED_TESTS_DEFLATE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "base/span.h"
#include "proto/deflate_offer.h"
#include "tests/unit/proto/random.h"

struct deflate_peer {
	bool has_takeover;
	bool has_seen_final; /* block, in a message that was inflated */
	bool is_at_border;   /* of two blocks, and on a whole byte */
	z_stream deflater;
	z_stream inflater;
};

/* Of one side, and for both directions; level is that of its own messages. */
void deflate_peer_init(
    struct deflate_peer *peer, struct deflate_side side, int level);
void deflate_peer_release(struct deflate_peer *peer);

/* Inflates a message. Returns its length, or SIZE_MAX when it is bad or longer
 * than size. */
size_t deflate_peer_read(
    struct deflate_peer *peer, struct span encoded, uint8_t *out, size_t size);

/* Compresses one; out always has room. Returns the length without the tail. */
size_t deflate_peer_write(
    struct deflate_peer *peer, struct span message, uint8_t *out, size_t size);

/* Something like a feed: lines that resemble each other. out has room for
 * length + 80 bytes. */
struct span deflate_make_feed(
    struct random *random, uint8_t *out, size_t length);

/*
 * Noise, silence, and the same noise again, each as long as the window: who
 * looks further back than the window will send a reference to it.
 */
struct span deflate_make_echo(uint8_t window_bits, uint8_t *out);

#endif
