/*
 * A thread of its own, from load to unload, that knows sessions by their ids
 * alone, those that have ended too. On "go" it says the numbers from 0 to ROUNDS
 * - 1 to all of them, in turn by framed_post(), by framed_send_to(), and by
 * framed_publish(), and logs how that went; on "never stop" it posts 0 to all of
 * them until unload. "id" is answered with the session's. Other messages are
 * echoed.
 */
#include <framed/module.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

enum { IDS_MAX = 256, ROUNDS = 300 };

struct stranger {
	pthread_t thread;
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t news;
	unsigned rounds; /* to do */
	int is_restless;
	int is_over;
	unsigned count;
	uint64_t ids[IDS_MAX];
};

/* What the thread has seen. */
struct tally {
	unsigned taken;
	unsigned gone;
	unsigned again;
	unsigned other;
};

static void
note(struct tally *tally, enum framed_result result)
{
	switch (result) {
	case FRAMED_QUEUED:
		tally->taken++;
		break;
	case FRAMED_GONE:
		tally->gone++;
		break;
	case FRAMED_AGAIN:
	case FRAMED_BACKPRESSURE:
	case FRAMED_DROPPED:
		tally->again++;
		break;
	case FRAMED_CLOSED:
	case FRAMED_INVALID:
	case FRAMED_NO_MEMORY:
	case FRAMED_UNSUPPORTED:
		tally->other++;
		break;
	}
}

static void
say(const uint64_t *ids, unsigned count, unsigned number, struct tally *tally)
{
	char text[16];
	size_t length = (size_t)snprintf(text, sizeof(text), "%u", number);

	if (number % 3 == 2) {
		note(tally,
		    framed_publish(
		        NULL, "strangers", FRAMED_TEXT, text, length, 0));
		return;
	}
	for (unsigned i = 0; i < count; i++)
		note(tally,
		    number % 3 == 0
		        ? framed_post(ids[i], number, text, length)
		        : framed_send_to(ids[i], FRAMED_TEXT, text, length));
}

/* Waits for something to say. Returns how many ids were copied, or -1 when it is
 * over. */
static int
await_rounds(struct stranger *stranger, uint64_t *ids_out, unsigned *rounds_out)
{
	int count = -1;

	pthread_mutex_lock(&stranger->lock);
	while (stranger->rounds == 0 && !stranger->is_restless &&
	    !stranger->is_over)
		pthread_cond_wait(&stranger->news, &stranger->lock);
	if (!stranger->is_over) {
		*rounds_out = stranger->rounds;
		stranger->rounds = 0;
		count = (int)stranger->count;
		memcpy(ids_out, stranger->ids, sizeof(stranger->ids));
	}
	pthread_mutex_unlock(&stranger->lock);
	return count;
}

static void *
run(void *arg)
{
	struct stranger *stranger = arg;
	uint64_t ids[IDS_MAX];
	struct tally all = {0};
	unsigned rounds;
	int count;

	while ((count = await_rounds(stranger, ids, &rounds)) != -1) {
		struct tally tally = {0};

		if (rounds == 0) {
			say(ids, (unsigned)count, 0, &all);
			sched_yield();
			continue;
		}
		for (unsigned number = 0; number < rounds; number++)
			say(ids, (unsigned)count, number, &tally);
		framed_log(FRAMED_INFO,
		    "said taken=%u gone=%u again=%u other=%u", tally.taken,
		    tally.gone, tally.again, tally.other);
	}
	framed_log(FRAMED_INFO, "ends gone=%u other=%u", all.gone, all.other);
	return NULL;
}

static int
load(const struct framed_settings *settings, void **instance_out, char *error,
    size_t size)
{
	struct stranger *stranger = calloc(1, sizeof(*stranger));

	(void)settings;
	if (stranger == NULL)
		return -1;
	pthread_mutex_init(&stranger->lock, NULL);
	pthread_cond_init(&stranger->news, NULL);
	/* a number that is no id, at a time when there is no session */
	if (framed_post(1, 0, "", 0) != FRAMED_GONE ||
	    pthread_create(&stranger->thread, NULL, run, stranger) != 0) {
		snprintf(error, size, "cannot begin");
		free(stranger);
		return -1;
	}
	*instance_out = stranger;
	return 0;
}

static void
tell(struct stranger *stranger, unsigned rounds, int is_restless, int is_over)
{
	pthread_mutex_lock(&stranger->lock);
	stranger->rounds += rounds;
	stranger->is_restless |= is_restless;
	stranger->is_over |= is_over;
	pthread_cond_signal(&stranger->news);
	pthread_mutex_unlock(&stranger->lock);
}

static void
unload(void *instance)
{
	struct stranger *stranger = instance;

	tell(stranger, 0, 0, 1);
	pthread_join(stranger->thread, NULL);
	pthread_cond_destroy(&stranger->news);
	pthread_mutex_destroy(&stranger->lock);
	free(stranger);
}

static void
on_open(struct framed_session *session)
{
	struct stranger *stranger = framed_instance(session);

	framed_subscribe(session, "strangers");
	pthread_mutex_lock(&stranger->lock);
	if (stranger->count < IDS_MAX)
		stranger->ids[stranger->count++] = framed_id(session);
	pthread_mutex_unlock(&stranger->lock);
}

static int
is(const char *word, const void *data, size_t length)
{
	return length == strlen(word) && memcmp(data, word, length) == 0;
}

static void
say_id(struct framed_session *session)
{
	char text[20];
	int length = snprintf(text, sizeof(text), "%016llx",
	    (unsigned long long)framed_id(session));

	framed_send(session, FRAMED_TEXT, text, (size_t)length);
}

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	if (is("go", data, length))
		tell(framed_instance(session), ROUNDS, 0, 0);
	else if (is("never stop", data, length))
		tell(framed_instance(session), 0, 1, 0);
	else if (is("id", data, length))
		say_id(session);
	else
		framed_send(session, type, data, length);
}

static void
on_post(struct framed_session *session, uint64_t token, const void *data,
    size_t length)
{
	char text[16];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)token);
	if (is(text, data, length))
		framed_send(session, FRAMED_TEXT, data, length);
	else
		framed_fail(session, "another token than was posted");
}

FRAMED_MODULE(.name = "stranger", .version = "0", .load = load,
    .unload = unload, .on_open = on_open, .on_message = on_message,
    .on_post = on_post);
