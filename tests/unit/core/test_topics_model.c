/*
 * Topics against a naive twin: sessions come, subscribe, unsubscribe, end by
 * themselves or under the very message that is delivered to them, and each
 * publication reaches exactly those that should have it.
 */
#include "core/topics.h"

#include <stdio.h>

#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/random.h"

enum { PEERS = 24, TOPICS = 10, STEPS = 4000 };

static const uint64_t seed = 41;
static struct peer peers[PEERS];

static bool is_on[PEERS][TOPICS]; /* the twin */
static bool is_full[PEERS];       /* whose queue was filled for this step */

static void
setup(void)
{
	bench_setup();
	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	memset(is_on, 0, sizeof(is_on));
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

static const char *
topic_name(unsigned topic)
{
	static char name[16];

	snprintf(name, sizeof(name), "topic %u", topic);
	return name;
}

/* Ends what is left of a session, and opens another in its stead. */
static void
renew(unsigned i)
{
	framed_terminate(handle(i));
	bench_run();
	bench_calls();
	peer_close(&peers[i]);
	peer_open(&peers[i]);
	memset(is_on[i], 0, sizeof(is_on[i]));
}

static void
fill(unsigned i)
{
	static const uint8_t payload[BENCH_QUEUE_BYTES];

	ck_assert_int_eq(
	    framed_send(handle(i), FRAMED_BINARY, payload, sizeof(payload)),
	    FRAMED_BACKPRESSURE);
}

static const char *
expected(unsigned i, unsigned topic, const char *news)
{
	if (!is_full[i])
		return is_on[i][topic] ? news : "";
	return is_on[i][topic] ? "binary*65536 close=1013:send queue full "
	                       : "binary*65536 ";
}

/* Publishes to some whose queues are full, and looks who got it and who ended
 * of it. */
static void
publish(struct random *random, unsigned topic, unsigned step)
{
	char text[16], news[32];

	snprintf(text, sizeof(text), "%u", step);
	snprintf(news, sizeof(news), "text=%u ", step);
	for (unsigned i = 0; i < PEERS; i++) {
		is_full[i] = random_below(random, 6) == 0;
		if (is_full[i])
			fill(i);
	}
	ck_assert_int_eq(framed_publish(handle(step % PEERS), topic_name(topic),
	                     FRAMED_TEXT, text, strlen(text), 0),
	    FRAMED_QUEUED);
	for (unsigned i = 0; i < PEERS; i++)
		if (peers[i].session->state != SESSION_OPEN)
			ck_assert_msg(is_full[i] && is_on[i][topic],
			    "step %u ended session %u", step, i);
	bench_run();
	bench_calls();
	for (unsigned i = 0; i < PEERS; i++) {
		ck_assert_msg(strcmp(peer_heard(&peers[i]),
		                  expected(i, topic, news)) == 0,
		    "step %u, session %u heard \"%s\"", step, i,
		    peers[i].heard.bytes);
		if (is_full[i] && is_on[i][topic])
			renew(i);
	}
}

static void
random_step(struct random *random, unsigned step)
{
	unsigned i = (unsigned)random_below(random, PEERS);
	unsigned topic = (unsigned)random_below(random, TOPICS);
	size_t pick = random_below(random, 20);

	if (pick < 9) {
		ck_assert_int_eq(framed_subscribe(handle(i), topic_name(topic)),
		    FRAMED_QUEUED);
		is_on[i][topic] = true;
	} else if (pick < 14) {
		ck_assert_int_eq(
		    framed_unsubscribe(handle(i), topic_name(topic)),
		    FRAMED_QUEUED);
		is_on[i][topic] = false;
	} else if (pick < 15) {
		renew(i);
	} else {
		publish(random, topic, step);
	}
}

START_TEST(delivers_as_a_naive_table_would)
{
	struct random random = {seed};

	for (unsigned step = 0; step < STEPS; step++)
		random_step(&random, step);
	/* or no walk met an end */
	ck_assert_uint_gt(bench_ended(CLOSE_QUEUE_FULL), STEPS / 40);
	for (unsigned i = 0; i < PEERS; i++)
		framed_terminate(handle(i));
	for (size_t i = 0; i < TOPIC_BUCKETS; i++)
		ck_assert_uint_eq(
		    atomic_load(&bench.worker->topics.interest[i]), 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("topics_model");
	TCase *tcase = tcase_create("model");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, delivers_as_a_naive_table_would);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
