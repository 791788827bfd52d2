/* Publish and subscribe: who gets what, while subscribers come, go and end. */
#include "core/topics.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/publication.h"
#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/random.h"

enum { PEERS = 6 };

static struct peer peers[PEERS];
static struct topics *topics;

static void
setup(void)
{
	bench_setup();
	topics = &bench.worker->topics;
	for (unsigned i = 0; i < PEERS; i++)
		peers[i].fd = -1;
	for (unsigned i = 0; i < PEERS; i++)
		peer_open(&peers[i]);
}

static void
teardown(void)
{
	for (unsigned i = 0; i < PEERS; i++)
		peer_close(&peers[i]);
	bench_teardown();
}

static struct framed_session *
handle(unsigned i)
{
	return (struct framed_session *)peers[i].session;
}

static void
subscribe(unsigned i, const char *topic)
{
	ck_assert_int_eq(framed_subscribe(handle(i), topic), FRAMED_QUEUED);
}

static void
unsubscribe(unsigned i, const char *topic)
{
	ck_assert_int_eq(framed_unsubscribe(handle(i), topic), FRAMED_QUEUED);
}

static enum framed_result
publish(unsigned i, const char *topic, const char *text)
{
	return framed_publish(
	    handle(i), topic, FRAMED_TEXT, text, strlen(text), 0);
}

/* Lets it out, and looks who got it: one letter for each peer, "x" or "-". */
static void
expect(const char *who, const char *heard)
{
	char got[PEERS + 1] = "";

	bench_run();
	for (unsigned i = 0; i < PEERS; i++) {
		const char *said =
		    peers[i].fd == -1 ? "" : peer_heard(&peers[i]);

		got[i] = *said == '\0' ? '-' : 'x';
		if (*said != '\0')
			ck_assert_str_eq(said, heard);
	}
	ck_assert_str_eq(got, who);
}

static unsigned
topic_count(const struct topics *of)
{
	unsigned count = 0;

	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		count += atomic_load(&of->interest[i]);
	return count;
}

START_TEST(subscribers_of_the_topic_get_it)
{
	subscribe(0, "a");
	subscribe(1, "a");
	subscribe(1, "b");
	subscribe(2, "b");
	ck_assert_int_eq(publish(5, "a", "news"), FRAMED_QUEUED);
	expect("xx----", "text=news ");
	ck_assert_int_eq(publish(5, "b", "more"), FRAMED_QUEUED);
	expect("-xx---", "text=more ");
	ck_assert_int_eq(publish(5, "c", "nobody"), FRAMED_QUEUED);
	expect("------", "");
	ck_assert_uint_eq(peers[1].session->messages_out, 2);
	ck_assert_uint_eq(peers[1].session->bytes_out, 8);
}
END_TEST

START_TEST(publishers_may_skip_themselves)
{
	subscribe(0, "a");
	subscribe(1, "a");
	ck_assert_int_eq(publish(0, "a", "all"), FRAMED_QUEUED);
	expect("xx----", "text=all ");
	ck_assert_int_eq(framed_publish(handle(0), "a", FRAMED_BINARY, "others",
	                     6, FRAMED_PUBLISH_SKIP_SENDER),
	    FRAMED_QUEUED);
	expect("-x----", "binary=others ");
}
END_TEST

static enum framed_result
publish_keyed(unsigned i, uint64_t key, const char *text, unsigned flags)
{
	const struct framed_publication publication = {
	    .size = sizeof(publication),
	    .flags = flags,
	    .type = FRAMED_TEXT,
	    .data = text,
	    .length = strlen(text),
	};

	return framed_publish_keyed(handle(i), "a", key, &publication);
}

START_TEST(newer_publications_of_a_key_replace_older_ones)
{
	bench.endpoint_conf.queue_policy = QUEUE_CONFLATE;
	subscribe(0, "a");
	subscribe(1, "a");
	ck_assert_int_eq(publish_keyed(0, 0, "a1", 0), FRAMED_QUEUED);
	ck_assert_int_eq(publish_keyed(0, 1, "b1", 0), FRAMED_QUEUED);
	ck_assert_int_eq(publish_keyed(1, 0, "a2", 0), FRAMED_QUEUED);
	expect("xx----", "text=a2 text=b1 ");
	ck_assert_int_eq(
	    publish_keyed(0, 0, "others", FRAMED_PUBLISH_SKIP_SENDER),
	    FRAMED_QUEUED);
	expect("-x----", "text=others ");
}
END_TEST

START_TEST(keys_travel_to_other_workers)
{
	bench.endpoint_conf.queue_policy = QUEUE_CONFLATE;
	subscribe(1, "a");
	for (unsigned i = 0; i < 2; i++) {
		struct frame_share *frame = frame_share_new(FRAME_TEXT, 0,
		    i == 0 ? SPAN_LITERAL("1") : SPAN_LITERAL("2"));

		ck_assert_ptr_nonnull(frame);
		frame_share_set_key(frame, 0);
		ck_assert_int_eq(mailbox_post(&bench.worker->mailbox,
		                     publication_new(SPAN_LITERAL("a"), frame)),
		    MAILBOX_TAKEN);
		frame_share_release_hold(&frame);
	}
	expect("-x----", "text=2 ");
}
END_TEST

START_TEST(publication_of_another_size_is_read_as_far_as_it_goes)
{
	struct {
		struct framed_publication known;
		uint64_t unknown;
	} later = {.known = {.size = sizeof(later),
	               .type = FRAMED_TEXT,
	               .data = "later",
	               .length = 5}};

	subscribe(0, "a");
	ck_assert_int_eq(framed_publish_keyed(handle(0), "a", 0, &later.known),
	    FRAMED_QUEUED);
	expect("x-----", "text=later ");
	later.known.size =
	    offsetof(struct framed_publication, length) + sizeof(size_t) - 1;
	ck_assert_int_eq(framed_publish_keyed(handle(0), "a", 0, &later.known),
	    FRAMED_INVALID);
	later.known.size = 0;
	ck_assert_int_eq(framed_publish_keyed(handle(0), "a", 0, &later.known),
	    FRAMED_INVALID);
}
END_TEST

START_TEST(subscribing_twice_is_subscribing_once)
{
	subscribe(0, "a");
	subscribe(0, "a");
	publish(1, "a", "once");
	expect("x-----", "text=once ");
	unsubscribe(0, "a");
	publish(1, "a", "none");
	expect("------", "");
	unsubscribe(0, "a");
	unsubscribe(0, "never heard of");
}
END_TEST

START_TEST(names_have_bounds)
{
	char name[FRAMED_TOPIC_MAX + 2];

	memset(name, 'n', sizeof(name));
	name[FRAMED_TOPIC_MAX + 1] = '\0';
	ck_assert_int_eq(framed_subscribe(handle(0), name), FRAMED_INVALID);
	ck_assert_int_eq(framed_unsubscribe(handle(0), name), FRAMED_INVALID);
	ck_assert_int_eq(publish(0, name, "x"), FRAMED_INVALID);
	ck_assert_int_eq(framed_subscribe(handle(0), ""), FRAMED_INVALID);
	ck_assert_int_eq(framed_subscribe(handle(0), NULL), FRAMED_INVALID);
	ck_assert_int_eq(publish(0, "", "x"), FRAMED_INVALID);
	ck_assert_int_eq(
	    framed_publish(handle(0), "a", (enum framed_type)8, "x", 1, 0),
	    FRAMED_INVALID);
	name[FRAMED_TOPIC_MAX] = '\0';
	subscribe(0, name);
	publish(1, name, "x");
	expect("x-----", "text=x ");
}
END_TEST

START_TEST(topics_nobody_wants_are_freed)
{
	subscribe(0, "a");
	subscribe(1, "a");
	subscribe(1, "b");
	ck_assert_uint_eq(topic_count(topics), 2);
	unsubscribe(0, "a");
	ck_assert_uint_eq(topic_count(topics), 2);
	/* the end of a session is the end of its subscriptions */
	framed_terminate(handle(1));
	ck_assert_uint_eq(topic_count(topics), 0);
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		ck_assert_ptr_null(topics->buckets[i]);
}
END_TEST

START_TEST(subscribers_swap_places_and_none_is_lost)
{
	/* leaving from the front, the middle and the end */
	static const struct {
		unsigned leaver;
		const char *left;
	} steps[] = {{1, "x-xxxx"}, {5, "x-xxx-"}, {0, "--xxx-"}, {4, "--xx--"},
	    {2, "---x--"}, {3, "------"}};

	for (unsigned i = 0; i < PEERS; i++)
		subscribe(i, "a");
	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
		unsubscribe(steps[i].leaver, "a");
		publish(0, "a", "who");
		expect(steps[i].left, "text=who ");
	}
	ck_assert_uint_eq(topic_count(topics), 0);
}
END_TEST

START_TEST(many_topics_keep_their_subscribers_apart)
{
	/* more than there are buckets */
	enum { TOPICS = 3 * TOPIC_BUCKETS };
	char topic[16];

	for (unsigned i = 0; i < TOPICS; i++) {
		snprintf(topic, sizeof(topic), "topic %u", i);
		subscribe(i % PEERS, topic);
	}
	ck_assert_uint_eq(topic_count(topics), TOPICS);
	for (unsigned i = 0; i < TOPICS; i += 101) {
		char who[PEERS + 1] = "------";

		who[i % PEERS] = 'x';
		snprintf(topic, sizeof(topic), "topic %u", i);
		publish(0, topic, "x");
		expect(who, "text=x ");
	}
	for (unsigned i = 0; i < PEERS; i++)
		framed_terminate(handle(i));
	ck_assert_uint_eq(topic_count(topics), 0);
}
END_TEST

/* What a publisher meets whose subscribers are closed by the very message it
 * publishes: theirs are the places that others then take. */
START_TEST(full_subscribers_end_during_the_walk)
{
	static const uint8_t payload[BENCH_QUEUE_BYTES];

	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	for (unsigned i = 0; i < PEERS; i++)
		subscribe(i, "a");
	/* their queues are full: first, middle and last */
	for (unsigned i = 0; i < PEERS; i++)
		if ((unsigned)_i & 1 << i)
			framed_send(
			    handle(i), FRAMED_BINARY, payload, sizeof(payload));
	ck_assert_int_eq(publish(0, "a", "news"), FRAMED_QUEUED);
	for (unsigned i = 0; i < PEERS; i++) {
		bool is_full = (unsigned)_i & 1 << i;

		ck_assert_int_eq(peers[i].session->state,
		    is_full ? SESSION_CLOSING : SESSION_OPEN);
		bench_run();
		ck_assert_str_eq(peer_heard(&peers[i]),
		    is_full ? "binary*65536 close=1013:send queue full "
		            : "text=news ");
	}
	/* those that are left get the next */
	ck_assert_uint_eq(topic_count(topics), _i != (1 << PEERS) - 1);
	for (unsigned i = 0; i < PEERS; i++)
		if (!((unsigned)_i & 1 << i))
			ck_assert_int_eq(publish(i, "a", "x"), FRAMED_QUEUED);
	bench_run();
	for (unsigned i = 0; i < PEERS; i++)
		ck_assert_int_eq(
		    *peer_heard(&peers[i]) != '\0', !((unsigned)_i & 1 << i));
}
END_TEST

START_TEST(one_turn_writes_once_and_keeps_the_order)
{
	subscribe(0, "a");
	subscribe(0, "b");
	publish(1, "a", "1");
	publish(1, "b", "2");
	framed_send(handle(0), FRAMED_TEXT, "3", 1);
	publish(1, "a", "4");
	ck_assert_str_eq(peer_heard(&peers[0]), "");
	bench_turn(bench.worker);
	ck_assert_str_eq(peer_heard(&peers[0]), "text=1 text=2 text=3 text=4 ");
}
END_TEST

/* Has the second worker interested in everything, or in nothing: every bucket
 * has a topic there, or none. */
static void
set_far_interest(unsigned topics_each)
{
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		atomic_store(
		    &bench.server.workers[1].topics.interest[i], topics_each);
}

/* A topic of the second worker's, whose mailbox is looked into. */
START_TEST(only_workers_with_interest_get_a_post)
{
	struct worker *second = &bench.server.workers[1];
	unsigned signals;
	struct post *post;

	publish(0, "far", "nobody");
	ck_assert_ptr_null(mailbox_take(&second->mailbox, &signals));
	set_far_interest(1);
	publish(0, "far", "news");
	post = mailbox_take(&second->mailbox, &signals);
	set_far_interest(0);
	ck_assert_ptr_nonnull(post);
	ck_assert_ptr_null(post->next);
	post_free(&post);
}
END_TEST

START_TEST(what_another_worker_publishes_is_delivered)
{
	struct frame_share *frame =
	    frame_share_new(FRAME_TEXT, 0, SPAN_LITERAL("from afar"));

	ck_assert_ptr_nonnull(frame);
	subscribe(1, "a");
	subscribe(3, "a");
	ck_assert_int_eq(mailbox_post(&bench.worker->mailbox,
	                     publication_new(SPAN_LITERAL("a"), frame)),
	    MAILBOX_TAKEN);
	expect("-x-x--", "text=from afar ");
	ck_assert_uint_eq(atomic_load(&frame->holds), 1);
	frame_share_release_hold(&frame);
}
END_TEST

static const uint8_t far_payload[FRAMED_PUBLISH_MAX];

static enum framed_result
publish_far(unsigned i, size_t length)
{
	return framed_publish(
	    handle(i), "far", FRAMED_BINARY, far_payload, length, 0);
}

START_TEST(publisher_waits_while_another_worker_lags)
{
	set_far_interest(1);
	ck_assert_int_eq(
	    publish_far(0, MAILBOX_HIGH_BYTES), FRAMED_BACKPRESSURE);
	peer_say(&peers[0], "unread");
	peer_say(&peers[1], "read");
	bench_turn(bench.worker);
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "message=read ");
	/* the other worker has its turn, too */
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=unread ");
	set_far_interest(0);
}
END_TEST

START_TEST(what_does_not_fit_is_dropped_and_counted)
{
	/* with their own bytes, one less than would seem to fit */
	enum { LARGE = 4 << 20, FIT = MAILBOX_LIMIT_BYTES / LARGE - 1 };

	set_far_interest(1);
	for (unsigned i = 0; i < FIT; i++)
		ck_assert_int_le(publish_far(0, LARGE), FRAMED_BACKPRESSURE);
	ck_assert_uint_eq(bench.worker->stats.dropped, 0);
	ck_assert_int_eq(publish_far(1, LARGE), FRAMED_DROPPED);
	ck_assert_uint_eq(bench.worker->stats.dropped, 1);
	/* whose message it was waits as well, for relief that comes */
	peer_say(&peers[1], "unread");
	bench_turn(bench.worker);
	bench_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=unread ");
	set_far_interest(0);
}
END_TEST

/* Peers choose what windows there are. */
START_TEST(what_is_encoded_for_many_classes_still_fits)
{
	enum { NOISE = 5 << 20, LENGTH = 6 << 20 };
	struct random random = {3};
	uint8_t *bytes = calloc(1, LENGTH);

	ck_assert_ptr_nonnull(bytes);
	random_fill(&random, bytes, NOISE);
	set_far_interest(1);
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		for (unsigned j = 0; j < PMCE_SHARE_CLASSES; j++)
			atomic_store(&topics->class_interest[i][j], 1);
	ck_assert_int_eq(
	    framed_publish(handle(0), "far", FRAMED_BINARY, bytes, LENGTH, 0),
	    FRAMED_BACKPRESSURE);
	bench_run();
	set_far_interest(0);
	free(bytes);
}
END_TEST

START_TEST(publications_have_a_limit)
{
	ck_assert_int_eq(framed_publish(handle(0), "a", FRAMED_BINARY,
	                     far_payload, FRAMED_PUBLISH_MAX + 1, 0),
	    FRAMED_INVALID);
	set_far_interest(1);
	ck_assert_int_eq(
	    publish_far(0, FRAMED_PUBLISH_MAX), FRAMED_BACKPRESSURE);
	bench_run();
	set_far_interest(0);
}
END_TEST

/* Publishes more than lets anybody go on, though it is over. */
static void
say_farewell(struct framed_session *session)
{
	ck_assert_int_eq(
	    framed_publish(session, "a", FRAMED_TEXT, "left", 4, 0),
	    FRAMED_QUEUED);
	set_far_interest(1);
	ck_assert_int_eq(framed_publish(session, "far", FRAMED_BINARY,
	                     far_payload, MAILBOX_HIGH_BYTES, 0),
	    FRAMED_BACKPRESSURE);
	set_far_interest(0);
	ck_assert(!(((struct session *)session)->flags & SESSION_PAUSED));
}

static void
close_and_say_farewell(struct framed_session *session, struct span message)
{
	(void)message;
	framed_close(session, 1000, "");
	say_farewell(session);
}

START_TEST(who_has_closed_may_still_publish)
{
	bench.acts.message = close_and_say_farewell;
	for (unsigned i = 0; i < PEERS; i++)
		subscribe(i, "a");
	peer_say(&peers[2], "go");
	bench_run();
	ck_assert_str_eq(peer_heard(&peers[2]), "close=1000: ");
	expect("xx-xxx", "text=left ");
	ck_assert(!bench.worker->has_waiting_publishers);
	/* its Close is still found */
	peer_say_close(&peers[2], 1000, "");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=go close=1000/local: ");
}
END_TEST

START_TEST(who_is_over_may_publish_in_on_close)
{
	bench.acts.close = say_farewell;
	for (unsigned i = 0; i < PEERS; i++)
		subscribe(i, "a");
	/* at once, or behind the handshake */
	if (_i == 0)
		framed_terminate(handle(2));
	else
		peer_say_close(&peers[2], 1000, "");
	bench_run();
	peer_heard(&peers[2]);
	expect("xx-xxx", "text=left ");
	ck_assert_uint_eq(bench_live(), PEERS - 1);
	ck_assert(!bench.worker->has_waiting_publishers);
	bench.acts.close = NULL;
}
END_TEST

START_TEST(subscriptions_of_a_session_are_limited)
{
	char topic[16];

	for (unsigned i = 0; i < FRAMED_SUBSCRIPTIONS_MAX; i++) {
		snprintf(topic, sizeof(topic), "topic %u", i);
		subscribe(0, topic);
	}
	/* the topic that nobody else wants is not left behind */
	ck_assert_int_eq(framed_subscribe(handle(0), "new"), FRAMED_DROPPED);
	ck_assert_uint_eq(topic_count(topics), FRAMED_SUBSCRIPTIONS_MAX);
	subscribe(1, "new");
	ck_assert_int_eq(framed_subscribe(handle(0), "new"), FRAMED_DROPPED);
	publish(2, "new", "x");
	expect("-x----", "text=x ");
	/* it has the others already, and one may take another's place */
	subscribe(0, "topic 0");
	unsubscribe(0, "topic 5");
	subscribe(0, "new");
	publish(2, "new", "y");
	expect("xx----", "text=y ");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("topics");
	TCase *tcase = tcase_create("one worker");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, subscribers_of_the_topic_get_it);
	tcase_add_test(tcase, publishers_may_skip_themselves);
	tcase_add_test(tcase, newer_publications_of_a_key_replace_older_ones);
	tcase_add_test(tcase, keys_travel_to_other_workers);
	tcase_add_test(
	    tcase, publication_of_another_size_is_read_as_far_as_it_goes);
	tcase_add_test(tcase, subscribing_twice_is_subscribing_once);
	tcase_add_test(tcase, names_have_bounds);
	tcase_add_test(tcase, topics_nobody_wants_are_freed);
	tcase_add_test(tcase, subscribers_swap_places_and_none_is_lost);
	tcase_add_test(tcase, many_topics_keep_their_subscribers_apart);
	tcase_add_loop_test(
	    tcase, full_subscribers_end_during_the_walk, 0, 1 << PEERS);
	tcase_add_test(tcase, one_turn_writes_once_and_keeps_the_order);
	tcase_add_test(tcase, subscriptions_of_a_session_are_limited);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("two workers");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, only_workers_with_interest_get_a_post);
	tcase_add_test(tcase, what_another_worker_publishes_is_delivered);
	tcase_add_test(tcase, publisher_waits_while_another_worker_lags);
	tcase_add_test(tcase, what_does_not_fit_is_dropped_and_counted);
	tcase_add_test(tcase, what_is_encoded_for_many_classes_still_fits);
	tcase_add_test(tcase, publications_have_a_limit);
	tcase_add_test(tcase, who_has_closed_may_still_publish);
	tcase_add_loop_test(tcase, who_is_over_may_publish_in_on_close, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
