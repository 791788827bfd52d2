/* Group "client/1": calls to servers, which the test plays. */
#include "fake/parts.h"

#include <stdlib.h>

/* The target of a URL: "ws://127.0.0.1:9001/feed", "ws+unix:/run/x:/feed". NULL
 * when it is none that can be called. */
static const char *
url_target(const char *url)
{
	size_t length;

	if (url == NULL)
		return NULL;
	if (strncmp(url, "ws+unix:/", 9) == 0) {
		url = strchr(url + 8, ':');
		return url == NULL ? "/" : url[1] == '/' ? url + 1 : NULL;
	}
	if (strncmp(url, "ws://", 5) == 0)
		url += 5;
	else if (strncmp(url, "wss://", 6) == 0)
		url += 6;
	else
		return NULL;
	/* names would have to be waited for: an address has no letters, but in
	 * brackets */
	length = *url == '[' ? strcspn(url, "]/") : strspn(url, "0123456789.");
	url += length + (*url == '[');
	if (length == 0)
		return NULL;
	if (*url == ':')
		url += 1 + strspn(url + 1, "0123456789");
	return *url == '\0' ? "/" : *url == '/' ? url : NULL;
}

/* Makes the session that is to be. Returns FRAMED_QUEUED or why not. */
static enum framed_result
begin(struct framed_worker *worker,
    const struct framed_connect_options *options,
    struct framed_session **session_out)
{
	struct framed_fake_request request = {
	    .target = url_target(options->url),
	    .subprotocols = options->subprotocols,
	};
	struct framed_session *session;

	if (options->size < sizeof(*options) || request.target == NULL ||
	    !framed_fake_may_add(options->headers))
		return FRAMED_INVALID;
	if (worker->endpoint->fake->is_stopping)
		return FRAMED_CLOSED;
	session = framed_fake_new_session(worker, &request);
	if (session == NULL)
		return FRAMED_NO_MEMORY;
	session->is_client = session->is_connecting = 1;
	session->url = framed_fake_copy(options->url);
	session->call.size = sizeof(session->call);
	session->call.token = options->token;
	session->call.url = session->url;
	*session_out = session;
	return FRAMED_QUEUED;
}

static enum framed_result
call_connect(struct framed_worker *worker,
    const struct framed_connect_options *options, uint64_t *id_out)
{
	struct framed_fake *fake = framed_fake_current;
	struct framed_session *session = NULL;
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_CONNECT,
	    .token = options->token,
	    .text = options->url,
	    .subprotocol = options->subprotocols,
	    .headers = options->headers,
	};
	enum framed_result result;

	if (fake == NULL || worker == NULL || fake->is_in_work) {
		framed_fake_blame(fake, "framed_connect",
		    worker == NULL ? "no worker" : "not in async_work");
		return FRAMED_INVALID;
	}
	note.result = begin(worker, options, &session);
	if (session != NULL)
		note.id = session->id;
	result = framed_fake_conclude(fake, &note);
	if (fake_is_taken(result) && session != NULL) {
		if (id_out != NULL)
			*id_out = session->id;
	} else if (session != NULL) {
		session->is_connecting = 0;
		session->state = FRAMED_FAKE_CLOSED;
	}
	return result;
}

static const struct framed_call *
call_call(const struct framed_session *session)
{
	if (framed_fake_enter(session, "framed_call") == NULL ||
	    !session->is_client)
		return NULL;
	return &session->call;
}

const struct framed_client *
framed_fake_client(void)
{
	static const struct framed_client client = {
	    .size = sizeof(client),
	    .connect = call_connect,
	    .call = call_call,
	};

	return &client;
}

/* The call with this id that is under way, or NULL. */
static struct framed_session *
find(uint64_t id)
{
	struct framed_session *session = framed_fake_find(id);

	return session != NULL && session->is_connecting ? session : NULL;
}

/* What the server answered takes the place of what was asked; the target
 * stays. Returns 0 or -1. */
static int
read_response(
    struct framed_session *session, const struct framed_fake_request *response)
{
	struct fake_head head;
	char *peer;

	if (response == NULL)
		return 0;
	peer = framed_fake_copy(
	    response->peer != NULL ? response->peer : session->peer);
	if (peer == NULL)
		return -1;
	free(session->peer);
	session->peer = peer;
	if (framed_fake_head_init(&head, session->head.target,
	        response->headers != NULL ? response->headers : "") == -1)
		return -1;
	framed_fake_head_release(&session->head);
	session->head = head;
	session->extension = response->extension;
	session->subprotocol = framed_fake_copy(response->subprotocols);
	return 0;
}

struct framed_session *
framed_fake_connected(struct framed_fake *fake, uint64_t id,
    const struct framed_fake_request *response)
{
	struct framed_session *session = find(id);

	if (fake_is_busy(fake) || session == NULL ||
	    read_response(session, response) == -1)
		return NULL;
	session->is_connecting = 0;
	session->call.status = 101;
	framed_fake_enter_open(session);
	return session;
}

int
framed_fake_fail_connect(
    struct framed_session *session, const struct framed_close_info *reason)
{
	struct framed_fake *fake = fake_of(session);

	session->is_connecting = 0;
	session->state = FRAMED_FAKE_CLOSED;
	if (fake->api.on_connect_failed == NULL)
		return 0;
	fake->is_in_callback = 1;
	fake->api.on_connect_failed(session->worker, &session->call, reason);
	fake->is_in_callback = 0;
	return 1;
}

int
framed_fake_connect_failed(struct framed_fake *fake, uint64_t id,
    uint16_t status, const struct framed_close_info *reason)
{
	struct framed_session *session = find(id);

	if (fake_is_busy(fake) || session == NULL)
		return 0;
	session->call.status = status;
	return framed_fake_fail_connect(session, reason);
}
