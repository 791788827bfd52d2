/*
 * Publish and subscribe. Each worker knows its own subscribers only; what a
 * session publishes goes to the local ones at once, and as one reference to the
 * mailbox of each other worker that has any.
 */
#ifndef FRAMED_CORE_TOPICS_H
#define FRAMED_CORE_TOPICS_H

#include <stdatomic.h>

#include "base/guard.h"
#include "base/span.h"
#include "core/packet.h"
#include "core/pmce.h"
#include "core/session.h"
#include "framed/module.h"

enum {
	TOPIC_BUCKETS = 1024 /* a power of two */
};

struct server;
struct topic;

struct topics {
	struct topic *buckets[TOPIC_BUCKETS];
	/*
	 * How many local topics fall into each bucket: what other workers read
	 * to know whether to post here. A topic that shares its bucket with
	 * another costs a post that finds nobody; there is no lock.
	 */
	atomic_uint interest[TOPIC_BUCKETS];
	/* And how many subscriptions of sessions in each share class: whether
	 * it is worth while to encode a publication for them. */
	atomic_uint class_interest[TOPIC_BUCKETS][PMCE_SHARE_CLASSES];
	struct topic *walked; /* being delivered to: keeps its places */
};

/* All zero is the initial state; every session must have left. */
void topics_release(struct topics *topics);

/* As framed_subscribe() and framed_unsubscribe(). */
enum framed_result topics_subscribe(struct session *session, struct span name);
enum framed_result topics_unsubscribe(
    struct session *session, struct span name);

/* Takes the session off all its topics. */
void topics_leave(struct session *session);

/* Memory of the session's subscriptions, for accounting. */
size_t topics_held(const struct session *session);

/* Queues the frame to the local subscribers but `skip`, which may be NULL.
 * Returns FRAMED_QUEUED, or FRAMED_NO_MEMORY: nobody got it. */
enum framed_result topics_deliver(struct topics *topics, struct span name,
    struct frame_share *frame, const struct session *skip);

/* As framed_publish(); whoever needs the frame longer takes a hold on it. */
enum framed_result topics_publish(struct session *session, struct span name,
    struct frame_share *frame, unsigned flags);

/* As framed_publish() without a session: by mail to every worker, the caller's
 * own too, if it is one's thread. server NULL: nobody is subscribed. Any
 * thread. */
enum framed_result topics_publish_outside(
    struct server *server, struct span name, struct frame_share *frame);

#endif
