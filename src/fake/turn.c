/* What is due, in order, and the clock. */
#include "fake/parts.h"

#include <stdlib.h>

enum {
	STEPS_MAX = 100000 /* and timers, of one call by the test */
};

struct fake_due *
framed_fake_add_due(struct framed_session *session, enum fake_due_kind kind,
    const void *data, size_t length)
{
	struct framed_fake *fake = fake_of(session);
	struct fake_due *due = calloc(1, sizeof(*due));

	if (due == NULL)
		return NULL;
	/* a block of its own: aligned for any type, and never NULL */
	due->work.data = malloc(length + 1);
	if (due->work.data == NULL) {
		free(due);
		return NULL;
	}
	if (length > 0)
		memcpy(due->work.data, data, length);
	due->work.length = length;
	due->work.size = sizeof(due->work);
	due->work.session = session->id;
	due->work.instance = session->worker->endpoint->instance;
	due->kind = kind;
	due->session = session;
	*fake->dues_end = due;
	fake->dues_end = &due->next;
	return due;
}

static void
due_free(struct fake_due *due)
{
	free(due->work.data);
	free(due);
}

/* Takes the one that link leads to. */
static struct fake_due *
due_take(struct framed_fake *fake, struct fake_due **link)
{
	struct fake_due *due = *link;

	*link = due->next;
	if (due->next == NULL)
		fake->dues_end = link;
	due->next = NULL;
	return due;
}

struct fake_due *
framed_fake_take_flush(struct framed_session *session)
{
	struct framed_fake *fake = fake_of(session);
	struct fake_due **link = &fake->dues;

	while (*link != NULL &&
	    ((*link)->kind != FAKE_DUE_FLUSH || (*link)->session != session))
		link = &(*link)->next;
	return *link == NULL ? NULL : due_take(fake, link);
}

void
framed_fake_flushed(struct fake_due *due, enum framed_result result)
{
	struct framed_session *session = due->session;
	struct framed_fake *fake = fake_of(session);

	session->flushes--;
	fake->is_in_callback = 1;
	fake->api.on_flushed(session, due->work.token, result);
	fake->is_in_callback = 0;
	due_free(due);
}

/* The work is kept for its end. */
static void
run_work(struct fake_due *due)
{
	struct framed_fake *fake = fake_of(due->session);

	fake->is_in_work = 1;
	fake->api.async_work(&due->work);
	fake->is_in_work = 0;
	due->kind = FAKE_DUE_DONE;
	*fake->dues_end = due;
	fake->dues_end = &due->next;
}

static void
tell_done(struct fake_due *due)
{
	struct framed_session *session = due->session;
	struct framed_fake *fake = fake_of(session);

	session->works--;
	due->work.gone = session->state == FRAMED_FAKE_CLOSED;
	fake->is_in_callback = 1;
	fake->api.on_async_done(due->work.gone ? NULL : session, &due->work);
	fake->is_in_callback = 0;
	due_free(due);
}

/* The answer that was put off has come. */
static void
carry_out_answer(struct framed_session *session)
{
	if (session->state != FRAMED_FAKE_UPGRADE)
		return;
	session->is_deferred = 0;
	if (session->status == 101)
		framed_fake_enter_open(session);
	else
		session->state = FRAMED_FAKE_CLOSED;
}

int
framed_fake_step(struct framed_fake *fake)
{
	struct fake_due *due;

	if (fake_is_busy(fake) || fake->dues == NULL)
		return 0;
	due = due_take(fake, &fake->dues);
	switch (due->kind) {
	case FAKE_DUE_POST:
		framed_fake_post(due->session, due->work.token, due->work.data,
		    due->work.length);
		break;
	case FAKE_DUE_FLUSH:
		framed_fake_flushed(due, FRAMED_OK);
		return 1;
	case FAKE_DUE_WORK:
		run_work(due);
		return 1;
	case FAKE_DUE_DONE:
		tell_done(due);
		return 1;
	case FAKE_DUE_ANSWER:
		carry_out_answer(due->session);
		break;
	case FAKE_DUE_END:
		if (due->session->state == FRAMED_FAKE_CLOSING)
			framed_fake_finish(due->session);
		break;
	}
	due_free(due);
	return 1;
}

int
framed_fake_settle(struct framed_fake *fake)
{
	for (int steps = 0; steps < STEPS_MAX; steps++)
		if (!framed_fake_step(fake))
			return 0;
	return -1;
}

void
framed_fake_free_dues(struct framed_fake *fake)
{
	while (fake->dues != NULL)
		due_free(due_take(fake, &fake->dues));
}

/* The link to a session's first timer to run out, up to that time, or NULL. */
static struct fake_timer **
session_first_timer(struct framed_session *session, uint64_t until_ms)
{
	struct fake_timer **first = NULL, **link;

	if (!fake_is_live(session))
		return NULL;
	for (link = &session->timers; *link != NULL; link = &(*link)->next)
		if ((*link)->due_ms <= until_ms &&
		    (first == NULL || fake_is_earlier(*link, *first)))
			first = link;
	return first;
}

/* Has the next timer up to that time run out. Returns 0 when there is none. */
static int
run_timer(struct framed_fake *fake, uint64_t until_ms)
{
	struct framed_session *session, *owner = NULL;
	struct fake_timer **first = NULL, **link, *timer;

	for (session = fake->sessions; session != NULL;
	     session = session->next) {
		link = session_first_timer(session, until_ms);
		if (link != NULL &&
		    (first == NULL || fake_is_earlier(*link, *first))) {
			first = link;
			owner = session;
		}
	}
	if (first == NULL)
		return 0;
	timer = *first;
	*first = timer->next;
	fake->now_ms = timer->due_ms;
	fake->is_in_callback = 1;
	fake->api.on_timer(owner, timer->token);
	fake->is_in_callback = 0;
	free(timer);
	return 1;
}

int
framed_fake_advance(struct framed_fake *fake, uint32_t ms)
{
	uint64_t until_ms = fake->now_ms + ms;

	if (fake_is_busy(fake))
		return 0;
	for (int timers = 0; timers < STEPS_MAX; timers++) {
		if (framed_fake_settle(fake) == -1)
			return -1;
		if (run_timer(fake, until_ms))
			continue;
		fake->now_ms = until_ms;
		return 0;
	}
	return -1;
}
