/*
 * Echoes, and decides by the query of the request who comes in:
 *
 *	refuse       403, with a header and a text
 *	move         307 to another place
 *	choose=NAME  accepts with this subprotocol, or else answers 400
 *	facts        accepts, and says first what was asked for
 *	fail         gives up
 *	never        does not answer
 *	wait         as a thread says, once "open the gate" is sent
 *	thread       as a thread says, now
 *	thread-not   403, says a thread
 */
#include <framed/module.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAITING_MAX = 4096 };

struct waiting {
	uint64_t id;
	uint16_t status;
	int is_held; /* until the gate is opened */
};

struct gate {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t news;
	struct waiting waiting[WAITING_MAX];
	size_t count;
	int is_ending;
};

/* Takes one whose time has come. The lock is held. */
static int
take(struct gate *gate, struct waiting *waiting_out)
{
	for (size_t i = 0; i < gate->count; i++) {
		if (gate->waiting[i].is_held)
			continue;
		*waiting_out = gate->waiting[i];
		gate->waiting[i] = gate->waiting[--gate->count];
		return 1;
	}
	return 0;
}

static void *
answer_by_id(void *arg)
{
	struct gate *gate = arg;
	struct waiting waiting;

	pthread_mutex_lock(&gate->lock);
	while (!gate->is_ending) {
		if (!take(gate, &waiting)) {
			pthread_cond_wait(&gate->news, &gate->lock);
			continue;
		}
		pthread_mutex_unlock(&gate->lock);
		framed_answer_to(waiting.id,
		    &(struct framed_answer){
		        .size = sizeof(struct framed_answer),
		        .status = waiting.status,
		        .headers = "X-By: thread\r\n"});
		pthread_mutex_lock(&gate->lock);
	}
	pthread_mutex_unlock(&gate->lock);
	return NULL;
}

static int
load(const struct framed_settings *settings, void **instance_out, char *error,
    size_t size)
{
	struct gate *gate = calloc(1, sizeof(*gate));

	(void)settings;
	if (gate == NULL)
		goto fail;
	pthread_mutex_init(&gate->lock, NULL);
	pthread_cond_init(&gate->news, NULL);
	if (pthread_create(&gate->thread, NULL, answer_by_id, gate) != 0)
		goto fail;
	*instance_out = gate;
	return 0;
fail:
	free(gate);
	snprintf(error, size, "no memory or no thread");
	return -1;
}

static void
unload(void *instance)
{
	struct gate *gate = instance;

	pthread_mutex_lock(&gate->lock);
	gate->is_ending = 1;
	pthread_cond_signal(&gate->news);
	pthread_mutex_unlock(&gate->lock);
	pthread_join(gate->thread, NULL);
	pthread_cond_destroy(&gate->news);
	pthread_mutex_destroy(&gate->lock);
	free(gate);
}

static enum framed_upgrade
wait_for_thread(struct framed_session *session, uint16_t status, int is_held)
{
	struct gate *gate = framed_instance(session);

	pthread_mutex_lock(&gate->lock);
	if (gate->count < WAITING_MAX)
		gate->waiting[gate->count++] =
		    (struct waiting){framed_id(session), status, is_held};
	pthread_cond_signal(&gate->news);
	pthread_mutex_unlock(&gate->lock);
	if (is_held)
		framed_log(FRAMED_INFO, "waiting");
	return FRAMED_DEFER;
}

static enum framed_upgrade
answer(struct framed_session *session, struct framed_answer answer)
{
	answer.size = sizeof(answer);
	if (framed_answer(session, &answer) != FRAMED_OK) {
		answer = (struct framed_answer){.size = sizeof(answer),
		    .status = 400,
		    .text = "this cannot be answered so"};
		framed_answer(session, &answer);
	}
	return FRAMED_PROCEED;
}

static enum framed_upgrade
on_upgrade(struct framed_session *session)
{
	const char *query = framed_query(session);

	if (strcmp(query, "refuse") == 0)
		return answer(session,
		    (struct framed_answer){.status = 403,
		        .headers = "X-Reason: closed\r\nX-Until: ten\r\n",
		        .text = "the gate is closed"});
	if (strcmp(query, "move") == 0)
		return answer(session,
		    (struct framed_answer){
		        .status = 307, .headers = "Location: /echo\r\n"});
	if (strncmp(query, "choose=", 7) == 0)
		return answer(session,
		    (struct framed_answer){.status = 101,
		        .subprotocol = query + 7,
		        .headers = "X-Chosen: yes\r\n"});
	if (strcmp(query, "fail") == 0)
		framed_fail(session, "asked to");
	if (strcmp(query, "never") == 0)
		return FRAMED_DEFER;
	if (strcmp(query, "wait") == 0)
		return wait_for_thread(session, 101, 1);
	if (strcmp(query, "thread") == 0)
		return wait_for_thread(session, 101, 0);
	if (strcmp(query, "thread-not") == 0)
		return wait_for_thread(session, 403, 0);
	return FRAMED_PROCEED;
}

static void
on_open(struct framed_session *session)
{
	const char *subprotocol = framed_subprotocol(session);
	char text[1024];
	int length;

	if (strcmp(framed_query(session), "facts") != 0)
		return;
	length =
	    snprintf(text, sizeof(text), "%s %s %s %s", framed_method(session),
	        framed_target(session), framed_header(session, "user-agent", 0),
	        subprotocol != NULL ? subprotocol : "-");
	framed_send(session, FRAMED_TEXT, text, (size_t)length);
}

static void
open_gate(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	for (size_t i = 0; i < gate->count; i++)
		gate->waiting[i].is_held = 0;
	pthread_cond_signal(&gate->news);
	pthread_mutex_unlock(&gate->lock);
}

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	static const char word[] = "open the gate";

	if (length == sizeof(word) - 1 && memcmp(data, word, length) == 0)
		open_gate(framed_instance(session));
	framed_send(session, type, data, length);
}

FRAMED_MODULE(.name = "gate", .version = "0", .load = load, .unload = unload,
    .on_open = on_open, .on_message = on_message, .on_upgrade = on_upgrade);
