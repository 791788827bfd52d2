/*
 * Echo and broadcast with libwebsockets, one thread. Listens at 127.0.0.1, at a
 * port of the system's choice. permessage-deflate is offered to whoever asks.
 * Messages go back in the pieces in which they come: joining them would cost
 * the library more.
 */
#include <err.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { RECEIVE_BYTES = 64 << 10, PATH_MAX_BYTES = 64 };

/* What waits to be sent to one session. */
struct piece {
	struct piece *next;
	size_t length;
	enum lws_write_protocol how;
	unsigned char bytes[]; /* LWS_PRE and the payload */
};

struct session {
	struct lws *wsi;
	bool is_member;
	struct session *next; /* of the members */
	struct piece *first;
	struct piece **end;
};

static struct session *members;
static volatile sig_atomic_t is_over;

static void
on_signal(int number)
{
	(void)number;
	is_over = 1;
}

static void
opened(struct session *session, struct lws *wsi)
{
	char path[PATH_MAX_BYTES] = "";

	lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI);
	*session = (struct session){.wsi = wsi};
	session->end = &session->first;
	session->is_member = strcmp(path, "/broadcast") == 0;
	if (session->is_member) {
		session->next = members;
		members = session;
	}
}

static void
closed(struct session *session)
{
	struct session **at = &members;

	while (*at != NULL && *at != session)
		at = &(*at)->next;
	if (*at != NULL)
		*at = session->next;
	while (session->first != NULL) {
		struct piece *piece = session->first;

		session->first = piece->next;
		free(piece);
	}
}

static void
push(struct session *session, const void *data, size_t length,
    enum lws_write_protocol how)
{
	struct piece *piece = malloc(sizeof(*piece) + LWS_PRE + length);

	if (piece == NULL)
		err(1, "malloc");
	piece->next = NULL;
	piece->length = length;
	piece->how = how;
	memcpy(piece->bytes + LWS_PRE, data, length);
	*session->end = piece;
	session->end = &piece->next;
	lws_callback_on_writable(session->wsi);
}

static void
received(struct session *session, const void *data, size_t length)
{
	struct lws *wsi = session->wsi;
	enum lws_write_protocol how =
	    (enum lws_write_protocol)lws_write_ws_flags(
	        lws_frame_is_binary(wsi) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT,
	        lws_is_first_fragment(wsi), lws_is_final_fragment(wsi));

	if (!session->is_member) {
		push(session, data, length, how);
		return;
	}
	for (struct session *to = members; to != NULL; to = to->next)
		push(to, data, length, how);
}

static int
send_first(struct session *session)
{
	struct piece *piece = session->first;
	int sent;

	if (piece == NULL)
		return 0;
	sent = lws_write(
	    session->wsi, piece->bytes + LWS_PRE, piece->length, piece->how);
	session->first = piece->next;
	if (session->first == NULL)
		session->end = &session->first;
	else
		lws_callback_on_writable(session->wsi);
	free(piece);
	return sent < 0 ? -1 : 0;
}

static int
callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t length)
{
	switch ((int)reason) {
	case LWS_CALLBACK_ESTABLISHED:
		opened(user, wsi);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		received(user, in, length);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return send_first(user);
	case LWS_CALLBACK_CLOSED:
		closed(user);
		return 0;
	}
	return lws_callback_http_dummy(wsi, reason, user, in, length);
}

int
main(void)
{
	static const struct lws_protocols protocols[] = {
	    {.name = "any",
	        .callback = callback,
	        .per_session_data_size = sizeof(struct session),
	        .rx_buffer_size = RECEIVE_BYTES},
	    {.name = NULL},
	};
	static const struct lws_extension extensions[] = {
	    {"permessage-deflate", lws_extension_callback_pm_deflate,
	        "permessage-deflate"},
	    {NULL, NULL, NULL},
	};
	struct lws_context_creation_info info = {
	    .iface = "127.0.0.1",
	    .protocols = protocols,
	    .extensions = extensions,
	    .pt_serv_buf_size = RECEIVE_BYTES,
	    .options = LWS_SERVER_OPTION_DISABLE_IPV6,
	};
	struct lws_context *context;

	lws_set_log_level(LLL_ERR, NULL);
	signal(SIGTERM, on_signal);
	context = lws_create_context(&info);
	if (context == NULL)
		errx(1, "no context");
	while (!is_over && lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);
	return 0;
}
