/* Workers on threads of their own: what is published on either reaches the
 * subscribers of both, in the publisher's order, and both end when drained.
 * For the thread sanitizer above all. */
#include "core/worker.h"

#include <poll.h>
#include <stdio.h>

#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

enum {
	PEERS = 4, /* two on each worker */
	SAYS = 200, /* messages of each */
	WAIT_MS = 10000 /* for what comes at once, unless it never does */
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
setup(void)
{
	bench_setup();
	/* the bench's own callbacks are for one thread */
	bench.api.on_open = join;
	bench.api.on_message = pass_on;
	bench.api.on_writable = NULL;
	bench.api.on_close = NULL;
	for (unsigned i = 0; i < PEERS; i++) {
		bench.worker = &bench.server.workers[i % 2];
		peer_connect(&peers[i]);
	}
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(worker_start(&bench.server.workers[i]), 0);
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

/* Waits for everything that everybody said, each one's words in order. */
static void
hear_all(struct peer *peer)
{
	unsigned next[PEERS] = {0}, heard = 0;
	struct message message;

	while (heard < PEERS * SAYS) {
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
		hear_all(&peers[i]);
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

Suite *
test_suite(void)
{
	Suite *suite = suite_create("worker");
	TCase *tcase = tcase_create("threads");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, everybody_hears_everybody_in_order);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
