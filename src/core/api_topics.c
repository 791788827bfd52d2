/* Topics, as modules call them. */
#include "core/api.h"
#include "core/topics.h"

static struct span
topic_name(const char *topic)
{
	/* longer ones are refused for their length: do not read on */
	return span_from(
	    topic, topic == NULL ? 0 : strnlen(topic, FRAMED_TOPIC_MAX + 1));
}

static enum framed_result
api_subscribe(struct framed_session *session, const char *topic)
{
	return topics_subscribe(session_from(session), topic_name(topic));
}

static enum framed_result
api_unsubscribe(struct framed_session *session, const char *topic)
{
	return topics_unsubscribe(session_from(session), topic_name(topic));
}

/* Publishes with a key, or NULL for none. */
static enum framed_result
publish(struct framed_session *session, const char *topic,
    const struct framed_publication *what, const uint64_t *key)
{
	struct frame_share *frame;
	enum framed_result result;

	if (!api_is_message(what->type, what->data, what->length) ||
	    what->length > FRAMED_PUBLISH_MAX)
		return FRAMED_INVALID;
	frame = frame_share_new(
	    (uint8_t)what->type, 0, span_from(what->data, what->length));
	if (frame == NULL)
		return FRAMED_NO_MEMORY;
	if (key != NULL)
		frame_share_set_key(frame, *key);
	if (session == NULL)
		result = topics_publish_outside(
		    api_server(), topic_name(topic), frame);
	else
		result = topics_publish(session_from(session),
		    topic_name(topic), frame, what->flags);
	frame_share_release_hold(&frame);
	return result;
}

static enum framed_result
api_publish(struct framed_session *session, const char *topic,
    enum framed_type type, const void *data, size_t length, unsigned flags)
{
	const struct framed_publication what = {
	    .flags = flags, .type = type, .data = data, .length = length};

	return publish(session, topic, &what, NULL);
}

static enum framed_result
api_publish_keyed(struct framed_session *session, const char *topic,
    uint64_t key, const struct framed_publication *publication)
{
	/* what ABI 1.1 has of it */
	const size_t least = offsetof(struct framed_publication, length) +
	    sizeof(publication->length);
	struct framed_publication what = {0};

	if (publication->size < least)
		return FRAMED_INVALID;
	memcpy(&what, publication,
	    publication->size < sizeof(what) ? publication->size
	                                     : sizeof(what));
	return publish(session, topic, &what, &key);
}

const struct framed_topics api_topics = {
    .size = sizeof(api_topics),
    .subscribe = api_subscribe,
    .unsubscribe = api_unsubscribe,
    .publish = api_publish,
    .publish_keyed = api_publish_keyed,
};
