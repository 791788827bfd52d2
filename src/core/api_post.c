/* What any thread may send to a session that it knows by id. */
#include "core/api.h"
#include "core/letter.h"
#include "core/server.h"

enum { POST_BYTES_MAX = 16 << 20 };

/* The worker of a session, or NULL when the session is gone. */
static struct worker *
find_worker(uint64_t id)
{
	struct server *server = api_server();

	return server == NULL ? NULL : server_find(server, id);
}

/* Takes over the post, which is NULL when there was no memory for it. */
static enum framed_result
put(struct worker *worker, struct post *post)
{
	if (post == NULL)
		return FRAMED_NO_MEMORY;
	if (mailbox_post(&worker->mailbox, post) != MAILBOX_FULL)
		return FRAMED_QUEUED;
	post_free(&post);
	return FRAMED_AGAIN;
}

enum framed_result
api_post(uint64_t id, uint64_t token, const void *data, size_t length)
{
	struct worker *worker = find_worker(id);

	if (length > POST_BYTES_MAX)
		return FRAMED_INVALID;
	if (worker == NULL)
		return FRAMED_GONE;
	return put(worker, letter_new_note(id, token, span_from(data, length)));
}

enum framed_result
api_send_to(uint64_t id, enum framed_type type, const void *data, size_t length)
{
	struct worker *worker = find_worker(id);
	struct frame_share *frame;
	enum framed_result result;

	if (length > FRAMED_PUBLISH_MAX || !api_is_message(type, data, length))
		return FRAMED_INVALID;
	if (worker == NULL)
		return FRAMED_GONE;
	frame = frame_share_new((uint8_t)type, 0, span_from(data, length));
	if (frame == NULL)
		return FRAMED_NO_MEMORY;
	result = put(worker, letter_new_frame(id, frame));
	frame_share_release_hold(&frame);
	return result;
}
