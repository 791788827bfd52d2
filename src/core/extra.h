/*
 * What only some sessions need: made when first needed, so that the others do
 * not pay for it.
 */
#ifndef FRAMED_CORE_EXTRA_H
#define FRAMED_CORE_EXTRA_H

#include "base/guard.h"
#include "core/meter.h"
#include "core/receipts.h"
#include "core/session.h"

struct tally;
struct work_line;

struct session_extra {
	char *path;        /* of the request; NULL: the endpoint's own */
	struct call *call; /* client: what it was made of */
	struct deflate_streams *deflate; /* pmce_deflate.c; with takeover */
	struct receipts receipts;
	/* with SESSION_TUNED, in place of the endpoint's */
	struct frame_rules rules;
	struct conf_keepalive keepalive;
	uint32_t first_timer; /* timers.h; 0: none */
	uint32_t timer_count;
	struct work_line *works; /* async.h */
	struct tls_stream *tls;  /* with SESSION_SECURED */
	struct meter meter;
	struct tally *listener_sessions; /* NULL: it is not counted there … */
	bool is_address_counted;         /* … or for its address */
	char *subprotocol; /* NULL: the endpoint's own, or a client's none */
	char *close_text;  /* why it ends; NULL: none */
	char *user;        /* whose token it is; NULL: nobody's that is known */
};

/* The session's extra, made unless it is there; NULL without memory. */
MUST_CHECK struct session_extra *session_need_extra(struct session *session);

/* The same, with rules and keepalive the session's own from now on: at first
 * what they were. NULL without memory, and then nothing has changed. */
MUST_CHECK struct session_extra *session_tune(struct session *session);

/* What frames of the peer have to keep to. Once there is an endpoint. */
static inline const struct frame_rules *
session_frame_rules(const struct session *session)
{
	if (UNLIKELY(session->flags & SESSION_TUNED))
		return &session->extra->rules;
	return session->flags & SESSION_EXTENDED
	    ? &session->endpoint->extended_rules
	    : &session->endpoint->rules;
}

/* How the peer is watched. Once there is an endpoint. */
static inline const struct conf_keepalive *
session_keepalive(const struct session *session)
{
	return session->flags & SESSION_TUNED
	    ? &session->extra->keepalive
	    : &session->endpoint->conf->keepalive;
}

/* Bytes of memory in it, for accounting. */
size_t session_extra_held(const struct session *session);

/* Frees it; having none is fine. */
void session_extra_free(struct session *session);

#endif
