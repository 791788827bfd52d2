/* OpenSSL between two buffers. */
#include "net/tls_stream_parts.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	RECORD_BYTES = SSL3_RT_MAX_PLAIN_LENGTH,
	OUT_BYTES = 32 << 10, /* to begin with */
	/* of records, before they are sent: so much is kept at most */
	SEND_BYTES = 64 << 10,
	/* more than that can only be what the peer has TLS itself say */
	KEPT_BYTES_MAX = 2 * SEND_BYTES,
	/* steps of handshakes, some for each message, and alerts in one
	 * receive, once it is open */
	INTERRUPTIONS_MAX = 128
};

void
tls_port_release(struct tls_port *port)
{
	free(port->out);
	free(port->record);
	*port = (struct tls_port){0};
}

/* Makes room to gather more. Returns 0 or -1. */
static int
port_reserve(struct tls_port *port, size_t more)
{
	size_t capacity =
	    port->out_capacity == 0 ? OUT_BYTES : port->out_capacity;
	uint8_t *out;

	while (capacity - port->out_length < more)
		capacity *= 2;
	if (capacity == port->out_capacity)
		return 0;
	out = realloc(port->out, capacity);
	if (out == NULL)
		return -1;
	port->out = out;
	port->out_capacity = capacity;
	return 0;
}

static int
bio_write(BIO *bio, const char *data, size_t length, size_t *taken_out)
{
	struct tls_port *port = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (port_reserve(port, length) == -1)
		return 0;
	memcpy(port->out + port->out_length, data, length);
	port->out_length += length;
	*taken_out = length;
	return 1;
}

static int
bio_read(BIO *bio, char *out, size_t size, size_t *got_out)
{
	struct tls_port *port = BIO_get_data(bio);
	size_t count = size < port->in.length ? size : port->in.length;

	BIO_clear_retry_flags(bio);
	if (port->owner->interruptions > INTERRUPTIONS_MAX)
		return 0;
	if (count == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	memcpy(out, port->in.data, count);
	port->in = span_cut(&port->in, count);
	*got_out = count;
	return 1;
}

static long
bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method;

static void
make_method(void)
{
	method = BIO_meth_new(
	    BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "worker's buffers");
	if (method == NULL || BIO_meth_set_write_ex(method, bio_write) != 1 ||
	    BIO_meth_set_read_ex(method, bio_read) != 1 ||
	    BIO_meth_set_ctrl(method, bio_ctrl) != 1) {
		BIO_meth_free(method);
		method = NULL;
	}
}

/* A BIO on the port; NULL without memory. */
static BIO *
bio_new(struct tls_port *port)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	BIO *bio;

	pthread_once(&once, make_method);
	bio = method != NULL ? BIO_new(method) : NULL;
	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, port);
	BIO_set_init(bio, 1);
	return bio;
}

/*
 * A peer may go on with handshake messages when the stream is open: new keys,
 * tickets, and attempts to renegotiate, which are answered by an alert. Each
 * costs more than a message, and none of our limits sees it.
 */
static void
on_info(const SSL *ssl, int where, int result)
{
	struct tls_stream *stream = SSL_get_app_data(ssl);

	(void)result;
	if (stream->state == TLS_DONE && where & (SSL_CB_LOOP | SSL_CB_ALERT))
		stream->interruptions++;
}

struct tls_stream *
tls_stream_new(const struct tls_context *context, struct tls_port *port)
{
	struct tls_stream *stream = calloc(1, sizeof(*stream));
	BIO *bio = bio_new(port);

	if (stream != NULL)
		stream->ssl = SSL_new(tls_context_get(context));
	if (port->record == NULL)
		port->record = malloc(RECORD_BYTES);
	if (bio == NULL || stream == NULL || stream->ssl == NULL ||
	    port->record == NULL) {
		BIO_free(bio);
		tls_stream_free(&stream);
		ERR_clear_error();
		return NULL;
	}
	stream->port = port;
	SSL_set_app_data(stream->ssl, stream);
	SSL_set_info_callback(stream->ssl, on_info);
	SSL_set_bio(stream->ssl, bio, bio);
	SSL_set_accept_state(stream->ssl);
	return stream;
}

/* Whom the certificate has to be for. Returns 0 or -1. */
static int
set_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *rules = SSL_get0_param(ssl);

	/* RFC 6066 §3: addresses are no server names */
	if (X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1)
		return 0;
	ERR_clear_error();
	if (SSL_set1_host(ssl, host) == 1 &&
	    SSL_set_tlsext_host_name(ssl, host) == 1)
		return 0;
	return -1;
}

struct tls_stream *
tls_stream_new_client(
    const struct tls_context *context, struct tls_port *port, struct span host)
{
	struct tls_stream *stream = tls_stream_new(context, port);
	char *name = strndup((const char *)host.data, host.length);

	if (stream != NULL && name != NULL &&
	    set_host(stream->ssl, name) == 0) {
		SSL_set_connect_state(stream->ssl);
	} else {
		tls_stream_free(&stream);
		ERR_clear_error();
	}
	free(name);
	return stream;
}

/* What is gathered is nobody's any more. */
static void
disown(struct tls_stream *stream)
{
	stream->port->out_length = 0;
	stream->port->owner = NULL;
}

/* The port is this stream's from now on: the others' bytes have left it. */
static void
own(struct tls_stream *stream)
{
	struct tls_port *port = stream->port;

	assert(port->out_length == 0 || port->owner == stream);
	port->owner = stream;
}

void
tls_stream_free(struct tls_stream **stream)
{
	if (*stream == NULL)
		return;
	if ((*stream)->port != NULL && (*stream)->port->owner == *stream)
		disown(*stream);
	SSL_free((*stream)->ssl);
	free((*stream)->rest);
	free(*stream);
	*stream = NULL;
}

/* Why it ended, of what OpenSSL has complained about: the first is the cause, but
 * the certificate's fault says more than that there is one. */
static void
fail(struct tls_stream *stream)
{
	unsigned long code = ERR_get_error();
	long verdict = SSL_get_verify_result(stream->ssl);

	stream->state = TLS_FAILED;
	if (stream->interruptions > INTERRUPTIONS_MAX)
		stream->error = "too many handshake messages";
	else if (verdict != X509_V_OK &&
	    ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED)
		stream->error = X509_verify_cert_error_string(verdict);
	else
		stream->error = ERR_reason_error_string(code);
	if (stream->error == NULL)
		stream->error = "TLS failed";
	ERR_clear_error();
}

/* SSL_get_error() looks at what others left in OpenSSL's queue, modules perhaps.
 * To clear what is empty costs as much as to decipher a small record. */
static void
forget_errors(void)
{
	if (UNLIKELY(ERR_peek_error() != 0))
		ERR_clear_error();
}

/* OpenSSL does not go on. */
static void
note_stop(struct tls_stream *stream, int result)
{
	switch (SSL_get_error(stream->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		break;
	case SSL_ERROR_ZERO_RETURN:
		stream->state = TLS_ENDED;
		break;
	default:
		fail(stream);
	}
}

void
tls_stream_handshake(struct tls_stream *stream, struct span *in)
{
	struct tls_port *port = stream->port;
	int result;

	own(stream);
	forget_errors();
	port->in = *in;
	result = SSL_do_handshake(stream->ssl);
	*in = port->in;
	port->in.length = 0;
	if (result == 1)
		stream->state = TLS_DONE;
	else
		note_stop(stream, result);
}

/* Whether there are bytes to decipher: a whole record, or OpenSSL keeps what is
 * there of it. */
static bool
has_more(const struct tls_stream *stream)
{
	return stream->state == TLS_DONE &&
	    (stream->port->in.length > 0 || SSL_pending(stream->ssl) > 0);
}

void
tls_stream_decrypt(struct tls_stream *stream, uint8_t *out, struct bytes *in)
{
	struct tls_port *port = stream->port;
	size_t length = 0, got;

	assert(in->length == 0 || in->data >= out + TLS_HEADROOM);
	own(stream);
	stream->interruptions = 0;
	forget_errors();
	port->in = span_from(in->data, in->length);
	while (has_more(stream)) {
		size_t room = (size_t)(port->in.data - out) - length;

		if (SSL_read_ex(stream->ssl, out + length, room, &got) != 1) {
			note_stop(stream, 0);
			break;
		}
		length += got;
	}
	port->in.length = 0;
	*in = (struct bytes){out, length};
}

enum tls_state
tls_stream_state(const struct tls_stream *stream)
{
	return stream->state;
}

/* Sends bytes. Returns how many the kernel took, or -1. */
static ssize_t
send_bytes(int fd, const uint8_t *bytes, size_t length)
{
	ssize_t sent;

	do
		sent = send(fd, bytes, length, MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	if (sent == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	return sent;
}

/* Sends what was kept. Returns 0, or -1 with errno. */
static int
send_rest(struct tls_stream *stream, int fd)
{
	ssize_t sent;

	if (stream->rest == NULL)
		return 0;
	sent = send_bytes(fd, stream->rest + stream->rest_sent,
	    stream->rest_length - stream->rest_sent);
	if (sent == -1)
		return -1;
	stream->rest_sent += (size_t)sent;
	if (stream->rest_sent == stream->rest_length) {
		free(stream->rest);
		stream->rest = NULL;
	}
	return 0;
}

size_t
tls_stream_rest(const struct tls_stream *stream)
{
	return stream->rest == NULL ? 0
	                            : stream->rest_length - stream->rest_sent;
}

/* Keeps bytes behind those that are kept. Returns 0, or -1 with errno. */
static int
keep(struct tls_stream *stream, const uint8_t *bytes, size_t length)
{
	size_t before = tls_stream_rest(stream);
	uint8_t *rest = NULL;

	errno = ENOBUFS;
	if (before + length <= KEPT_BYTES_MAX)
		rest = malloc(before + length);
	if (rest == NULL)
		return -1;
	if (before > 0)
		memcpy(rest, stream->rest + stream->rest_sent, before);
	memcpy(rest + before, bytes, length);
	free(stream->rest);
	stream->rest = rest;
	stream->rest_length = before + length;
	stream->rest_sent = 0;
	return 0;
}

int
tls_stream_flush(struct tls_stream *stream, int fd)
{
	struct tls_port *port = stream->port;
	size_t length = port->owner == stream ? port->out_length : 0;
	ssize_t sent = 0;

	if (length > 0)
		port->out_length = 0;
	if (send_rest(stream, fd) == -1)
		return -1;
	if (length > 0 && stream->rest == NULL)
		sent = send_bytes(fd, port->out, length);
	if (sent == -1)
		return -1;
	length -= (size_t)sent;
	return length == 0 ? 0 : keep(stream, port->out + sent, length);
}

/* Enciphers one record. Returns 0 or -1. */
static int
encrypt(struct tls_stream *stream, struct span plain)
{
	size_t taken;

	/* all of it, in as many records as it takes: see SSL_MODE_… */
	if (SSL_write_ex(stream->ssl, plain.data, plain.length, &taken) == 1)
		return 0;
	fail(stream);
	errno = EPIPE;
	return -1;
}

/* The parts of a write, as they are taken. */
struct taker {
	const struct iovec *parts;
	int count;
	size_t offset; /* in the first */
};

/* Takes up to a record: as it lies, if that is much, or joined. Empty at the
 * end. */
static struct span
take_record(struct taker *taker, uint8_t *record)
{
	size_t length = 0;

	while (taker->count > 0 && length < RECORD_BYTES) {
		const uint8_t *data =
		    (const uint8_t *)taker->parts->iov_base + taker->offset;
		size_t here = taker->parts->iov_len - taker->offset;
		size_t room = RECORD_BYTES - length;
		size_t count = here < room ? here : room;

		taker->offset += count;
		if (count == here) {
			taker->parts++;
			taker->count--;
			taker->offset = 0;
		}
		if (length == 0 && (count == room || taker->count == 0))
			return span_from(data, count);
		if (count > 0)
			memcpy(record + length, data, count);
		length += count;
	}
	return span_from(record, length);
}

ssize_t
tls_stream_send(
    struct tls_stream *stream, int fd, struct iovec *parts, int count)
{
	struct taker taker = {parts, count, 0};
	size_t taken = 0;

	if (stream->rest != NULL && tls_stream_flush(stream, fd) == -1)
		return -1;
	if (stream->rest != NULL)
		return 0;
	own(stream);
	while (stream->rest == NULL) {
		struct span plain = take_record(&taker, stream->port->record);

		if (plain.length > 0 && encrypt(stream, plain) == -1) {
			disown(stream);
			return -1;
		}
		taken += plain.length;
		if ((plain.length == 0 ||
		        stream->port->out_length >= SEND_BYTES) &&
		    tls_stream_flush(stream, fd) == -1)
			return -1;
		if (plain.length == 0)
			break;
	}
	return (ssize_t)taken;
}

void
tls_stream_end(struct tls_stream *stream, int fd)
{
	if (stream->rest != NULL ||
	    (stream->state != TLS_DONE && stream->state != TLS_ENDED))
		return;
	own(stream);
	ERR_clear_error();
	/* 0: it is sent, and the peer's not yet here */
	if (SSL_shutdown(stream->ssl) < 0)
		ERR_clear_error();
	if (tls_stream_flush(stream, fd) == -1) {
		stream->state = TLS_FAILED;
		stream->error = "the connection is broken";
	}
}

const char *
tls_stream_error(const struct tls_stream *stream)
{
	return stream->error;
}

size_t
tls_stream_held(const struct tls_stream *stream)
{
	if (stream == NULL)
		return 0;
	return sizeof(*stream) +
	    (stream->rest == NULL ? 0 : stream->rest_length);
}
