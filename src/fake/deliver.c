/* What comes to a session that is open: each has one callback run. */
#include "fake/parts.h"

/* Whether a callback may run for the session. */
static int
is_ready(const struct framed_session *session)
{
	return session->state == FRAMED_FAKE_OPEN &&
	    !fake_is_busy(fake_of(session));
}

/* Whether it is read from. */
static int
is_read(const struct framed_session *session)
{
	return !session->is_paused &&
	    session->works < session->worker->endpoint->conf.async_max;
}

int
framed_fake_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	const struct framed_module *api = fake_api(session);

	if (!is_ready(session) || !is_read(session) ||
	    session->worker->endpoint->conf.is_raw || api->on_message == NULL)
		return 0;
	fake_of(session)->is_in_callback = 1;
	api->on_message(session, type, data, length);
	fake_of(session)->is_in_callback = 0;
	return 1;
}

int
framed_fake_text(struct framed_session *session, const char *text)
{
	return framed_fake_message(session, FRAMED_TEXT, text, strlen(text));
}

int
framed_fake_frame(
    struct framed_session *session, const struct framed_frame *frame)
{
	const struct framed_module *api = fake_api(session);

	if (!is_ready(session) || !is_read(session) ||
	    !session->worker->endpoint->conf.is_raw || api->on_frame == NULL)
		return 0;
	session->has_peer_closed |= frame->opcode == FRAMED_OP_CLOSE;
	fake_of(session)->is_in_callback = 1;
	api->on_frame(session, frame);
	fake_of(session)->is_in_callback = 0;
	return 1;
}

int
framed_fake_pong(
    struct framed_session *session, const void *data, size_t length)
{
	const struct framed_module *api = fake_api(session);

	if (!is_ready(session) || !is_read(session) ||
	    session->worker->endpoint->conf.is_raw || api->on_pong == NULL)
		return 0;
	fake_of(session)->is_in_callback = 1;
	api->on_pong(session, data, length);
	fake_of(session)->is_in_callback = 0;
	return 1;
}

int
framed_fake_writable(struct framed_session *session)
{
	const struct framed_module *api = fake_api(session);

	if (!is_ready(session) || api->on_writable == NULL)
		return 0;
	fake_of(session)->is_in_callback = 1;
	api->on_writable(session);
	fake_of(session)->is_in_callback = 0;
	return 1;
}

int
framed_fake_drop(
    struct framed_session *session, uint64_t messages, uint64_t bytes)
{
	const struct framed_module *api = fake_api(session);

	if (!is_ready(session) || api->on_dropped == NULL)
		return 0;
	fake_of(session)->is_in_callback = 1;
	api->on_dropped(session, messages, bytes);
	fake_of(session)->is_in_callback = 0;
	return 1;
}

int
framed_fake_drain(struct framed_session *session, uint32_t ms)
{
	const struct framed_module *api = fake_api(session);

	if (!is_ready(session) || api->on_drain == NULL)
		return 0;
	fake_of(session)->is_in_callback = 1;
	api->on_drain(session, ms);
	fake_of(session)->is_in_callback = 0;
	return 1;
}

int
framed_fake_post(struct framed_session *session, uint64_t token,
    const void *data, size_t length)
{
	const struct framed_module *api = fake_api(session);

	if (!fake_is_live(session) || fake_is_busy(fake_of(session)) ||
	    api->on_post == NULL)
		return 0;
	fake_of(session)->is_in_callback = 1;
	api->on_post(session, token, data, length);
	fake_of(session)->is_in_callback = 0;
	return 1;
}
