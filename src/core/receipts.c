/* Losses and flushes. */
#include "core/receipts.h"

#include <stdlib.h>

#include "core/extra.h"
#include "core/secure.h"
#include "core/session.h"

static const struct framed_module *
module_of(const struct session *session)
{
	return session->endpoint->api;
}

void
receipts_add_loss(struct session *session, const struct queue_loss *loss)
{
	struct session_extra *extra;

	/* what is gone may be what a flush waited for */
	if (session->flags & SESSION_FLUSHING)
		session_mark(session);
	if (loss->messages == 0 || module_of(session)->on_dropped == NULL)
		return;
	extra = session_need_extra(session);
	if (extra == NULL)
		return;
	extra->receipts.lost_messages += loss->messages;
	extra->receipts.lost_bytes += loss->bytes;
	session->flags |= SESSION_NEWS;
	session_mark(session);
}

static struct pending_flush *
flush_at(const struct receipts *receipts, unsigned place)
{
	return &receipts->flushes[(receipts->head + place) &
	    (receipts->capacity - 1u)];
}

/* Makes room for one more. Returns 0 or -1. */
static int
grow(struct receipts *receipts)
{
	unsigned capacity =
	    receipts->capacity == 0 ? 4 : 2u * receipts->capacity;
	struct pending_flush *flushes;

	if (receipts->count < receipts->capacity)
		return 0;
	flushes = malloc(capacity * sizeof(*flushes));
	if (flushes == NULL)
		return -1;
	for (unsigned i = 0; i < receipts->count; i++)
		flushes[i] = *flush_at(receipts, i);
	free(receipts->flushes);
	receipts->flushes = flushes;
	receipts->capacity = (uint16_t)capacity;
	receipts->head = 0;
	return 0;
}

enum framed_result
receipts_add_flush(struct session *session, uint64_t token)
{
	struct session_extra *extra = session_need_extra(session);
	struct receipts *receipts;

	if (extra == NULL)
		return FRAMED_NO_MEMORY;
	receipts = &extra->receipts;
	if (receipts->count == FLUSHES_MAX)
		return FRAMED_AGAIN;
	if (grow(receipts) == -1)
		return FRAMED_NO_MEMORY;
	*flush_at(receipts, receipts->count++) =
	    (struct pending_flush){token, receipts->batch++};
	session->flags |= SESSION_FLUSHING;
	if (session->queue != NULL)
		session->queue->batch = receipts->batch;
	else
		session->flags |= SESSION_NEWS;
	session_mark(session);
	return FRAMED_QUEUED;
}

uint16_t
receipts_batch(const struct session *session)
{
	return session->extra == NULL ? 0 : session->extra->receipts.batch;
}

static void
tell_dropped(struct session *session)
{
	struct receipts *receipts = &session->extra->receipts;
	uint64_t messages = receipts->lost_messages;
	uint64_t bytes = receipts->lost_bytes;

	if (messages == 0)
		return;
	receipts->lost_messages = 0;
	receipts->lost_bytes = 0;
	session_hold(session);
	module_of(session)->on_dropped(
	    (struct framed_session *)session, messages, bytes);
	session_release_hold(session);
}

/* Takes the oldest flush off and says what became of it. */
static void
tell_flushed(struct session *session, enum framed_result result)
{
	struct receipts *receipts = &session->extra->receipts;
	uint64_t token = flush_at(receipts, 0)->token;

	receipts->head = (receipts->head + 1u) & (receipts->capacity - 1u);
	if (--receipts->count == 0)
		session->flags &= ~(uint32_t)SESSION_FLUSHING;
	session_hold(session);
	module_of(session)->on_flushed(
	    (struct framed_session *)session, token, result);
	session_release_hold(session);
}

/* Whether everything sent before the oldest flush is gone. */
static bool
is_flushed(const struct session *session)
{
	if (session->flags & SESSION_SECURED && secure_has_rest(session))
		return false;
	return session->queue == NULL ||
	    !queue_has_batch(
	        session->queue, flush_at(&session->extra->receipts, 0)->batch);
}

void
receipts_settle(struct session *session)
{
	/* flushes that are asked for meanwhile are the next turn's */
	unsigned waiting = session->extra->receipts.count;

	session->flags &= ~(uint32_t)SESSION_NEWS;
	tell_dropped(session);
	/* of a session that is over receipts_close() tells the rest */
	while (waiting-- > 0 && session->state != SESSION_CLOSED &&
	    is_flushed(session))
		tell_flushed(session, FRAMED_OK);
}

void
receipts_close(struct session *session)
{
	if (session->extra == NULL)
		return;
	tell_dropped(session);
	while (session->extra->receipts.count > 0)
		tell_flushed(session, FRAMED_CLOSED);
}

size_t
receipts_held(const struct receipts *receipts)
{
	return receipts->capacity * sizeof(*receipts->flushes);
}

void
receipts_release(struct receipts *receipts)
{
	free(receipts->flushes);
	receipts->flushes = NULL;
}
