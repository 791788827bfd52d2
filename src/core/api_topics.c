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

static enum framed_result
api_publish(struct framed_session *session, const char *topic,
    enum framed_type type, const void *data, size_t length, unsigned flags)
{
	struct span payload = span_from(data, length);

	if (!api_is_message(type, data, length))
		return FRAMED_INVALID;
	if (session == NULL)
		return topics_publish_outside(
		    api_server(), topic_name(topic), (uint8_t)type, payload);
	return topics_publish(session_from(session), topic_name(topic),
	    (uint8_t)type, payload, flags);
}

const struct framed_topics api_topics = {
    .size = sizeof(api_topics),
    .subscribe = api_subscribe,
    .unsubscribe = api_unsubscribe,
    .publish = api_publish,
};
