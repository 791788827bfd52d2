/* Dialling, sending, receiving, and the end. */
#include "bench/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/endian.h"
#include "bench/upgrade.h"
#include "net/dial.h"
#include "proto/closecode.h"
#include "proto/http_host.h"
#include "proto/mask.h"

enum {
	/* from one address to one other there are some 28 000 ports */
	PORTS_PER_ADDRESS = 20000,
	SMALL_FRAME_MAX = FRAME_HEADER_MAX + FRAME_CONTROL_MAX,
	/* events that an end of the connection, of any kind, comes with */
	ENDED = EPOLLRDHUP | EPOLLHUP | EPOLLERR
};

/* The answer to a ping, to go out between two messages. */
struct pong {
	size_t length;
	uint8_t frame[SMALL_FRAME_MAX];
};

/* Writes a masked control frame. Returns its length. */
static size_t
control_write(struct load *load, uint8_t opcode, struct span payload,
    uint8_t out[SMALL_FRAME_MAX])
{
	struct frame frame = frame_from(FRAME_FIN | opcode, payload.length);
	size_t length;

	frame.is_masked = true;
	entropy_take(&load->entropy, frame.key, sizeof(frame.key));
	length = frame_write(&frame, out);
	mask_copy(out + length, payload.data, payload.length, frame.key, 0);
	return length + payload.length;
}

/* On 127.0.0.0/8 the load has as many addresses as it needs. Returns from, or
 * NULL where the system is to choose. */
static const struct sockaddr_in *
choose_source(const struct load *load, struct sockaddr_in *from)
{
	const struct sockaddr_in *to =
	    (const struct sockaddr_in *)(const void *)&load->address;
	uint32_t number = load->open / PORTS_PER_ADDRESS;

	if (load->address.ss_family != AF_INET || number == 0 ||
	    ntohl(to->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
		return NULL;
	*from = (struct sockaddr_in){.sin_family = AF_INET,
	    .sin_addr = {htonl(INADDR_LOOPBACK + number)}};
	return from;
}

void
connection_dial(struct load *load, struct connection *c)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
	    .data = {.ptr = c},
	};
	struct sockaddr_in from;

	c->begun_ns = clock_now_ns();
	c->fd = dial_from(
	    choose_source(load, &from), &load->address, load->address_length);
	if (c->fd == -1)
		load_fail(errno == EMFILE ? EX_OSERR : EX_UNAVAILABLE,
		    "connecting: %s", strerror(errno));
	if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, c->fd, &event) == -1)
		load_fail(EX_OSERR, "epoll_ctl: %s", strerror(errno));
	c->state = CONNECTION_DIALING;
	c->payloads = &load->payloads;
	c->due = c->sent = c->received = 0;
	c->sent_bytes = 0;
	c->reader = (struct piece_reader){0};
	load->opening++;
}

/* As send(2). What is enciphered counts as sent. */
static ssize_t
write_bytes(struct connection *c, struct span bytes)
{
	struct iovec part = {(void *)(uintptr_t)bytes.data, bytes.length};
	ssize_t sent;

	if (c->tls == NULL)
		return send(c->fd, bytes.data, bytes.length, MSG_NOSIGNAL);
	sent = tls_stream_send(c->tls, c->fd, &part, 1);
	if (sent != 0)
		return sent;
	errno = EAGAIN;
	return -1;
}

/* Sends what TLS has gathered or kept. */
static void
flush_tls(struct connection *c)
{
	if (c->tls != NULL && tls_stream_flush(c->tls, c->fd) == -1)
		load_fail(1, "sending: %s", strerror(errno));
}

/* Goes on with the handshake of TLS. Returns what follows it, which is at the
 * start of the input. */
static struct bytes
secure(struct load *load, struct connection *c, struct bytes in)
{
	struct span rest = span_from(in.data, in.length);

	tls_stream_handshake(c->tls, &rest);
	flush_tls(c);
	bytes_advance(&in, in.length - rest.length);
	switch (tls_stream_state(c->tls)) {
	case TLS_MORE:
		return (struct bytes){NULL, 0};
	case TLS_DONE:
		break;
	case TLS_ENDED:
	case TLS_FAILED:
		load_fail(EX_UNAVAILABLE, "TLS: %s", tls_stream_error(c->tls));
	}
	c->state = CONNECTION_UPGRADING;
	upgrade_begin(load, c);
	return in;
}

static void
begin_tls(struct load *load, struct connection *c)
{
	c->state = CONNECTION_SECURING;
	c->tls = tls_stream_new_client(
	    load->tls, &load->tls_port, http_host_name(load->host));
	if (c->tls == NULL)
		load_fail(EX_OSERR, "out of memory");
	secure(load, c, (struct bytes){load->input, 0});
}

/* There is a connection, or there is none. */
static void
dialled(struct load *load, struct connection *c, uint32_t events)
{
	int error = events & ENDED ? dial_result(c->fd) : 0;

	if (error != 0)
		load_fail(EX_UNAVAILABLE, "connecting: %s", strerror(error));
	if (load->tls != NULL) {
		begin_tls(load, c);
		return;
	}
	c->state = CONNECTION_UPGRADING;
	upgrade_begin(load, c);
}

void
connection_send_all(struct connection *c, struct span bytes)
{
	ssize_t sent = write_bytes(c, bytes);

	if (sent == -1)
		load_fail(1, "sending: %s", strerror(errno));
	if ((size_t)sent != bytes.length)
		load_fail(1, "the server takes nothing");
}

/* Moves on by what the kernel took. */
static void
count_sent(struct connection *c, size_t bytes)
{
	bytes += c->sent_bytes;
	while (c->sent < c->due) {
		size_t length = payloads_frame_length(c->payloads, c->sent);

		if (bytes < length)
			break;
		bytes -= length;
		c->sent++;
	}
	c->sent_bytes = bytes;
}

/* Between two messages, if one is owed and there is room for it. */
static void
send_pong(struct connection *c)
{
	ssize_t sent;

	if (c->pong == NULL || c->sent_bytes > 0)
		return;
	sent = write_bytes(c, span_from(c->pong->frame, c->pong->length));
	if (sent == -1 && errno == EAGAIN)
		return;
	if (sent != (ssize_t)c->pong->length)
		load_fail(1, "the server takes no pong");
	free(c->pong);
	c->pong = NULL;
}

void
connection_send(struct connection *c)
{
	send_pong(c);
	while (c->sent < c->due) {
		struct span frames;
		ssize_t sent;

		frames = payloads_frames(
		    c->payloads, c->sent, c->sent_bytes, c->due - c->sent);
		sent = write_bytes(c, frames);
		if (sent == -1 && errno == EAGAIN)
			return;
		if (sent == -1)
			load_fail(1, "sending: %s", strerror(errno));
		count_sent(c, (size_t)sent);
		send_pong(c);
	}
}

void
connection_close(struct load *load, struct connection *c)
{
	static const uint8_t normal[] = {
	    CLOSECODE_NORMAL >> 8, CLOSECODE_NORMAL & 0xff};
	uint8_t frame[SMALL_FRAME_MAX];
	size_t length = control_write(
	    load, FRAME_CLOSE, span_from(normal, sizeof(normal)), frame);

	c->state = CONNECTION_CLOSING;
	connection_send_all(c, span_from(frame, length));
}

static void
owe_pong(struct load *load, struct connection *c, struct span payload)
{
	if (c->pong == NULL)
		c->pong = malloc(sizeof(*c->pong));
	if (c->pong == NULL)
		load_fail(EX_OSERR, "out of memory");
	/* the newest ping is enough to answer (RFC 6455 §5.5.3) */
	c->pong->length =
	    control_write(load, FRAME_PONG, payload, c->pong->frame);
	send_pong(c);
}

static void
on_control(struct load *load, struct connection *c, const struct piece *piece)
{
	if (piece->opcode == FRAME_PING && c->state == CONNECTION_OPEN)
		owe_pong(load, c, piece->payload);
	if (piece->opcode == FRAME_CLOSE && c->state == CONNECTION_OPEN)
		load_fail(1, "the server closed a session: code %u",
		    piece->payload.length < 2 ? CLOSECODE_NONE
		                              : get_be16(piece->payload.data));
}

/* Frames, as they come. */
static void
take_frames(struct load *load, struct connection *c, struct span in)
{
	enum piece_event event;
	struct piece piece;

	while ((event = piece_read(&c->reader, &load->rules, &in, &piece)) !=
	    PIECE_NONE) {
		if (event == PIECE_BAD)
			load_fail(1, "malformed reply: %s", piece.error.text);
		else if (event == PIECE_CONTROL)
			on_control(load, c, &piece);
		else if (c->state == CONNECTION_OPEN)
			load->mode->piece(load, c, &piece);
	}
}

static void
take_input(struct load *load, struct connection *c, struct span in)
{
	if (c->state == CONNECTION_UPGRADING) {
		if (!upgrade_read(load, c, &in))
			return;
		upgrade_end(c);
		c->state = CONNECTION_OPEN;
		load->opening--;
		load->open++;
		load->mode->opened(load, c);
	}
	load->measure.reply_bytes += in.length;
	take_frames(load, c, in);
}

/* The server has hung up. */
static void
take_end(struct load *load, struct connection *c)
{
	if (c->state != CONNECTION_CLOSING)
		load_fail(1, "the server ended a connection");
	load->open--;
	connection_release(c);
	load->mode->closed(load, c);
}

/* What was received, deciphered where that is due. */
static void
take_received(struct load *load, struct connection *c, struct bytes in)
{
	load->progress_ns = load->now_ns;
	if (c->state == CONNECTION_SECURING)
		in = secure(load, c, in);
	if (c->tls != NULL && in.length > 0)
		tls_stream_decrypt(c->tls, load->input, &in);
	if (c->tls != NULL && tls_stream_state(c->tls) == TLS_FAILED)
		load_fail(1, "receiving: %s", tls_stream_error(c->tls));
	if (in.length > 0)
		take_input(load, c, span_from(in.data, in.length));
}

/* Edges are told once: reads until nothing is left. */
static void
receive(struct load *load, struct connection *c, uint32_t events)
{
	uint8_t *place = load->input + TLS_HEADROOM;
	ssize_t got;

	do {
		got = recv(c->fd, place, LOAD_RECEIVE_BYTES, 0);
		if (got == -1 && errno == EAGAIN)
			return;
		/* a server may reset what it has closed */
		if (got == 0 || (got == -1 && c->state == CONNECTION_CLOSING)) {
			take_end(load, c);
			return;
		}
		if (got == -1)
			load_fail(1, "receiving: %s", strerror(errno));
		take_received(load, c, (struct bytes){place, (size_t)got});
	} while (got == LOAD_RECEIVE_BYTES || events & ENDED);
}

void
connection_event(struct load *load, struct connection *c, uint32_t events)
{
	if (c->state == CONNECTION_DIALING && events & (EPOLLOUT | ENDED))
		dialled(load, c, events);
	if (events & EPOLLOUT)
		flush_tls(c);
	if (events & (EPOLLIN | ENDED))
		receive(load, c, events);
	if (c->state == CONNECTION_OPEN)
		connection_send(c);
}

void
connection_release(struct connection *c)
{
	upgrade_end(c);
	free(c->pong);
	c->pong = NULL;
	tls_stream_free(&c->tls);
	if (c->state != CONNECTION_NONE)
		close(c->fd);
	c->state = CONNECTION_NONE;
}
