/* Timers of modules. */
#include "core/timers.h"

#include <stdlib.h>
#include <string.h>

#include "core/extra.h"

enum {
	NONE = 0, /* the first entry is no timer, but head of the free ones */
	FIRST_CAPACITY = 64,
	/* more than any memory holds today; keeps the numbers from wrapping */
	CAPACITY_MAX = 1 << 30
};

struct timer {
	struct session *session;
	uint64_t token;
	uint32_t previous; /* of the session's, or NONE */
	uint32_t next;     /* of the session's or of the free ones, or NONE */
};

int
timers_init(struct timers *timers, uint64_t now_ms)
{
	memset(timers, 0, sizeof(*timers));
	return wheel_init(&timers->wheel, now_ms);
}

void
timers_release(struct timers *timers)
{
	wheel_release(&timers->wheel);
	free(timers->entries);
	memset(timers, 0, sizeof(*timers));
}

/* Makes room for one more entry. Returns 0 or -1. */
static int
grow(struct timers *timers)
{
	uint32_t capacity = timers->capacity == 0
	    ? FIRST_CAPACITY
	    : timers->capacity + timers->capacity / 2;
	struct timer *entries;

	if (capacity > CAPACITY_MAX ||
	    wheel_reserve(&timers->wheel, capacity) == -1)
		return -1;
	entries = realloc(timers->entries, capacity * sizeof(*entries));
	if (entries == NULL)
		return -1;
	timers->entries = entries;
	timers->capacity = capacity;
	if (timers->count == 0)
		entries[timers->count++] = (struct timer){.next = NONE};
	return 0;
}

/* An entry that is nobody's. NONE without memory. */
static uint32_t
take_entry(struct timers *timers)
{
	uint32_t slot;

	if (timers->count > 0 && timers->entries[NONE].next != NONE) {
		slot = timers->entries[NONE].next;
		timers->entries[NONE].next = timers->entries[slot].next;
		return slot;
	}
	if (timers->count == timers->capacity && grow(timers) == -1)
		return NONE;
	return timers->count++;
}

static void
give_entry(struct timers *timers, uint32_t slot)
{
	timers->entries[slot].session = NULL;
	timers->entries[slot].next = timers->entries[NONE].next;
	timers->entries[NONE].next = slot;
}

/* The session's timer of this token, or NONE. */
static uint32_t
find(const struct timers *timers, const struct session *session, uint64_t token)
{
	uint32_t slot = session->extra->first_timer;

	while (slot != NONE && timers->entries[slot].token != token)
		slot = timers->entries[slot].next;
	return slot;
}

/* Makes the entry the first of the session's. */
static void
link_entry(struct timers *timers, uint32_t slot, struct session *session,
    uint64_t token)
{
	struct session_extra *extra = session->extra;
	uint32_t first = extra->first_timer;

	timers->entries[slot] = (struct timer){
	    .session = session,
	    .token = token,
	    .previous = NONE,
	    .next = first,
	};
	if (first != NONE)
		timers->entries[first].previous = slot;
	extra->first_timer = slot;
	extra->timer_count++;
}

/* Ends a timer. */
static void
drop(struct timers *timers, uint32_t slot)
{
	struct timer *timer = &timers->entries[slot];
	struct session_extra *extra = timer->session->extra;

	wheel_clear(&timers->wheel, slot);
	if (timer->previous != NONE)
		timers->entries[timer->previous].next = timer->next;
	else
		extra->first_timer = timer->next;
	if (timer->next != NONE)
		timers->entries[timer->next].previous = timer->previous;
	extra->timer_count--;
	give_entry(timers, slot);
}

enum framed_result
timers_set(struct timers *timers, struct session *session, uint64_t now_ms,
    uint32_t delay_ms, uint64_t token)
{
	struct session_extra *extra = session_need_extra(session);
	uint32_t slot;

	if (extra == NULL)
		return FRAMED_NO_MEMORY;
	slot = find(timers, session, token);
	if (slot == NONE) {
		if (extra->timer_count == TIMERS_PER_SESSION_MAX)
			return FRAMED_AGAIN;
		slot = take_entry(timers);
		if (slot == NONE)
			return FRAMED_NO_MEMORY;
		link_entry(timers, slot, session, token);
	}
	wheel_set(&timers->wheel, slot, now_ms, delay_ms);
	return FRAMED_OK;
}

void
timers_cancel(struct timers *timers, struct session *session, uint64_t token)
{
	uint32_t slot = NONE;

	if (session->extra != NULL)
		slot = find(timers, session, token);
	if (slot != NONE)
		drop(timers, slot);
}

void
timers_end(struct timers *timers, struct session *session)
{
	if (session->extra == NULL)
		return;
	while (session->extra->first_timer != NONE)
		drop(timers, session->extra->first_timer);
}

int64_t
timers_next_ms(struct timers *timers, uint64_t now_ms)
{
	return wheel_next_ms(&timers->wheel, now_ms);
}

/* What timers_advance() hands through the wheel. */
struct advance {
	struct timers *timers;
	timers_fn *fn;
};

static void
on_due(void *arg, uint32_t slot)
{
	const struct advance *advance = arg;
	const struct timer due = advance->timers->entries[slot];

	drop(advance->timers, slot);
	advance->fn(due.session, due.token);
}

void
timers_advance(struct timers *timers, uint64_t now_ms, timers_fn *fn)
{
	struct advance advance = {timers, fn};

	wheel_advance(&timers->wheel, now_ms, on_due, &advance);
}

size_t
timers_held(const struct session *session)
{
	if (session->extra == NULL)
		return 0;
	return session->extra->timer_count *
	    (sizeof(struct timer) + sizeof(struct wheel_node));
}
