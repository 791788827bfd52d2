/*
 * TLS on one connection. OpenSSL neither reads nor writes descriptors here:
 * what was received is handed to it, and what it wants to send is gathered, so
 * that many records cost one call of the kernel.
 *
 * Everything that was received is deciphered at once. Thus a stream never has
 * something left that the kernel does not tell of; the most it keeps is a part
 * of one record.
 */
#ifndef FRAMED_NET_TLS_STREAM_H
#define FRAMED_NET_TLS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/guard.h"
#include "base/span.h"
#include "net/tls_context.h"

struct tls_stream;

/*
 * Where the streams of a thread, one at a time, take from and gather. All zero
 * is the initial state. What a call gathers is gone when it returns, but for that
 * of tls_stream_handshake() and tls_stream_decrypt(), which waits for
 * tls_stream_flush() or tls_stream_send().
 */
struct tls_port {
	struct span in; /* received */
	uint8_t *out;   /* to be sent */
	size_t out_length;
	size_t out_capacity;
	uint8_t *record;          /* small parts are joined here */
	struct tls_stream *owner; /* whose all of that is */
};

void tls_port_release(struct tls_port *port);

enum tls_state {
	TLS_MORE,  /* the handshake is under way: the peer has to go on */
	TLS_DONE,  /* it is over, and bytes of the two sides may pass */
	TLS_ENDED, /* the peer said that it sends no more (close_notify) */
	TLS_FAILED /* tls_stream_error() says why; an alert may wait to be sent */
};

/*
 * How far before the received bytes the room for the deciphered ones begins, so
 * that they may lie in one buffer: a record of which a part came earlier may
 * be longer than what is received.
 */
enum { TLS_HEADROOM = 20 << 10 };

/* A stream in the server's role. The port outlives it. NULL without memory. */
MUST_CHECK struct tls_stream *tls_stream_new(
    const struct tls_context *context, struct tls_port *port);

/*
 * The same in the client's. host: the name or address that the certificate has
 * to be for, and, if it is a name, that the server is told; it need not end in
 * NUL.
 */
MUST_CHECK struct tls_stream *tls_stream_new_client(
    const struct tls_context *context, struct tls_port *port, struct span host);

/* Clears *stream; NULL is fine. */
void tls_stream_free(struct tls_stream **stream);

/*
 * Goes on with the handshake. *in is what was received: all of it is taken, but
 * for what follows a handshake that is DONE, and is for tls_stream_decrypt().
 * tls_stream_state() tells what came of it.
 */
void tls_stream_handshake(struct tls_stream *stream, struct span *in);

/*
 * Deciphers all that was received, in->length bytes from TLS_HEADROOM behind
 * `out` on, or behind that. On return *in is what it says, at `out`, also when
 * that is not all: tls_stream_state() tells.
 */
void tls_stream_decrypt(
    struct tls_stream *stream, uint8_t *out, struct bytes *in);

/* How it stands: MORE in the handshake, then DONE, or the end. */
enum tls_state tls_stream_state(const struct tls_stream *stream);

/*
 * As transport_send() on the stream's descriptor: takes bytes of the parts and
 * sends them, enciphered, behind what was gathered. What the kernel does not
 * take of them the stream keeps: tls_stream_rest(). Returns how much was
 * taken, 0 when nothing can be now, or -1 with errno.
 */
MUST_CHECK ssize_t tls_stream_send(
    struct tls_stream *stream, int fd, struct iovec *parts, int count);

/* Sends what was gathered and what was kept. Returns 0, or -1 with errno. */
MUST_CHECK int tls_stream_flush(struct tls_stream *stream, int fd);

/* How many bytes wait for the kernel to take more: tls_stream_flush() is due when
 * there are any. */
size_t tls_stream_rest(const struct tls_stream *stream);

/* Tells the peer that no more will be sent (close_notify), if it can be told. */
void tls_stream_end(struct tls_stream *stream, int fd);

/* Why it FAILED, a constant sentence. */
const char *tls_stream_error(const struct tls_stream *stream);

/* Bytes of ours in it, for accounting: OpenSSL's own are not among them. */
size_t tls_stream_held(const struct tls_stream *stream);

/* What the two sides agreed on, and know of each other. */
enum tls_fact {
	TLS_FACT_PROTOCOL,    /* "TLSv1.3" */
	TLS_FACT_CIPHER,      /* "TLS_AES_128_GCM_SHA256" */
	TLS_FACT_SERVER_NAME, /* what the client asked for (SNI) */
	TLS_FACT_RESUMED,     /* "1", if it resumed a session */
	/* of the peer's certificate, which was verified */
	TLS_FACT_SUBJECT,    /* RFC 2253: "CN=alice,O=Example" */
	TLS_FACT_ISSUER,     /* the same */
	TLS_FACT_SERIAL,     /* hexadecimal digits */
	TLS_FACT_FINGERPRINT /* SHA-256, 64 small hexadecimal digits */
};

enum { TLS_FACT_MAX = 1024 };

/* Writes a fact, cut to the room. Returns its length, 0 where there is none.
 * Once the handshake is DONE. */
size_t tls_stream_fact(const struct tls_stream *stream, enum tls_fact fact,
    char out[TLS_FACT_MAX]);

#endif
