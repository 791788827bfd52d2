/*
 * Loads an echo server at depth 1: each connection sends a message, waits for
 * the echo, sends the next. Prints what was agreed, then reads numbers from
 * standard input; for each it has so many messages echoed, and prints a line.
 *
 * It shall cost less than any server it loads, which has to read what it has
 * never seen: messages are made, compressed and masked before the first is
 * sent, and only the first replies of each connection are looked into.
 *
 * usage: load [-b bytes] [-c connections] [-d alone|takeover] port path
 */
#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/entropy.h"
#include "proto/deflate_engine.h"
#include "proto/handshake_client.h"
#include "proto/message.h"
#include "tests/bench/messages.h"

enum {
	CHECKED = 4, /* replies of a connection that are looked into */
	MESSAGE_MAX = 60000,
	INPUT_SIZE = 1 << 16,
	HEAD_MAX = 4096,
	HEADERS_MAX = 32,
	EVENTS_MAX = 64
};

struct connection {
	int descriptor;
	uint32_t sent; /* messages; the last of them is what is echoed next */
	struct message_reader reader;
	struct deflate_decoder decoder; /* while replies are looked into */
};

struct load {
	/* what is asked for */
	uint16_t port;
	const char *path;
	size_t connection_count;
	size_t message_bytes;
	struct deflate_config deflate;
	/* what is there */
	struct connection *connections;
	int epoll;
	struct frame_rules rules;
	struct deflate_pool *pool;
	struct deflate_params params; /* the same for all connections */
	struct messages messages;     /* each connection sends them in turn */
	/* of the run */
	uint64_t to_send;
	uint64_t to_receive;
	uint64_t reply_bytes; /* as they came, headers included */
};

static int
connect_to(uint16_t port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int descriptor = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (descriptor == -1 ||
	    connect(descriptor, (struct sockaddr *)&address, sizeof(address)) ==
	        -1)
		err(1, "connect");
	if (setsockopt(
	        descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == -1)
		err(1, "TCP_NODELAY");
	return descriptor;
}

/* Reads a head, behind which nothing comes unasked. */
static void
read_head(int descriptor, struct http_parser *parser, uint8_t head[HEAD_MAX])
{
	struct proto_error error;
	size_t length = 0;
	ssize_t got;

	for (;;) {
		got = recv(descriptor, head + length, HEAD_MAX - length, 0);
		if (got <= 0)
			errx(1, "no response");
		length += (size_t)got;
		switch (http_parse(parser, span_from(head, length), &error)) {
		case PARSE_DONE:
			return;
		case PARSE_MORE:
			break;
		case PARSE_BAD:
			errx(1, "malformed response: %s", error.text);
		}
	}
}

static void
judge(struct load *load, const struct handshake_client *client,
    const struct http_head *response)
{
	struct span value = SPAN_LITERAL("");
	const char *error;

	if (handshake_client_judge(client, response, &error) !=
	    HANDSHAKE_ACCEPTED)
		errx(1, "status %u: %s", response->parser->status, error);
	http_head_header(response, "Sec-WebSocket-Extensions", &value);
	if (load->deflate.is_enabled &&
	    deflate_confirm(&load->deflate, value, &load->params) == -1)
		errx(1, "unfit extensions: %.*s", (int)value.length,
		    (const char *)value.data);
	if (load->messages.texts[0].data == NULL)
		printf("agreed: %.*s\n", (int)value.length,
		    (const char *)value.data);
}

/* Asks for the upgrade and waits for it. */
static void
upgrade(struct load *load, int descriptor)
{
	const struct http_limits limits = {HEAD_MAX, HEADERS_MAX};
	struct handshake_client client = {.host = SPAN_LITERAL("bench"),
	    .path = span_from_string(load->path)};
	uint8_t nonce[HANDSHAKE_NONCE_LENGTH], head[HEAD_MAX];
	struct http_header headers[HEADERS_MAX];
	char offer[DEFLATE_VALUE_SIZE], request[1024];
	struct http_parser parser;
	size_t length;

	entropy_fill(nonce, sizeof(nonce));
	handshake_client_key(nonce, client.key);
	if (load->deflate.is_enabled)
		client.extensions = span_from(
		    offer, deflate_write_offer(&load->deflate, offer));
	length = handshake_client_write(&client, request, sizeof(request));
	if (send(descriptor, request, length, 0) != (ssize_t)length)
		err(1, "send");
	http_parser_init_response(&parser, &limits, headers);
	read_head(descriptor, &parser, head);
	judge(load, &client,
	    &(struct http_head){&parser, span_from(head, parser.length)});
}

static void
open_connections(struct load *load)
{
	struct connection *c;

	for (size_t i = 0; i < load->connection_count; i++) {
		c = &load->connections[i];
		c->descriptor = connect_to(load->port);
		upgrade(load, c->descriptor);
		deflate_decoder_init(&c->decoder, load->params.server);
		if (i == 0)
			messages_init(&load->messages, load->message_bytes,
			    load->params.client.window_bits);
		if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, c->descriptor,
		        &(struct epoll_event){EPOLLIN, {.ptr = c}}) == -1)
			err(1, "epoll_ctl");
	}
}

static void
send_next(struct load *load, struct connection *c)
{
	struct bytes frame = load->messages.frames[c->sent++ % MESSAGES_COUNT];

	load->to_send--;
	/* no more than this is ever under way: it finds room */
	if (send(c->descriptor, frame.data, frame.length, 0) !=
	    (ssize_t)frame.length)
		err(1, "send");
}

static void
check_reply(
    struct load *load, struct connection *c, const struct message *message)
{
	struct bytes wanted =
	    load->messages.texts[(c->sent - 1) % MESSAGES_COUNT];
	struct bytes got = message->payload;

	if (load->deflate.is_enabled &&
	    deflate_decode(&c->decoder, load->pool,
	        span_from(got.data, got.length), MESSAGE_MAX,
	        &got) != INFLATE_DONE)
		errx(1, "a reply cannot be inflated");
	if (got.length != wanted.length ||
	    memcmp(got.data, wanted.data, wanted.length) != 0)
		errx(1, "a reply is not the echo");
}

static void
take_reply(
    struct load *load, struct connection *c, const struct message *message)
{
	if (message->opcode != FRAME_TEXT ||
	    message->rsv != load->rules.rsv_allowed)
		errx(1, "unexpected frame: opcode %d, reserved bits 0x%x",
		    message->opcode, message->rsv);
	if (c->sent <= CHECKED)
		check_reply(load, c, message);
	if (c->sent == CHECKED)
		deflate_decoder_release(&c->decoder);
	load->to_receive--;
	if (load->to_send > 0)
		send_next(load, c);
}

static void
receive(struct load *load, struct connection *c)
{
	static uint8_t input[INPUT_SIZE];
	ssize_t got = recv(c->descriptor, input, sizeof(input), MSG_DONTWAIT);
	enum message_event event = MESSAGE_READY;
	struct message message;
	struct bytes in;

	if (got == -1)
		err(1, "recv");
	if (got == 0)
		errx(1, "the server closed a connection");
	load->reply_bytes += (size_t)got;
	in = (struct bytes){input, (size_t)got};
	while (event == MESSAGE_READY) {
		event = message_read(&c->reader, &load->rules, &in, &message);
		if (event == MESSAGE_READY)
			take_reply(load, c, &message);
	}
	if (event != MESSAGE_MORE)
		errx(1, "malformed reply");
}

/* Has so many messages echoed. */
static void
run(struct load *load, uint64_t messages)
{
	struct epoll_event events[EVENTS_MAX];
	int count;

	load->to_send = messages;
	load->to_receive = messages;
	load->reply_bytes = 0;
	for (size_t i = 0; i < load->connection_count && load->to_send; i++)
		send_next(load, &load->connections[i]);
	while (load->to_receive > 0) {
		count = epoll_wait(load->epoll, events, EVENTS_MAX, -1);
		if (count == -1)
			err(1, "epoll_wait");
		for (int i = 0; i < count; i++)
			receive(load, events[i].data.ptr);
	}
}

static void
load_release(struct load *load)
{
	for (size_t i = 0; i < load->connection_count; i++) {
		close(load->connections[i].descriptor);
		deflate_decoder_release(&load->connections[i].decoder);
		message_reader_release(&load->connections[i].reader);
	}
	messages_release(&load->messages);
	free(load->connections);
	deflate_pool_free(&load->pool);
	close(load->epoll);
}

static struct deflate_config
deflate_from(const char *word)
{
	bool has_takeover = strcmp(word, "takeover") == 0;

	if (!has_takeover && strcmp(word, "alone") != 0)
		errx(64, "-d takes alone or takeover");
	return (struct deflate_config){
	    .is_enabled = true,
	    .server_takeover = has_takeover,
	    .client_takeover = has_takeover,
	    .server_window_bits = DEFLATE_WINDOW_MAX,
	    .client_window_bits = DEFLATE_WINDOW_MAX,
	};
}

static void
read_options(struct load *load, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "b:c:d:")) != -1)
		switch (option) {
		case 'b':
			load->message_bytes = strtoul(optarg, NULL, 10);
			break;
		case 'c':
			load->connection_count = strtoul(optarg, NULL, 10);
			break;
		case 'd':
			load->deflate = deflate_from(optarg);
			break;
		default:
			exit(64);
		}
	if (argc - optind != 2 || load->connection_count == 0 ||
	    load->message_bytes > MESSAGE_MAX)
		errx(64,
		    "usage: load [-b bytes] [-c connections] "
		    "[-d alone|takeover] port path");
	load->port = (uint16_t)strtoul(argv[optind], NULL, 10);
	load->path = argv[optind + 1];
}

int
main(int argc, char **argv)
{
	struct load load = {.connection_count = 50, .message_bytes = 1024};
	uint64_t messages;

	read_options(&load, argc, argv);
	load.rules = (struct frame_rules){
	    .max_frame_bytes = MESSAGE_MAX,
	    .max_message_bytes = MESSAGE_MAX,
	    .role = FRAME_CLIENT,
	    .rsv_allowed = load.deflate.is_enabled ? FRAME_RSV1 : 0,
	};
	load.connections =
	    calloc(load.connection_count, sizeof(*load.connections));
	load.pool = deflate_pool_new();
	load.epoll = epoll_create1(0);
	if (load.connections == NULL || load.pool == NULL || load.epoll == -1)
		err(1, "start");
	setlinebuf(stdout);
	open_connections(&load);
	while (scanf("%" SCNu64, &messages) == 1) {
		run(&load, messages);
		printf("messages=%" PRIu64 " reply_bytes=%" PRIu64 "\n",
		    messages, load.reply_bytes);
	}
	load_release(&load);
}
