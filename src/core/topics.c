/* Topics: a hash table from names to arrays of subscribers, one per worker. */
#include "core/topics.h"

#include <stdlib.h>

#include "core/output.h"
#include "core/publication.h"
#include "core/server.h"
#include "core/worker.h"

enum {
	/* of what one publication becomes for all share classes: peers choose
	 * those, and it must fit into a mailbox with its name and headers */
	VARIANTS_BYTES = MAILBOX_LIMIT_BYTES - FRAMED_PUBLISH_MAX - (64 << 10)
};

/* A place in a topic. */
struct subscriber {
	struct session *session; /* NULL: left during a walk */
	uint32_t index;          /* of the subscription in the session's list */
};

struct topic {
	struct topic *next; /* in its bucket */
	uint32_t hash;
	uint32_t count;
	uint32_t capacity;
	uint32_t gaps; /* places left during a walk */
	struct subscriber *subscribers;
	uint8_t name_length;
	uint8_t name[];
};

/* The other direction: a session's topics and its places there. */
struct subscription {
	struct topic *topic;
	uint32_t place;
};

struct subscriptions {
	uint32_t count;
	uint32_t capacity;
	struct subscription list[];
};

/* FNV-1a: names are short and come from modules, not from peers' choice of
 * bucket alone; a crowded bucket costs its own users a walk. */
static uint32_t
name_hash(struct span name)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < name.length; i++)
		hash = (hash ^ name.data[i]) * 16777619u;
	return hash ^ hash >> 15;
}

static struct topic **
topic_link(struct topics *topics, struct span name, uint32_t hash)
{
	struct topic **link = &topics->buckets[hash % TOPIC_BUCKETS];

	while (*link != NULL &&
	    ((*link)->hash != hash ||
	        !span_is_equal(
	            span_from((*link)->name, (*link)->name_length), name)))
		link = &(*link)->next;
	return link;
}

static struct topic *
topic_find(struct topics *topics, struct span name)
{
	return *topic_link(topics, name, name_hash(name));
}

/* Finds the topic or makes it, without subscribers. NULL without memory. */
static struct topic *
topic_need(struct topics *topics, struct span name)
{
	uint32_t hash = name_hash(name);
	struct topic **link = topic_link(topics, name, hash);
	struct topic *topic;

	if (*link != NULL)
		return *link;
	topic = calloc(1, sizeof(*topic) + name.length);
	if (topic == NULL)
		return NULL;
	topic->hash = hash;
	topic->name_length = (uint8_t)name.length;
	memcpy(topic->name, name.data, name.length);
	*link = topic;
	atomic_fetch_add(&topics->interest[hash % TOPIC_BUCKETS], 1);
	return topic;
}

/* Frees the topic if it has no subscriber. */
static void
topic_drop_if_empty(struct topics *topics, struct topic *topic)
{
	struct topic **link = &topics->buckets[topic->hash % TOPIC_BUCKETS];

	if (topic->count > 0 || topics->walked == topic)
		return;
	while (*link != topic)
		link = &(*link)->next;
	*link = topic->next;
	atomic_fetch_sub(&topics->interest[topic->hash % TOPIC_BUCKETS], 1);
	free(topic->subscribers);
	free(topic);
}

void
topics_release(struct topics *topics)
{
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		assert(topics->buckets[i] == NULL);
}

static struct subscription *
subscription_find(const struct session *session, const struct topic *topic)
{
	struct subscriptions *all = session->subscriptions;

	for (uint32_t i = 0; all != NULL && i < all->count; i++)
		if (all->list[i].topic == topic)
			return &all->list[i];
	return NULL;
}

/* Makes room for one more topic of a session. Returns 0 or -1. */
static int
subscriptions_grow(struct session *session)
{
	struct subscriptions *all = session->subscriptions;
	uint32_t count = all == NULL ? 0 : all->count, capacity;

	if (all != NULL && all->count < all->capacity)
		return 0;
	capacity = count == 0 ? 1 : 2 * count;
	all =
	    realloc(all, sizeof(*all) + capacity * sizeof(struct subscription));
	if (all == NULL)
		return -1;
	all->count = count;
	all->capacity = capacity;
	session->subscriptions = all;
	return 0;
}

/* Makes room for one more subscriber of a topic. Returns 0 or -1. */
static int
topic_grow(struct topic *topic)
{
	uint32_t capacity = topic->capacity == 0 ? 4 : 2 * topic->capacity;
	struct subscriber *subscribers;

	if (topic->count < topic->capacity)
		return 0;
	subscribers =
	    realloc(topic->subscribers, capacity * sizeof(*subscribers));
	if (subscribers == NULL)
		return -1;
	topic->subscribers = subscribers;
	topic->capacity = capacity;
	return 0;
}

/* Counts a subscription more, or less, in the session's share class. */
static void
count_class(const struct session *session, const struct topic *topic, int by)
{
	unsigned share_class = session_share_class(session);
	atomic_uint *counts =
	    session->worker->topics.class_interest[topic->hash % TOPIC_BUCKETS];

	if (share_class != PMCE_UNSHARED)
		atomic_fetch_add(&counts[share_class], (unsigned)by);
}

/* Whether the name may be a topic's. */
static bool
is_name(struct span name)
{
	return name.length > 0 && name.length <= FRAMED_TOPIC_MAX;
}

enum framed_result
topics_subscribe(struct session *session, struct span name)
{
	struct topics *topics = &session->worker->topics;
	struct subscriptions *all = session->subscriptions;
	struct topic *topic;

	if (!is_name(name))
		return FRAMED_INVALID;
	if (session->state != SESSION_OPEN)
		return FRAMED_CLOSED;
	topic = topic_need(topics, name);
	if (topic == NULL)
		return FRAMED_NO_MEMORY;
	if (subscription_find(session, topic) != NULL)
		return FRAMED_QUEUED;
	if (all != NULL && all->count == FRAMED_SUBSCRIPTIONS_MAX) {
		topic_drop_if_empty(topics, topic);
		return FRAMED_DROPPED;
	}
	if (topic_grow(topic) == -1 || subscriptions_grow(session) == -1) {
		topic_drop_if_empty(topics, topic);
		return FRAMED_NO_MEMORY;
	}
	all = session->subscriptions;
	topic->subscribers[topic->count] =
	    (struct subscriber){session, all->count};
	all->list[all->count++] = (struct subscription){topic, topic->count++};
	count_class(session, topic, 1);
	return FRAMED_QUEUED;
}

/* Fills a place of a topic with the last subscriber. */
static void
place_close(struct topic *topic, uint32_t place)
{
	struct subscriber last = topic->subscribers[--topic->count];

	if (place == topic->count)
		return;
	topic->subscribers[place] = last;
	last.session->subscriptions->list[last.index].place = place;
}

/* Fills an index of a session's list with the last subscription. */
static void
index_close(struct subscriptions *all, uint32_t index)
{
	struct subscription last = all->list[--all->count];

	if (index == all->count)
		return;
	all->list[index] = last;
	last.topic->subscribers[last.place].index = index;
}

/* Takes the session off one of its topics. */
static void
subscription_end(struct session *session, uint32_t index)
{
	struct topics *topics = &session->worker->topics;
	struct subscription gone = session->subscriptions->list[index];

	index_close(session->subscriptions, index);
	count_class(session, gone.topic, -1);
	if (topics->walked == gone.topic) {
		/* the walk goes by place: leave a gap, closed after it */
		gone.topic->subscribers[gone.place].session = NULL;
		gone.topic->gaps++;
		return;
	}
	place_close(gone.topic, gone.place);
	topic_drop_if_empty(topics, gone.topic);
}

enum framed_result
topics_unsubscribe(struct session *session, struct span name)
{
	const struct subscription *subscription;
	struct topic *topic;

	if (!is_name(name))
		return FRAMED_INVALID;
	topic = topic_find(&session->worker->topics, name);
	if (topic == NULL)
		return FRAMED_QUEUED;
	subscription = subscription_find(session, topic);
	if (subscription != NULL)
		subscription_end(
		    session, topic->subscribers[subscription->place].index);
	return FRAMED_QUEUED;
}

void
topics_leave(struct session *session)
{
	struct subscriptions *all = session->subscriptions;

	while (all != NULL && all->count > 0)
		subscription_end(session, all->count - 1);
	free(all);
	session->subscriptions = NULL;
}

size_t
topics_held(const struct session *session)
{
	const struct subscriptions *all = session->subscriptions;

	return all == NULL ? 0
	                   : sizeof(*all) +
	        all->capacity *
	            (sizeof(struct subscription) + sizeof(struct subscriber));
}

/* Closes the gaps that sessions left while they were walked over. */
static void
topic_close_gaps(struct topic *topic)
{
	for (uint32_t place = topic->count; place-- > 0 && topic->gaps > 0;) {
		if (topic->subscribers[place].session != NULL)
			continue;
		place_close(topic, place);
		topic->gaps--;
	}
}

/* A frame on its way to many sessions: one packet for each class that came up,
 * and the plain one, which is always there. */
struct delivery {
	struct frame_share *frame;
	struct packet *packets[PMCE_SHARE_CLASSES + 1];
};

/* Returns 0, or -1 without memory. */
static int
delivery_init(struct delivery *delivery, struct frame_share *frame)
{
	*delivery = (struct delivery){.frame = frame};
	delivery->packets[PMCE_UNSHARED] = packet_from_share(frame);
	return delivery->packets[PMCE_UNSHARED] == NULL ? -1 : 0;
}

static void
delivery_release(struct delivery *delivery)
{
	for (unsigned i = 0; i <= PMCE_SHARE_CLASSES; i++)
		packet_release_hold(&delivery->packets[i]);
}

/* What a session is to get; without memory for a variant, the plain frame. */
static struct packet *
delivery_packet(struct delivery *delivery, const struct session *session)
{
	unsigned share_class = session_share_class(session);
	struct packet **packet = &delivery->packets[share_class];

	if (*packet == NULL)
		*packet = packet_from_share(
		    frame_share_variant(delivery->frame, share_class));
	return *packet != NULL ? *packet : delivery->packets[PMCE_UNSHARED];
}

enum framed_result
topics_deliver(struct topics *topics, struct span name,
    struct frame_share *frame, const struct session *skip)
{
	struct topic *topic = topic_find(topics, name);
	struct delivery delivery;

	if (topic == NULL)
		return FRAMED_QUEUED;
	if (delivery_init(&delivery, frame) == -1)
		return FRAMED_NO_MEMORY;
	topics->walked = topic;
	for (uint32_t place = 0; place < topic->count; place++) {
		struct session *session = topic->subscribers[place].session;

		if (session != NULL && session != skip)
			output_shared(
			    session, delivery_packet(&delivery, session));
	}
	topics->walked = NULL;
	delivery_release(&delivery);
	topic_close_gaps(topic);
	topic_drop_if_empty(topics, topic);
	return FRAMED_QUEUED;
}

/* Posts the frame to one worker. A publisher that outruns it is not read from
 * until it has caught up. */
static enum framed_result
publish_to(struct worker *worker, struct session *publisher, struct span name,
    struct frame_share *frame)
{
	struct post *post = publication_new(name, frame);
	enum mailbox_result result;

	if (post == NULL)
		return FRAMED_DROPPED;
	result = mailbox_post(&worker->mailbox, post);
	if (result == MAILBOX_TAKEN)
		return FRAMED_QUEUED;
	if (publisher != NULL && publisher->state == SESSION_OPEN) {
		session_pause(publisher, SESSION_PAUSED_BY_MAILBOX);
		publisher->worker->has_waiting_publishers = true;
	}
	if (result == MAILBOX_LAGGING)
		return FRAMED_BACKPRESSURE;
	post_free(&post);
	return FRAMED_DROPPED;
}

/* Posts the frame to the workers that may have subscribers, but for that of the
 * publisher, if there is one. Returns the worst that became of it. */
static enum framed_result
publish_by_mail(struct server *server, struct session *publisher,
    struct span name, struct frame_share *frame)
{
	const struct worker *self =
	    publisher == NULL ? NULL : publisher->worker;
	uint32_t bucket = name_hash(name) % TOPIC_BUCKETS;
	enum framed_result worst = FRAMED_QUEUED;

	for (unsigned i = 0; i < server->worker_count; i++) {
		struct worker *worker = &server->workers[i];
		enum framed_result result;

		if (worker == self ||
		    atomic_load(&worker->topics.interest[bucket]) == 0)
			continue;
		result = publish_to(worker, publisher, name, frame);
		if (result > worst)
			worst = result;
	}
	return worst;
}

/* Whether a worker has subscribers in a class, of some topic in the bucket. */
static bool
is_class_wanted(
    const struct server *server, uint32_t bucket, unsigned share_class)
{
	for (unsigned i = 0; i < server->worker_count; i++)
		if (atomic_load(
		        &server->workers[i]
		             .topics.class_interest[bucket][share_class]) > 0)
			return true;
	return false;
}

/*
 * Encodes a publication, once, for each class that wants it. Where it would
 * grow, memory is short, or all together too much, that class gets the plain
 * frame.
 */
static void
add_variants(const struct server *server, struct deflate_pool *pool,
    const struct deflate_config *config, struct span name,
    struct frame_share *frame)
{
	uint32_t bucket = name_hash(name) % TOPIC_BUCKETS;
	size_t header = frame_header_length(frame->bytes);
	struct span payload =
	    span_from(frame->bytes + header, frame->length - header);
	size_t left = VARIANTS_BYTES;

	for (unsigned i = 0; i < PMCE_SHARE_CLASSES; i++) {
		struct frame_share *variant;
		struct span encoded;

		if (!is_class_wanted(server, bucket, i) ||
		    pmce_deflate.encode_shared(
		        pool, config, i, payload, &encoded) != PMCE_DONE)
			continue;
		if (encoded.length > left)
			break;
		left -= encoded.length;
		variant = frame_share_new(frame->bytes[0] & FRAME_OPCODE_BITS,
		    pmce_deflate.rsv, encoded);
		if (variant != NULL)
			frame_share_add(frame, i, variant);
	}
}

enum framed_result
topics_publish(struct session *session, struct span name,
    struct frame_share *frame, unsigned flags)
{
	struct worker *worker = session->worker;
	enum framed_result result;

	if (!is_name(name))
		return FRAMED_INVALID;
	add_variants(worker->server, worker->deflate_pool,
	    &session->endpoint->conf->deflate, name, frame);
	result = topics_deliver(&worker->topics, name, frame,
	    flags & FRAMED_PUBLISH_SKIP_SENDER ? session : NULL);
	if (result == FRAMED_QUEUED)
		result = publish_by_mail(worker->server, session, name, frame);
	if (result == FRAMED_DROPPED)
		worker->stats.dropped++;
	return result;
}

enum framed_result
topics_publish_outside(
    struct server *server, struct span name, struct frame_share *frame)
{
	if (!is_name(name))
		return FRAMED_INVALID;
	if (server == NULL)
		return FRAMED_QUEUED;
	/* a thread that would have to wait, which may be a worker's, publishes
	 * without them */
	if (pthread_mutex_trylock(&server->outside_lock) == 0) {
		add_variants(server, server->outside_pool,
		    &server->outside_deflate, name, frame);
		pthread_mutex_unlock(&server->outside_lock);
	}
	return publish_by_mail(server, NULL, name, frame);
}
