/*
 * The floor: what the kernel takes for itself, and nothing of a server's. A loop
 * of epoll, recv, unmasking and send; it understands what framed-bench sends,
 * judges nothing, compresses nothing, and ends when something is odd. Large
 * messages go back piece by piece, as they come. Listens at 127.0.0.1, at a
 * port of the system's choice; /broadcast sends to all, once for each message.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/span.h"
#include "proto/frame.h"
#include "proto/handshake.h"
#include "proto/mask.h"

enum {
	RECEIVE_BYTES = 256 << 10,
	HEAD_MAX = 4096,
	EVENTS_MAX = 256,
	CONNECTIONS_MAX = 65536,
	BACKLOG = 1024
};

struct connection {
	int fd;
	uint32_t index; /* among the members, if it is one */
	bool is_open;
	bool is_member;
	bool is_closing; /* the peer's Close is here */
	struct frame_reader header;
	struct frame frame; /* under way */
	uint64_t taken;     /* payload bytes of it */
	uint8_t *rest;      /* what the kernel did not take, or NULL */
	size_t rest_length;
	size_t rest_sent;
};

static const struct frame_rules rules = {
    .max_frame_bytes = UINT64_C(1) << 40,
    .max_message_bytes = UINT64_C(1) << 40,
    .role = FRAME_SERVER,
};
static struct connection *members[CONNECTIONS_MAX];
static uint32_t member_count;
static uint8_t input[RECEIVE_BYTES];
/* a reply's header is shorter than the frame's it answers */
static uint8_t output[RECEIVE_BYTES + FRAME_HEADER_MAX];
static int loop;

static void
watch(int fd, void *owner)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = owner}};

	if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) == -1)
		err(1, "epoll_ctl");
}

static void
end(struct connection *c)
{
	if (c->is_member) {
		members[c->index] = members[--member_count];
		members[c->index]->index = c->index;
	}
	close(c->fd);
	free(c->rest);
	free(c);
}

/* Sends, and keeps what does not go out. */
static void
send_bytes(struct connection *c, const uint8_t *data, size_t length)
{
	ssize_t sent = 0;

	if (c->rest == NULL && length > 0)
		sent = send(c->fd, data, length, MSG_NOSIGNAL);
	if (sent == -1 && errno != EAGAIN)
		err(1, "send");
	if (sent < 0)
		sent = 0;
	length -= (size_t)sent;
	if (length == 0)
		return;
	c->rest = realloc(c->rest, c->rest_length + length);
	if (c->rest == NULL)
		err(1, "malloc");
	memcpy(c->rest + c->rest_length, data + sent, length);
	c->rest_length += length;
}

/* Returns whether all is out. */
static bool
send_rest(struct connection *c)
{
	while (c->rest != NULL) {
		ssize_t sent = send(c->fd, c->rest + c->rest_sent,
		    c->rest_length - c->rest_sent, MSG_NOSIGNAL);

		if (sent == -1)
			return false;
		c->rest_sent += (size_t)sent;
		if (c->rest_sent < c->rest_length)
			continue;
		free(c->rest);
		c->rest = NULL;
		c->rest_sent = c->rest_length = 0;
	}
	return true;
}

/* Writes the reply to a piece of input behind what is there. Returns its end. */
static uint8_t *
answer(struct connection *c, struct span *in, uint8_t *out)
{
	size_t count = in->length;

	if (count > c->frame.length - c->taken)
		count = (size_t)(c->frame.length - c->taken);
	mask_copy(out, in->data, count, c->frame.key, c->taken);
	c->taken += count;
	*in = span_from(in->data + count, in->length - count);
	return out + count;
}

static uint8_t *
begin_frame(struct connection *c, struct span *in, uint8_t *out)
{
	struct proto_error error;
	struct frame reply;

	switch (frame_read(&c->header, &rules, in, &c->frame, &error)) {
	case PARSE_DONE:
		break;
	case PARSE_MORE:
		return out;
	case PARSE_BAD:
		errx(1, "frame: %s", error.text);
	}
	c->taken = 0;
	c->is_closing = c->frame.opcode == FRAME_CLOSE;
	reply = frame_from(frame_first_byte(&c->frame), c->frame.length);
	return out + frame_write(&reply, out);
}

static void
deliver(struct connection *c, const uint8_t *data, size_t length)
{
	if (!c->is_member || c->is_closing) {
		send_bytes(c, data, length);
		return;
	}
	for (uint32_t i = 0; i < member_count; i++)
		send_bytes(members[i], data, length);
}

/* Frames come in pieces; several may come at once. */
static void
echo(struct connection *c, struct span in)
{
	uint8_t *out = output;

	while (in.length > 0) {
		if (c->taken == c->frame.length)
			out = begin_frame(c, &in, out);
		out = answer(c, &in, out);
	}
	deliver(c, output, (size_t)(out - output));
}

/* The head is short and comes in one piece. */
static void
upgrade(struct connection *c, size_t length)
{
	static const char name[] = "Sec-WebSocket-Key: ";
	char accept[HANDSHAKE_ACCEPT_LENGTH], head[256];
	const char *key;
	int size;

	input[length < HEAD_MAX ? length : HEAD_MAX] = '\0';
	key = strstr((const char *)input, name);
	if (key == NULL ||
	    handshake_accept(
	        span_from(key + strlen(name), HANDSHAKE_KEY_LENGTH), accept) ==
	        -1)
		errx(1, "no key");
	size = snprintf(head, sizeof(head),
	    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Accept: %.*s\r\n\r\n",
	    HANDSHAKE_ACCEPT_LENGTH, accept);
	c->is_open = true;
	send_bytes(c, (const uint8_t *)head, (size_t)size);
	if (strncmp((const char *)input, "GET /broadcast ", 15) != 0)
		return;
	c->is_member = true;
	c->index = member_count;
	members[member_count++] = c;
}

/* Returns whether there may be more: edges are told once. */
static bool
receive(struct connection *c)
{
	ssize_t got = recv(c->fd, input, RECEIVE_BYTES - 1, 0);

	if (got == -1 && errno == EAGAIN)
		return false;
	if (got <= 0) {
		end(c);
		return false;
	}
	if (c->is_open)
		echo(c, span_from(input, (size_t)got));
	else
		upgrade(c, (size_t)got);
	if (c->is_closing && c->taken == c->frame.length) {
		end(c);
		return false;
	}
	return got == RECEIVE_BYTES - 1;
}

static void
accept_all(int listener)
{
	const int on = 1;
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) != -1) {
		struct connection *c = calloc(1, sizeof(*c));

		if (c == NULL ||
		    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ==
		        -1)
			err(1, "accept");
		c->fd = fd;
		watch(fd, c);
	}
}

static int
open_listener(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    listen(fd, BACKLOG) == -1)
		err(1, "listen");
	return fd;
}

int
main(void)
{
	struct epoll_event events[EVENTS_MAX];
	int listener = open_listener(), count;

	loop = epoll_create1(0);
	watch(listener, NULL);
	for (;;) {
		count = epoll_wait(loop, events, EVENTS_MAX, -1);
		for (int i = 0; i < count; i++) {
			struct connection *c = events[i].data.ptr;

			if (c == NULL)
				accept_all(listener);
			else if (send_rest(c))
				while (receive(c))
					;
		}
	}
}
