/* Mailboxes: order per sender, bounds, relief, signals, and a wake for every
 * worker that sleeps. The cases with threads are for the thread sanitizer. */
#include "core/mailbox.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/harness.h"

enum {
	SENDERS = 4,
	POSTS_EACH = 2000,
	LARGE = 1 << 20, /* bytes of posts of which few fill the mailbox */
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

/* A kind of post with a text of its own. */
struct note {
	struct post post;
	char text[32];
};

static atomic_uint freed;

static void
note_free(struct post *post)
{
	atomic_fetch_add(&freed, 1);
	free(post);
}

/* Mailboxes do not deliver. */
static const struct post_type note_type = {.free = note_free};

static struct post *
note_new(const char *text, size_t bytes)
{
	struct note *note = malloc(sizeof(*note));

	ck_assert_ptr_nonnull(note);
	note->post =
	    (struct post){.type = &note_type, .bytes = (uint32_t)bytes};
	snprintf(note->text, sizeof(note->text), "%s", text);
	return &note->post;
}

static const char *
note_text(const struct post *post)
{
	return ((const struct note *)post)->text;
}

static enum mailbox_result
post(const char *text)
{
	struct post *one = note_new(text, sizeof(struct note));
	enum mailbox_result result = mailbox_post(&mailbox, one);

	if (result == MAILBOX_FULL)
		post_free(&one);
	return result;
}

static bool
is_awake(int wait_ms)
{
	struct pollfd wake = {.fd = mailbox.wake_fd, .events = POLLIN};
	int ready = poll(&wake, 1, wait_ms);

	ck_assert_int_ne(ready, -1);
	return ready == 1;
}

/* Takes everything and works it off; writes the texts, in order and each with a
 * comma. */
static void
take(char *texts_out)
{
	struct post *next, *all = mailbox_take(&mailbox, &signals);
	size_t bytes = 0;

	texts_out[0] = '\0';
	for (; all != NULL; all = next) {
		next = all->next;
		bytes += all->bytes;
		sprintf(texts_out + strlen(texts_out), "%s,", note_text(all));
		post_free(&all);
	}
	was_lagging = mailbox_settle(&mailbox, bytes);
}

static void
expect_taken(const char *texts)
{
	char taken[256];

	take(taken);
	ck_assert_str_eq(taken, texts);
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

START_TEST(freeing_a_post_is_its_type_s_to_do)
{
	struct post *one = note_new("a", 1);

	atomic_store(&freed, 0);
	post_free(&one);
	ck_assert_ptr_null(one);
	ck_assert_uint_eq(atomic_load(&freed), 1);
	post_free(&one);
	ck_assert_uint_eq(atomic_load(&freed), 1);
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
		struct post *one = note_new("t", LARGE);

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
	ck_assert_uint_eq(count, MAILBOX_HIGH_BYTES / LARGE);
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
	ck_assert_int_eq(post("small"), MAILBOX_FULL);
	/* a signal always finds room, and so does a control post */
	mailbox_signal(&mailbox, MAILBOX_ABORT);
	mailbox_post_control(&mailbox, note_new("control", LARGE));
	take(taken);
	ck_assert_uint_eq(strlen(taken),
	    2 * (MAILBOX_LIMIT_BYTES / LARGE) + strlen("control,"));
	ck_assert_uint_eq(signals, MAILBOX_ABORT);
	ck_assert_uint_eq(atomic_load(&mailbox.bytes), 0);
}
END_TEST

START_TEST(a_refused_post_is_followed_by_relief)
{
	struct post *huge = note_new("t", MAILBOX_LIMIT_BYTES + 1);

	/* nothing of it is in the mailbox, and yet its sender waits */
	ck_assert_int_eq(mailbox_post(&mailbox, huge), MAILBOX_FULL);
	post_free(&huge);
	ck_assert(is_awake(0));
	expect_taken("");
	ck_assert(was_lagging);
}
END_TEST

START_TEST(control_posts_keep_their_place_and_cost_nothing)
{
	ck_assert_int_eq(post("a"), MAILBOX_TAKEN);
	mailbox_post_control(&mailbox, note_new("b", 2 * MAILBOX_LIMIT_BYTES));
	ck_assert(is_awake(0));
	ck_assert_int_eq(post("c"), MAILBOX_TAKEN);
	expect_taken("a,b,c,");
	ck_assert(!was_lagging);
	ck_assert_uint_eq(atomic_load(&mailbox.bytes), 0);
	/* alone, it wakes as well */
	mailbox_post_control(&mailbox, note_new("d", 1));
	ck_assert(is_awake(0));
	expect_taken("d,");
}
END_TEST

START_TEST(closing_frees_what_was_never_taken)
{
	ck_assert_int_eq(post("a"), MAILBOX_TAKEN);
	mailbox_post_control(&mailbox, note_new("b", 1));
	atomic_store(&freed, 0);
	mailbox_close(&mailbox);
	ck_assert_uint_eq(atomic_load(&freed), 2);
	ck_assert_int_eq(mailbox.wake_fd, -1);
}
END_TEST

/* Every third is a control post: all of a sender's are in one order. */
static void *
send_many(void *arg)
{
	const unsigned *number = arg;
	char text[32];

	for (unsigned i = 0; i < POSTS_EACH; i++) {
		snprintf(text, sizeof(text), "%u %u", *number, i);
		if (i % 3 == 0)
			mailbox_post_control(&mailbox, note_new(text, 0));
		else
			post(text);
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

			rest = one->next;
			sscanf(note_text(one), "%u %u", &sender, &number);
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
	atomic_uint *reliefs;
	pthread_t thread;
};

static void *
post_and_wait(void *arg)
{
	struct lagging_sender *sender = arg;

	for (unsigned i = 0; i < POSTS_EACH; i++) {
		struct post *one = note_new("t", MAILBOX_HIGH_BYTES + 1);
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
	struct lagging_sender senders[SENDERS];
	unsigned is_over = 0;
	atomic_uint reliefs;
	void *failed;

	atomic_init(&reliefs, 0);
	for (unsigned i = 0; i < SENDERS; i++) {
		senders[i] = (struct lagging_sender){&reliefs, 0};
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
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("mailbox");
	TCase *tcase = tcase_create("posts");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, posts_come_oldest_first_and_once);
	tcase_add_test(tcase, freeing_a_post_is_its_type_s_to_do);
	tcase_add_test(tcase, worker_is_woken_until_it_has_taken);
	tcase_add_test(tcase, signals_gather_and_come_once);
	tcase_add_test(tcase, publishers_are_told_to_wait_above_the_high_mark);
	tcase_add_test(tcase, nothing_is_taken_above_the_limit);
	tcase_add_test(tcase, a_refused_post_is_followed_by_relief);
	tcase_add_test(tcase, control_posts_keep_their_place_and_cost_nothing);
	tcase_add_test(tcase, closing_frees_what_was_never_taken);
	tcase_add_test(tcase, many_senders_keep_their_order);
	tcase_add_test(tcase, whoever_waits_is_relieved);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
