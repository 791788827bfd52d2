/* Mailboxes: order per sender, bounds, relief, signals, and a wake for every
 * worker that sleeps. The cases with threads are for the thread sanitizer. */
#include "core/mailbox.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/frame.h"
#include "tests/unit/harness.h"

enum {
	SENDERS = 4,
	POSTS_EACH = 2000,
	LARGE = 1 << 20, /* a payload of which few fill the mailbox */
	WAIT_MS = 10000  /* for what comes at once, unless it never does */
};

static struct mailbox mailbox;
static unsigned signals;
static bool was_lagging;

static void
setup(void)
{
	ck_assert_int_eq(mailbox_open(&mailbox), 0);
}

static void
teardown(void)
{
	mailbox_close(&mailbox);
	mailbox_close(&mailbox);
}

static struct post *
post_of(const char *topic, size_t payload_length)
{
	uint8_t *payload = calloc(1, payload_length + 1);
	struct frame_share *frame;
	struct post *post;

	ck_assert_ptr_nonnull(payload);
	frame = frame_share_new(FRAME_TEXT, span_from(payload, payload_length));
	free(payload);
	ck_assert_ptr_nonnull(frame);
	post = post_new(span_from_string(topic), frame);
	ck_assert_ptr_nonnull(post);
	frame_share_release_hold(&frame);
	return post;
}

static enum mailbox_result
post(const char *topic)
{
	return mailbox_post(&mailbox, post_of(topic, 0));
}

static bool
is_awake(int wait_ms)
{
	struct pollfd wake = {.fd = mailbox.wake_fd, .events = POLLIN};
	int ready = poll(&wake, 1, wait_ms);

	ck_assert_int_ne(ready, -1);
	return ready == 1;
}

/* Takes everything and works it off; writes the topics, in order and each with
 * a comma. */
static void
take(char *topics_out)
{
	struct post *next, *all = mailbox_take(&mailbox, &signals);
	size_t bytes = 0;

	topics_out[0] = '\0';
	for (; all != NULL; all = next) {
		next = all->next;
		bytes += all->bytes;
		sprintf(topics_out + strlen(topics_out), "%.*s,",
		    all->topic_length, (const char *)all->topic);
		post_free(&all);
	}
	was_lagging = mailbox_settle(&mailbox, bytes);
}

static void
expect_taken(const char *topics)
{
	char taken[256];

	take(taken);
	ck_assert_str_eq(taken, topics);
}

START_TEST(posts_come_oldest_first_and_once)
{
	ck_assert_int_eq(post("a"), MAILBOX_TAKEN);
	ck_assert_int_eq(post("b"), MAILBOX_TAKEN);
	ck_assert_int_eq(post("c"), MAILBOX_TAKEN);
	expect_taken("a,b,c,");
	expect_taken("");
	ck_assert_int_eq(post("d"), MAILBOX_TAKEN);
	expect_taken("d,");
	ck_assert_uint_eq(signals, 0);
	ck_assert(!was_lagging);
}
END_TEST

START_TEST(post_holds_its_frame)
{
	struct frame_share *frame =
	    frame_share_new(FRAME_TEXT, SPAN_LITERAL("news"));
	struct post *one;

	ck_assert_ptr_nonnull(frame);
	one = post_new(SPAN_LITERAL("topic"), frame);
	ck_assert_ptr_nonnull(one);
	ck_assert_uint_eq(atomic_load(&frame->holds), 2);
	ck_assert_uint_ge(one->bytes, frame->length);
	post_free(&one);
	ck_assert_ptr_null(one);
	ck_assert_uint_eq(atomic_load(&frame->holds), 1);
	frame_share_release_hold(&frame);
	post_free(&one);
}
END_TEST

START_TEST(worker_is_woken_until_it_has_taken)
{
	ck_assert(!is_awake(0));
	post("a");
	post("b");
	ck_assert(is_awake(0));
	expect_taken("a,b,");
	ck_assert(!is_awake(0));
	post("c");
	ck_assert(is_awake(0));
	expect_taken("c,");
}
END_TEST

START_TEST(signals_gather_and_come_once)
{
	mailbox_signal(&mailbox, MAILBOX_RELIEF);
	mailbox_signal(&mailbox, MAILBOX_DRAIN);
	ck_assert(is_awake(0));
	expect_taken("");
	ck_assert_uint_eq(signals, MAILBOX_RELIEF | MAILBOX_DRAIN);
	expect_taken("");
	ck_assert_uint_eq(signals, 0);
}
END_TEST

/* Posts of LARGE until the answer is no longer `answer`. Returns the other. */
static enum mailbox_result
post_while(enum mailbox_result answer, unsigned *count_out)
{
	enum mailbox_result result;

	*count_out = 0;
	for (;;) {
		struct post *one = post_of("t", LARGE);

		result = mailbox_post(&mailbox, one);
		if (result == MAILBOX_FULL)
			post_free(&one);
		if (result != answer)
			return result;
		(*count_out)++;
	}
}

START_TEST(publishers_are_told_to_wait_above_the_high_mark)
{
	unsigned count;
	char taken[256];

	ck_assert_int_eq(post_while(MAILBOX_TAKEN, &count), MAILBOX_LAGGING);
	/* the posts' own bytes count too */
	ck_assert_uint_eq(count, MAILBOX_HIGH_BYTES / LARGE - 1);
	take(taken);
	ck_assert(was_lagging);
	ck_assert_uint_eq(strlen(taken), 2 * (count + 1));
	take(taken);
	ck_assert(!was_lagging);
	ck_assert_int_eq(post("a"), MAILBOX_TAKEN);
}
END_TEST

START_TEST(nothing_is_taken_above_the_limit)
{
	unsigned count;
	char taken[256];

	ck_assert_int_eq(post_while(MAILBOX_TAKEN, &count), MAILBOX_LAGGING);
	ck_assert_int_eq(post_while(MAILBOX_LAGGING, &count), MAILBOX_FULL);
	/* a small one still finds room, a signal always does */
	ck_assert_int_eq(post("small"), MAILBOX_LAGGING);
	mailbox_signal(&mailbox, MAILBOX_ABORT);
	take(taken);
	ck_assert_uint_eq(strlen(taken),
	    2 * (MAILBOX_LIMIT_BYTES / LARGE - 1) + strlen("small,"));
	ck_assert_uint_eq(signals, MAILBOX_ABORT);
	ck_assert_uint_eq(atomic_load(&mailbox.bytes), 0);
}
END_TEST

START_TEST(a_refused_post_is_followed_by_relief)
{
	struct post *huge = post_of("t", MAILBOX_LIMIT_BYTES);

	/* nothing of it is in the mailbox, and yet its sender waits */
	ck_assert_int_eq(mailbox_post(&mailbox, huge), MAILBOX_FULL);
	post_free(&huge);
	ck_assert(is_awake(0));
	expect_taken("");
	ck_assert(was_lagging);
}
END_TEST

START_TEST(closing_frees_what_was_never_taken)
{
	/* the leak checker judges */
	ck_assert_int_eq(post("a"), MAILBOX_TAKEN);
	ck_assert_int_eq(post("b"), MAILBOX_TAKEN);
	mailbox_close(&mailbox);
	ck_assert_int_eq(mailbox.wake_fd, -1);
}
END_TEST

static void *
send_many(void *arg)
{
	const unsigned *number = arg;
	char topic[32];

	for (unsigned i = 0; i < POSTS_EACH; i++) {
		snprintf(topic, sizeof(topic), "%u %u", *number, i);
		post(topic);
	}
	return NULL;
}

/* Every post of every sender, each sender's in order, the worker asleep
 * whenever it has none. */
START_TEST(many_senders_keep_their_order)
{
	unsigned numbers[SENDERS], next[SENDERS] = {0}, got = 0;
	pthread_t threads[SENDERS];

	for (unsigned i = 0; i < SENDERS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, send_many, &numbers[i]),
		    0);
	}
	while (got < SENDERS * POSTS_EACH) {
		struct post *one, *rest;

		ck_assert_msg(is_awake(WAIT_MS), "a wake was lost");
		one = mailbox_take(&mailbox, &signals);
		for (; one != NULL; one = rest, got++) {
			unsigned sender, number;
			char topic[32] = "";

			rest = one->next;
			memcpy(topic, one->topic, one->topic_length);
			sscanf(topic, "%u %u", &sender, &number);
			ck_assert_uint_lt(sender, SENDERS);
			ck_assert_uint_eq(number, next[sender]++);
			was_lagging = mailbox_settle(&mailbox, one->bytes);
			post_free(&one);
		}
	}
	for (unsigned i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	expect_taken("");
	ck_assert_uint_eq(atomic_load(&mailbox.bytes), 0);
}
END_TEST

/* Posts that are above the high mark alone, so that every one has to be followed
 * by relief, and that do not all fit. */
struct lagging_sender {
	struct frame_share *frame;
	atomic_uint *reliefs;
	pthread_t thread;
};

static void *
post_and_wait(void *arg)
{
	struct lagging_sender *sender = arg;

	for (unsigned i = 0; i < POSTS_EACH; i++) {
		struct post *one = post_new(SPAN_LITERAL("t"), sender->frame);
		unsigned before = atomic_load(sender->reliefs);
		enum mailbox_result result = mailbox_post(&mailbox, one);

		if (result == MAILBOX_TAKEN)
			return arg;
		if (result == MAILBOX_FULL)
			post_free(&one);
		while (atomic_load(sender->reliefs) == before)
			sched_yield();
	}
	mailbox_signal(&mailbox, MAILBOX_DRAIN);
	return NULL;
}

START_TEST(whoever_waits_is_relieved)
{
	static uint8_t payload[MAILBOX_HIGH_BYTES];
	struct frame_share *frame =
	    frame_share_new(FRAME_BINARY, span_from(payload, sizeof(payload)));
	struct lagging_sender senders[SENDERS];
	unsigned is_over = 0;
	atomic_uint reliefs;
	void *failed;

	ck_assert_ptr_nonnull(frame);
	atomic_init(&reliefs, 0);
	for (unsigned i = 0; i < SENDERS; i++) {
		senders[i] = (struct lagging_sender){frame, &reliefs, 0};
		ck_assert_int_eq(pthread_create(&senders[i].thread, NULL,
		                     post_and_wait, &senders[i]),
		    0);
	}
	/* the first that has done its posts ends it: relief for the others */
	while (!is_over) {
		char taken[256];

		ck_assert_msg(is_awake(WAIT_MS), "relief was lost");
		take(taken);
		is_over = signals & MAILBOX_DRAIN;
		if (was_lagging)
			atomic_fetch_add(&reliefs, 1);
	}
	for (unsigned i = 0; i < SENDERS; i++) {
		bool is_joined = false;

		while (!is_joined) {
			char taken[256];

			take(taken);
			if (was_lagging)
				atomic_fetch_add(&reliefs, 1);
			is_joined =
			    pthread_tryjoin_np(senders[i].thread, &failed) == 0;
		}
		ck_assert_ptr_null(failed);
	}
	frame_share_release_hold(&frame);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("mailbox");
	TCase *tcase = tcase_create("posts");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, posts_come_oldest_first_and_once);
	tcase_add_test(tcase, post_holds_its_frame);
	tcase_add_test(tcase, worker_is_woken_until_it_has_taken);
	tcase_add_test(tcase, signals_gather_and_come_once);
	tcase_add_test(tcase, publishers_are_told_to_wait_above_the_high_mark);
	tcase_add_test(tcase, nothing_is_taken_above_the_limit);
	tcase_add_test(tcase, a_refused_post_is_followed_by_relief);
	tcase_add_test(tcase, closing_frees_what_was_never_taken);
	tcase_add_test(tcase, many_senders_keep_their_order);
	tcase_add_test(tcase, whoever_waits_is_relieved);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
