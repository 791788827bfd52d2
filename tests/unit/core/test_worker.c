/*
 * Workers on threads of their own: what is published on either, or by a stranger,
 * reaches the subscribers of both, in the publisher's order, and both end when
 * drained. For the thread sanitizer above all. And one without a thread, which
 * lags.
 */
#include "core/worker.h"

#include <poll.h>
#include <stdio.h>

#include "core/publication.h"
#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

enum {
	PEERS = 4,           /* two on each worker */
	SAYS = 200,          /* messages of each */
	ALL_BYTES = 1 << 20, /* more than all of them take in a queue */
	WAIT_MS = 10000      /* for what comes at once, unless it never does */
};

static struct peer peers[PEERS];

static void
join(struct framed_session *session)
{
	framed_subscribe(session, "all");
}

static void
pass_on(struct framed_session *session, enum framed_type type, const void *data,
    size_t length)
{
	framed_publish(session, "all", type, data, length, 0);
}

static void
say_posted(struct framed_session *session, uint64_t token, const void *data,
    size_t length)
{
	(void)token;
	framed_send(session, FRAMED_TEXT, data, length);
}

static void
setup(void)
{
	bench_setup();
	/* the bench's own callbacks are for one thread */
	bench.api.on_open = join;
	bench.api.on_message = pass_on;
	bench.api.on_writable = NULL;
	bench.api.on_close = NULL;
	bench.api.on_post = say_posted;
	/* peers say all they have before they listen */
	bench.endpoint_conf.limits.queue_bytes = ALL_BYTES;
	for (unsigned i = 0; i < PEERS; i++) {
		bench.worker = &bench.server.workers[i % 2];
		peer_connect(&peers[i]);
	}
	/* the threads take their own */
	bench_close_seats();
	ck_assert_int_eq(server_start_workers(&bench.server), 0);
}

static void
teardown(void)
{
	for (unsigned i = 0; i < PEERS; i++)
		peer_close(&peers[i]);
	bench_teardown();
}

/* Waits until there is something to read. */
static void
await(const struct peer *peer)
{
	struct pollfd poll_fd = {.fd = peer->fd, .events = POLLIN};

	ck_assert_int_eq(poll(&poll_fd, 1, WAIT_MS), 1);
}

static void
open_all(void)
{
	for (unsigned i = 0; i < PEERS; i++) {
		peer_write(&peers[i], span_from_string(bench_request));
		await(&peers[i]);
		ck_assert_str_eq(peer_heard(&peers[i]), "http=101 ");
	}
}

/* Waits for so many words, each speaker's in order. */
static void
hear(struct peer *peer, unsigned count)
{
	unsigned next[PEERS] = {0}, heard = 0;
	struct message message;

	while (heard < count) {
		unsigned who, number;
		char text[32] = "";

		if (!peer_next(peer, &message)) {
			await(peer);
			continue;
		}
		ck_assert_uint_lt(message.payload.length, sizeof(text));
		memcpy(text, message.payload.data, message.payload.length);
		ck_assert_int_eq(sscanf(text, "%u %u", &who, &number), 2);
		ck_assert_uint_lt(who, PEERS);
		ck_assert_uint_eq(number, next[who]++);
		heard++;
	}
}

/* Ends both workers; what their threads did can be looked at. */
static void
drain(void)
{
	for (unsigned i = 0; i < 2; i++)
		mailbox_signal(&bench.server.workers[i].mailbox, MAILBOX_DRAIN);
	for (unsigned i = 0; i < PEERS; i++) {
		await(&peers[i]);
		ck_assert_str_eq(
		    peer_heard(&peers[i]), "close=1001:server shutting down ");
		peer_say_close(&peers[i], 1001, "");
	}
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(
		    pthread_join(bench.server.workers[i].thread, NULL), 0);
}

START_TEST(everybody_hears_everybody_in_order)
{
	char text[32];

	open_all();
	for (unsigned n = 0; n < SAYS; n++) {
		for (unsigned i = 0; i < PEERS; i++) {
			snprintf(text, sizeof(text), "%u %u", i, n);
			peer_say(&peers[i], text);
		}
	}
	for (unsigned i = 0; i < PEERS; i++)
		hear(&peers[i], PEERS * SAYS);
	drain();
	ck_assert_uint_eq(atomic_load(&bench.server.workers_ended), 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct worker *worker = &bench.server.workers[i];

		ck_assert_uint_eq(worker->stats.opened, 2);
		ck_assert_uint_eq(worker->stats.messages_in, 2 * SAYS);
		ck_assert_uint_eq(worker->stats.messages_out, 2 * PEERS * SAYS);
		ck_assert_uint_eq(worker->stats.ended[CLOSE_SHUTDOWN], 2);
		ck_assert_uint_eq(worker->table.live, 0);
	}
}
END_TEST

/* Says the next number to each session, in the three ways a stranger has. */
static void
say_as_stranger(unsigned number)
{
	char text[32];
	size_t length = (size_t)snprintf(text, sizeof(text), "0 %u", number);

	if (number % 3 == 2) {
		ck_assert_int_eq(framed_publish(NULL, "all", FRAMED_TEXT, text,
		                     length, FRAMED_PUBLISH_SKIP_SENDER),
		    FRAMED_QUEUED);
		return;
	}
	for (unsigned i = 0; i < PEERS; i++) {
		uint64_t id = session_id(peers[i].session);

		ck_assert_int_eq(number % 3 == 0
		        ? framed_post(id, 0, text, length)
		        : framed_send_to(id, FRAMED_TEXT, text, length),
		    FRAMED_QUEUED);
	}
}

START_TEST(a_stranger_is_heard_in_order_until_sessions_end)
{
	uint64_t ids[PEERS];

	open_all();
	for (unsigned number = 0; number < SAYS; number++)
		say_as_stranger(number);
	for (unsigned i = 0; i < PEERS; i++)
		hear(&peers[i], SAYS);
	for (unsigned i = 0; i < PEERS; i++)
		ids[i] = session_id(peers[i].session);
	drain();
	for (unsigned i = 0; i < PEERS; i++)
		ck_assert_int_eq(framed_post(ids[i], 0, "", 0), FRAMED_GONE);
	ck_assert_int_eq(
	    framed_publish(NULL, "all", FRAMED_TEXT, "", 0, 0), FRAMED_QUEUED);
}
END_TEST

/* Posts to the first worker, turned by hand: the numbers from first to the one
 * before end, as text, with so many zeros behind each. */
static void
post_many(unsigned first, unsigned end, size_t zeros)
{
	static uint8_t payload[1 << 16];

	for (unsigned i = first; i < end; i++) {
		size_t length =
		    (size_t)snprintf((char *)payload, sizeof(payload), "%u", i);
		struct frame_share *frame = frame_share_new(
		    FRAME_BINARY, 0, span_from(payload, length + zeros));
		struct post *post;

		ck_assert_ptr_nonnull(frame);
		post = publication_new(SPAN_LITERAL("topic"), frame);
		ck_assert_ptr_nonnull(post);
		ck_assert_int_ne(
		    mailbox_post(&bench.worker->mailbox, post), MAILBOX_FULL);
		frame_share_release_hold(&frame);
	}
}

/* The posts from first to the one before end, and no others, were heard. */
static void
expect_heard(unsigned first, unsigned end)
{
	struct message message;
	char text[16];

	for (; peer_next(&peers[0], &message); first++) {
		snprintf(text, sizeof(text), "%u", first);
		ck_assert_uint_eq(message.payload.length, strlen(text));
		ck_assert_mem_eq(message.payload.data, text, strlen(text));
	}
	ck_assert_uint_eq(first, end);
}

START_TEST(posts_are_delivered_some_in_each_turn_and_in_order)
{
	enum { A_TURN = 512 };

	peer_open(&peers[0]);
	framed_subscribe((struct framed_session *)peers[0].session, "topic");
	post_many(0, 700, 0);
	bench_turn(bench.worker);
	expect_heard(0, A_TURN);
	/* what comes now is behind those that are left; and no turn waits for
	 * events while there are any */
	post_many(700, 1600, 0);
	worker_turn(bench.worker);
	expect_heard(A_TURN, 2 * A_TURN);
	worker_turn(bench.worker);
	expect_heard(2 * A_TURN, 3 * A_TURN);
	worker_turn(bench.worker);
	expect_heard(3 * A_TURN, 1600);
	ck_assert_ptr_null(bench.worker->inbox);
	/* all are gone, and the next is the first */
	post_many(0, 1, 0);
	worker_turn(bench.worker);
	expect_heard(0, 1);
}
END_TEST

/* Few posts to many subscribers are much work, too. */
START_TEST(deliveries_of_a_turn_are_bounded_as_well)
{
	enum { CROWD = 64, POSTS = 400, A_TURN = 16384 };
	static struct peer crowd[CROWD];
	const struct stats *stats = &bench.worker->stats;

	_Static_assert(POSTS < 512 && CROWD * POSTS > A_TURN, "one turn does");
	for (unsigned i = 0; i < CROWD; i++) {
		peer_open(&crowd[i]);
		framed_subscribe(
		    (struct framed_session *)crowd[i].session, "topic");
	}
	post_many(0, POSTS, 0);
	bench_turn(bench.worker);
	ck_assert_uint_eq(stats->messages_out, A_TURN);
	ck_assert_ptr_nonnull(bench.worker->inbox);
	bench_run();
	ck_assert_uint_eq(stats->messages_out, CROWD * POSTS);
	for (unsigned i = 0; i < CROWD; i++)
		peer_close(&crowd[i]);
}
END_TEST

START_TEST(relief_is_given_when_little_is_left)
{
	enum { LENGTH = 8 << 10, POSTS = 1200 };
	const struct mailbox *publishers = &bench.server.workers[1].mailbox;

	_Static_assert(POSTS * LENGTH > MAILBOX_HIGH_BYTES, "nobody waits");
	post_many(0, POSTS, LENGTH);
	/* 688 of them are left, and then 176: above and below the low mark */
	bench_turn(bench.worker);
	ck_assert_uint_eq(atomic_load(&publishers->signals), 0);
	bench_turn(bench.worker);
	ck_assert_ptr_nonnull(bench.worker->inbox);
	ck_assert_uint_eq(atomic_load(&publishers->signals), MAILBOX_RELIEF);
	bench_run();
	ck_assert_ptr_null(bench.worker->inbox);
	ck_assert_uint_eq(atomic_load(&bench.worker->mailbox.bytes), 0);
}
END_TEST

START_TEST(who_ends_leaves_nobody_waiting)
{
	enum { LENGTH = 8 << 10, POSTS = 1200 };
	struct worker *worker = bench.worker;
	const struct mailbox *publishers = &bench.server.workers[1].mailbox;

	_Static_assert(POSTS * LENGTH > MAILBOX_HIGH_BYTES, "nobody waits");
	post_many(0, POSTS, LENGTH);
	mailbox_signal(&worker->mailbox, MAILBOX_ABORT);
	/* its thread makes them anew, and waits for nobody */
	seats_close(&worker->tenure->seats);
	sem_post(&bench.server.go);
	ck_assert_int_eq(worker_start(worker), 0);
	ck_assert_int_eq(pthread_join(worker->thread, NULL), 0);
	ck_assert_ptr_nonnull(worker->inbox);
	ck_assert_uint_eq(atomic_load(&publishers->signals), MAILBOX_RELIEF);
}
END_TEST

static void
setup_alone(void)
{
	bench_setup();
	peers[0].fd = -1;
}

static void
teardown_alone(void)
{
	peer_close(&peers[0]);
	bench_teardown();
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("worker");
	TCase *tcase = tcase_create("threads");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, everybody_hears_everybody_in_order);
	tcase_add_test(tcase, a_stranger_is_heard_in_order_until_sessions_end);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("turns");
	tcase_add_checked_fixture(tcase, setup_alone, teardown_alone);
	tcase_add_test(
	    tcase, posts_are_delivered_some_in_each_turn_and_in_order);
	tcase_add_test(tcase, deliveries_of_a_turn_are_bounded_as_well);
	tcase_add_test(tcase, relief_is_given_when_little_is_left);
	tcase_add_test(tcase, who_ends_leaves_nobody_waiting);
	suite_add_tcase(suite, tcase);
	return suite;
}
