/*
 * broadcast: hands each message to every session on the same topic. Endpoints
 * that name one topic share it.
 *
 * Settings: topic (string, "broadcast"), include_sender (boolean, true).
 */
#include <framed/module.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One endpoint's choices: read only once loaded, so all threads may look. */
struct broadcast {
	const char *topic; /* the host's */
	unsigned flags;    /* of framed_publish() */
};

/* What is kept for each session. */
struct member {
	uint64_t lost; /* messages of its that some sessions did not get */
};

static const char *
topic_setting(const struct framed_settings *settings)
{
	return framed_setting_string(settings, "topic", "broadcast");
}

static int
include_sender_setting(const struct framed_settings *settings)
{
	return framed_setting_bool(settings, "include_sender", 1);
}

static int
broadcast_check(
    const struct framed_settings *settings, char *error, size_t size)
{
	size_t length = strlen(topic_setting(settings));

	(void)include_sender_setting(settings);
	if (length >= 1 && length <= FRAMED_TOPIC_MAX)
		return 0;
	snprintf(error, size, "topic must have 1 to %d bytes, not %zu",
	    FRAMED_TOPIC_MAX, length);
	return -1;
}

static int
broadcast_load(const struct framed_settings *settings, void **instance_out,
    char *error, size_t size)
{
	struct broadcast *broadcast = malloc(sizeof(*broadcast));

	if (broadcast == NULL) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	broadcast->topic = topic_setting(settings);
	broadcast->flags =
	    include_sender_setting(settings) ? 0 : FRAMED_PUBLISH_SKIP_SENDER;
	*instance_out = broadcast;
	return 0;
}

static void
broadcast_unload(void *instance)
{
	free(instance);
}

static void
broadcast_open(struct framed_session *session)
{
	const struct broadcast *broadcast = framed_instance(session);
	enum framed_result result = framed_subscribe(session, broadcast->topic);

	/* CLOSED: its on_close is on the way, there is nothing to mend. */
	if (result != FRAMED_QUEUED && result != FRAMED_CLOSED)
		framed_fail(session, "cannot subscribe to the topic");
}

/* A flood that outruns a worker would fill the log as well: the first loss is
 * told at once, their number at the end. */
static void
note_loss(struct framed_session *session, const char *topic)
{
	struct member *member = framed_storage(session);

	if (member->lost++ == 0)
		framed_log(FRAMED_WARN,
		    "a message did not reach every worker peer=%s topic=%s",
		    framed_peer(session), topic);
}

static void
broadcast_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	const struct broadcast *broadcast = framed_instance(session);

	switch (framed_publish(
	    session, broadcast->topic, type, data, length, broadcast->flags)) {
	case FRAMED_QUEUED:
	case FRAMED_BACKPRESSURE: /* the host slows this sender down */
	case FRAMED_CLOSED:
		break;
	case FRAMED_DROPPED:
		note_loss(session, broadcast->topic);
		break;
	case FRAMED_INVALID:
	case FRAMED_NO_MEMORY:
	case FRAMED_UNSUPPORTED:
	case FRAMED_GONE:
	case FRAMED_AGAIN:
		framed_fail(session, "cannot publish to the topic");
		break;
	}
}

static void
broadcast_close(
    struct framed_session *session, const struct framed_close_info *reason)
{
	const struct member *member = framed_storage(session);

	(void)reason;
	if (member->lost > 0)
		framed_log(FRAMED_WARN,
		    "messages did not reach every worker peer=%s lost=%" PRIu64,
		    framed_peer(session), member->lost);
}

FRAMED_MODULE(.session_size = sizeof(struct member), .name = "broadcast",
    .version = "1.0", .check = broadcast_check, .load = broadcast_load,
    .unload = broadcast_unload, .on_open = broadcast_open,
    .on_message = broadcast_message, .on_close = broadcast_close);
