/* Group "topics/1": all sessions of the fake share the topics. */
#include "fake/parts.h"

#include <stdlib.h>

static int
is_topic(const char *topic)
{
	size_t length =
	    topic == NULL ? 0 : strnlen(topic, FRAMED_TOPIC_MAX + 1);

	return length >= 1 && length <= FRAMED_TOPIC_MAX;
}

/* The link to the subscription, or to the end. */
static struct fake_topic **
find(struct framed_session *session, const char *topic)
{
	struct fake_topic **link = &session->topics;

	while (*link != NULL && strcmp((*link)->name, topic) != 0)
		link = &(*link)->next;
	return link;
}

int
framed_fake_is_subscribed(
    const struct framed_session *session, const char *topic)
{
	const struct fake_topic *at = session->topics;

	while (at != NULL && strcmp(at->name, topic) != 0)
		at = at->next;
	return at != NULL && session->state == FRAMED_FAKE_OPEN;
}

static enum framed_result
judge(const struct framed_session *session, const char *topic)
{
	if (!is_topic(topic))
		return FRAMED_INVALID;
	return session->state == FRAMED_FAKE_OPEN ? FRAMED_QUEUED
	                                          : FRAMED_CLOSED;
}

static enum framed_result
add(struct framed_session *session, const char *topic)
{
	struct fake_topic *subscription;

	if (*find(session, topic) != NULL)
		return FRAMED_QUEUED;
	subscription = calloc(1, sizeof(*subscription));
	if (subscription == NULL)
		return FRAMED_NO_MEMORY;
	memcpy(subscription->name, topic, strlen(topic));
	subscription->next = session->topics;
	session->topics = subscription;
	session->topic_count++;
	return FRAMED_QUEUED;
}

static enum framed_result
call_subscribe(struct framed_session *session, const char *topic)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_SUBSCRIBE, .session = session, .topic = topic};
	enum framed_result result;

	if (framed_fake_enter(session, "framed_subscribe") == NULL)
		return FRAMED_CLOSED;
	note.result = judge(session, topic);
	if (note.result == FRAMED_QUEUED &&
	    session->topic_count == FRAMED_SUBSCRIPTIONS_MAX &&
	    *find(session, topic) == NULL)
		note.result = FRAMED_DROPPED;
	result = framed_fake_conclude(fake_of(session), &note);
	return fake_is_taken(result) ? add(session, topic) : result;
}

static enum framed_result
call_unsubscribe(struct framed_session *session, const char *topic)
{
	struct framed_fake_note note = {.kind = FRAMED_FAKE_UNSUBSCRIBE,
	    .session = session,
	    .topic = topic};
	struct fake_topic **link, *subscription;
	enum framed_result result;

	if (framed_fake_enter(session, "framed_unsubscribe") == NULL)
		return FRAMED_CLOSED;
	note.result = judge(session, topic);
	result = framed_fake_conclude(fake_of(session), &note);
	if (!fake_is_taken(result) || *find(session, topic) == NULL)
		return result;
	link = find(session, topic);
	subscription = *link;
	*link = subscription->next;
	free(subscription);
	session->topic_count--;
	return result;
}

/* Delivers to all on the topic; the publisher may be among them. */
static void
spread(const struct framed_fake_note *note)
{
	struct framed_session *session = framed_fake_current->sessions;

	for (; session != NULL; session = session->next)
		if (framed_fake_is_subscribed(session, note->topic) &&
		    (session != note->session ||
		        !(note->flags & FRAMED_PUBLISH_SKIP_SENDER)))
			framed_fake_deliver(session, note);
}

/* Without a session any thread may publish, async_work included. */
static enum framed_result
publish(struct framed_fake_note *note, const char *call)
{
	struct framed_session *session = note->session;
	enum framed_result result;

	if (framed_fake_current == NULL)
		return FRAMED_UNSUPPORTED;
	if (session != NULL && framed_fake_enter(session, call) == NULL)
		return FRAMED_CLOSED;
	/* one that is closing may still publish */
	note->session = NULL;
	note->result = framed_fake_judge_message(note, call);
	note->session = session;
	if (!is_topic(note->topic) || note->length > FRAMED_PUBLISH_MAX)
		note->result = FRAMED_INVALID;
	result = framed_fake_conclude(framed_fake_current, note);
	if (fake_is_taken(result))
		spread(note);
	return result;
}

static enum framed_result
call_publish(struct framed_session *session, const char *topic,
    enum framed_type type, const void *data, size_t length, unsigned flags)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_PUBLISH,
	    .session = session,
	    .topic = topic,
	    .type = type,
	    .data = data,
	    .length = length,
	    .flags = flags,
	};

	return publish(&note, "framed_publish");
}

static enum framed_result
call_publish_keyed(struct framed_session *session, const char *topic,
    uint64_t key, const struct framed_publication *publication)
{
	struct framed_fake_note note = {
	    .kind = FRAMED_FAKE_PUBLISH_KEYED,
	    .session = session,
	    .topic = topic,
	    .key = key,
	};

	/* else it has no type, which is INVALID */
	if (publication->size >= sizeof(*publication)) {
		note.type = publication->type;
		note.data = publication->data;
		note.length = publication->length;
		note.flags = publication->flags;
	}
	return publish(&note, "framed_publish_keyed");
}

const struct framed_topics *
framed_fake_topics(void)
{
	static const struct framed_topics topics = {
	    .size = sizeof(topics),
	    .subscribe = call_subscribe,
	    .unsubscribe = call_unsubscribe,
	    .publish = call_publish,
	    .publish_keyed = call_publish_keyed,
	};

	return &topics;
}
