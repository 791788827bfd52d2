/* The bench's peers: clients on socket pairs. */
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/closecode.h"
#include "proto/frame.h"
#include "proto/handshake.h"
#include "proto/mask.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/opcode_name.h"

/* An assertion that does not allocate: allocations may be set to fail. */
#define REQUIRE(condition)                              \
	do {                                            \
		if (!(condition))                       \
			ck_abort_msg("%s", #condition); \
	} while (0)

/* Send buffers: all that the tests send fits, or next to nothing does. */
enum { WIDE = 1 << 20, NARROW = 1 };

#define REQUEST                         \
	"GET /chat HTTP/1.1\r\n"        \
	"Host: localhost\r\n"           \
	"Upgrade: websocket\r\n"        \
	"Connection: Upgrade\r\n"       \
	"Sec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

const char bench_request[] = REQUEST "\r\n";

/* The lowest free slot, which is the one that is taken next. */
static uint32_t
next_slot(void)
{
	uint32_t slot = 0;

	while (table_get(&bench.worker->table, slot) != NULL)
		slot++;
	return slot;
}

static void
connect_with(struct peer *peer, int send_buffer)
{
	const struct addr address = {
	    .family = ADDR_IPV4, .port = 4711, .ip = {127, 0, 0, 1}};
	uint32_t slot = next_slot();
	int fds[2];

	memset(peer, 0, sizeof(*peer));
	peer->is_http = true;
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	REQUIRE(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &send_buffer,
	            sizeof(send_buffer)) == 0);
	peer->fd = fds[0];
	session_accept(bench.worker, &bench.listener_conf, fds[1], &address);
	peer->session = table_get(&bench.worker->table, slot);
}

void
peer_connect(struct peer *peer)
{
	connect_with(peer, WIDE);
}

void
peer_connect_narrow(struct peer *peer)
{
	connect_with(peer, NARROW);
}

static void
upgrade(struct peer *peer, const char *request)
{
	peer_write(peer, span_from_string(request));
	bench_run();
	ck_assert_str_eq(peer_heard(peer), "http=101 ");
	ck_assert_str_eq(bench_calls(), "open ");
}

void
peer_open(struct peer *peer)
{
	peer_connect(peer);
	upgrade(peer, bench_request);
}

void
peer_open_narrow(struct peer *peer)
{
	peer_connect_narrow(peer);
	upgrade(peer, bench_request);
}

/* Upgrades with an offer of extensions. */
static void
upgrade_extended(struct peer *peer, const char *offer)
{
	char request[512];

	snprintf(request, sizeof(request),
	    REQUEST "Sec-WebSocket-Extensions: %s\r\n\r\n", offer);
	upgrade(peer, request);
}

void
peer_open_extended(struct peer *peer, const char *offer)
{
	peer_connect(peer);
	upgrade_extended(peer, offer);
}

void
peer_open_extended_narrow(struct peer *peer, const char *offer)
{
	peer_connect_narrow(peer);
	upgrade_extended(peer, offer);
}

/* A socket that listens on a free port of the loopback address. */
static int
listen_somewhere(uint16_t *port_out)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	REQUIRE(fd != -1);
	REQUIRE(bind(fd, (const struct sockaddr *)&address, length) == 0);
	REQUIRE(listen(fd, 1) == 0);
	REQUIRE(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
	*port_out = ntohs(address.sin_port);
	return fd;
}

void
peer_call(struct peer *peer, struct framed_connect_options options)
{
	struct framed_worker *worker =
	    (struct framed_worker *)&bench.worker->tenure->seats.list[0];
	uint32_t slot = next_slot();
	const int on = 1;
	uint16_t port;
	char url[64];

	memset(peer, 0, sizeof(*peer));
	peer->is_server = peer->is_http = true;
	peer->listening = listen_somewhere(&port);
	snprintf(url, sizeof(url), "ws://127.0.0.1:%u/feed?x=1", port);
	options.size = sizeof(options);
	options.url = url;
	peer->fd = -1;
	if (framed_connect(worker, &options, NULL) != FRAMED_QUEUED)
		return;
	peer->session = table_get(&bench.worker->table, slot);
	bench_run();
	peer->fd = accept4(peer->listening, NULL, NULL, SOCK_NONBLOCK);
	if (peer->fd == -1)
		return;
	/* what is written is there at once */
	REQUIRE(setsockopt(
	            peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
	peer_heard(peer);
}

/* The line that answers the key of the request that was heard. */
static void
write_accept(const struct peer *peer, char line[64])
{
	static const char name[] = "Sec-WebSocket-Key: ";
	const char *key = strstr(peer->response, name);
	char accept[HANDSHAKE_ACCEPT_LENGTH];

	REQUIRE(key != NULL);
	key += strlen(name);
	REQUIRE(handshake_accept(
	            span_from(key, HANDSHAKE_KEY_LENGTH), accept) == 0);
	snprintf(line, 64, "Sec-WebSocket-Accept: %.*s\r\n",
	    (int)sizeof(accept), accept);
}

void
peer_write_answer(
    const struct peer *peer, const char *lines, char *response, size_t size)
{
	char accept[64];

	write_accept(peer, accept);
	snprintf(response, size,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "%s%s\r\n",
	    accept, lines);
}

void
peer_answer(struct peer *peer, const char *lines)
{
	char response[512];

	peer_write_answer(peer, lines, response, sizeof(response));
	peer_write(peer, span_from_string(response));
}

void
peer_open_as_server(struct peer *peer)
{
	peer_call(peer, (struct framed_connect_options){.token = 7});
	peer_answer(peer, "");
	bench_run();
	ck_assert_str_eq(bench_calls(), "open ");
}

void
peer_close(struct peer *peer)
{
	if (peer->fd != -1)
		close(peer->fd);
	peer->fd = -1;
	if (peer->is_server)
		close(peer->listening);
	peer->is_server = false;
	message_reader_release(&peer->reader);
}

void
peer_write(struct peer *peer, struct span bytes)
{
	ssize_t sent = send(peer->fd, bytes.data, bytes.length, MSG_NOSIGNAL);

	REQUIRE(sent == (ssize_t)bytes.length);
}

void
peer_send(struct peer *peer, uint8_t first, struct span payload)
{
	const struct frame frame = {.length = payload.length,
	    .opcode = first & 0x0f,
	    .flags = first & 0xf0,
	    .is_masked = !peer->is_server,
	    .key = {1, 2, 3, 4}};
	uint8_t *bytes = malloc(FRAME_HEADER_MAX + payload.length);
	size_t header;

	ck_assert_ptr_nonnull(bytes);
	header = frame_write(&frame, bytes);
	if (payload.length > 0)
		memcpy(bytes + header, payload.data, payload.length);
	if (frame.is_masked)
		mask_copy(bytes + header, bytes + header, payload.length,
		    frame.key, 0);
	peer_write(peer, span_from(bytes, header + payload.length));
	free(bytes);
}

void
peer_say(struct peer *peer, const char *text)
{
	peer_send(peer, FRAME_FIN | FRAME_TEXT, span_from_string(text));
}

void
peer_say_close(struct peer *peer, uint16_t code, const char *text)
{
	const struct close_body body = {code, span_from_string(text)};
	uint8_t payload[FRAME_CONTROL_MAX];

	peer_send(peer, FRAME_FIN | FRAME_CLOSE,
	    span_from(payload, close_body_write(&body, payload)));
}

/* Receives more, when all has been read. Returns whether there is anything. */
static bool
peer_receive(struct peer *peer)
{
	ssize_t got;

	if (peer->in.length > 0)
		return true;
	got = recv(peer->fd, peer->buffer, sizeof(peer->buffer), 0);
	if (got == -1 && errno == EAGAIN)
		return false;
	if (got <= 0) {
		peer->is_over = true;
		return false;
	}
	peer->in = (struct bytes){peer->buffer, (size_t)got};
	return true;
}

/* Reads the head of a response, which came in one piece; its body is taken for
 * it where there are no frames to come. Or that of a request. */
static void
hear_head(struct peer *peer)
{
	const char *head, *end;
	int status = 101;

	if (!peer_receive(peer))
		return;
	head = (const char *)peer->in.data;
	end = memmem(head, peer->in.length, "\r\n\r\n", 4);
	REQUIRE(end != NULL);
	if (!peer->is_server) {
		REQUIRE(sscanf(head, "HTTP/1.1 %d ", &status) == 1);
		text_add(&peer->heard, "http=%d ", status);
	}
	snprintf(peer->response, sizeof(peer->response), "%.*s",
	    (int)(end + 2 - head), head);
	if (status == 101) {
		peer->is_http = false;
		bytes_advance(&peer->in, (size_t)(end + 4 - head));
	} else {
		bytes_advance(&peer->in, peer->in.length);
	}
}

bool
peer_next(struct peer *peer, struct message *message_out)
{
	const struct frame_rules rules = {
	    .role = peer->is_server ? FRAME_SERVER : FRAME_CLIENT,
	    .max_frame_bytes = UINT32_MAX,
	    .max_message_bytes = UINT32_MAX,
	    .rsv_allowed = peer->is_raw ? 0 : FRAME_RSV1,
	    .is_raw = peer->is_raw,
	};
	enum message_event event;

	do {
		event =
		    message_read(&peer->reader, &rules, &peer->in, message_out);
		if (event == MESSAGE_READY)
			return true;
		if (event != MESSAGE_MORE)
			ck_abort_msg("the session broke a rule: %s",
			    message_out->error.text);
	} while (peer_receive(peer));
	return false;
}

static void
note_close(struct peer *peer, const struct message *message)
{
	struct proto_error error;
	struct close_body body;

	if (close_body_read(
	        span_from(message->payload.data, message->payload.length),
	        &body, &error) == 0) {
		text_add(&peer->heard, "close=%u:%.*s ", body.code,
		    (int)body.text.length, (const char *)body.text.data);
		return;
	}
	if (!peer->is_raw)
		ck_abort_msg("the server sent a wrong Close: %s", error.text);
	text_add(&peer->heard, "close=wrong ");
}

static void
note_frame(struct peer *peer, const struct message *message)
{
	const char *name = opcode_name(message->opcode);
	const struct bytes *payload = &message->payload;
	const char *rsv = message->rsv == FRAME_RSV1 ? "encoded " : "";

	if (!message->is_final)
		text_add(&peer->heard, "+");
	if (message->opcode == FRAME_CLOSE) {
		note_close(peer, message);
	} else if (payload->length > 64) {
		text_add(&peer->heard, "%s%s*%zu ", rsv, name, payload->length);
	} else if (message->opcode == FRAME_PING) {
		/* what is in it is nobody's to foresee */
		text_add(&peer->heard, "ping ");
	} else {
		text_add(&peer->heard, "%s%s=%.*s ", rsv, name,
		    (int)payload->length, (const char *)payload->data);
	}
}

const char *
peer_heard(struct peer *peer)
{
	bool was_over = peer->is_over;
	struct message message;

	peer->heard.length = 0;
	peer->heard.bytes[0] = '\0';
	if (peer->is_http)
		hear_head(peer);
	while (peer_next(peer, &message))
		note_frame(peer, &message);
	if (peer->is_over && !was_over)
		text_add(&peer->heard, "end ");
	return peer->heard.bytes;
}
