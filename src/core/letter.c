/* Posts for one session. */
#include "core/letter.h"

#include <stddef.h>
#include <stdlib.h>

#include "core/output.h"
#include "core/worker.h"

struct note {
	struct post post;
	uint64_t id;
	uint64_t token;
	size_t length;
	_Alignas(max_align_t) uint8_t data[];
};

/* A frame for one: of what is sent by id, nobody else has a part. */
struct delivery {
	struct post post;
	uint64_t id;
	struct frame_share *frame; /* held */
};

/* Whether the module knows the session and has not been told of its end. */
static bool
takes_notes(const struct session *session)
{
	return session->endpoint != NULL &&
	    session->endpoint->api->on_post != NULL &&
	    (session->state == SESSION_UPGRADE ||
	        session->state == SESSION_OPEN);
}

static void
note_deliver(struct worker *worker, struct post *post)
{
	const struct note *note = (const struct note *)post;
	struct session *session = worker_find_session(worker, note->id);

	if (session == NULL || !takes_notes(session)) {
		worker->stats.dropped++;
		return;
	}
	session_hold(session);
	session->endpoint->api->on_post((struct framed_session *)session,
	    note->token, note->data, note->length);
	session_account(session);
	session_release_hold(session);
}

static void
note_free(struct post *post)
{
	free(post);
}

static const struct post_type note_type = {
    .deliver = note_deliver,
    .free = note_free,
};

struct post *
letter_new_note(uint64_t id, uint64_t token, struct span data)
{
	size_t bytes = sizeof(struct note) + data.length;
	struct note *note = malloc(bytes);

	if (note == NULL)
		return NULL;
	note->post =
	    (struct post){.type = &note_type, .bytes = (uint32_t)bytes};
	note->id = id;
	note->token = token;
	note->length = data.length;
	if (data.length > 0)
		memcpy(note->data, data.data, data.length);
	return &note->post;
}

static void
delivery_deliver(struct worker *worker, struct post *post)
{
	const struct delivery *delivery = (const struct delivery *)post;
	struct session *session = worker_find_session(worker, delivery->id);
	struct packet *packet = NULL;

	if (session != NULL && session->state == SESSION_OPEN)
		packet = packet_from_share(delivery->frame);
	if (packet != NULL)
		output_shared(session, packet);
	else
		worker->stats.dropped++;
	packet_release_hold(&packet);
}

static void
delivery_free(struct post *post)
{
	struct delivery *delivery = (struct delivery *)post;

	frame_share_release_hold(&delivery->frame);
	free(delivery);
}

static const struct post_type delivery_type = {
    .deliver = delivery_deliver,
    .free = delivery_free,
};

struct post *
letter_new_frame(uint64_t id, struct frame_share *frame)
{
	struct delivery *delivery = malloc(sizeof(*delivery));

	if (delivery == NULL)
		return NULL;
	frame_share_hold(frame);
	delivery->post = (struct post){
	    .type = &delivery_type,
	    .bytes = (uint32_t)(sizeof(*delivery) + frame_share_held(frame)),
	};
	delivery->id = id;
	delivery->frame = frame;
	return &delivery->post;
}
