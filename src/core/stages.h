/*
 * What happens in each state of a session: the functions that the table in
 * session.c names. Each gets a session in its own state.
 */
#ifndef FRAMED_CORE_STAGES_H
#define FRAMED_CORE_STAGES_H

#include "base/guard.h"
#include "base/span.h"
#include "core/session.h"
#include "proto/parse.h"

/* What a reader answers when the state may have changed under it. */
static inline enum step
stage_next(const struct session *session)
{
	return session->state == SESSION_CLOSED ? STEP_DEAD : STEP_NEXT;
}

/* stage_request.c: ACCEPTED and REQUEST. begin: all that a proxy may have sent
 * ahead is read. */
void stage_request_begin(struct session *session);
enum step stage_accepted_readable(struct session *session, struct bytes *in);
enum step stage_request_readable(struct session *session, struct bytes *in);
void stage_request_ended(struct session *session);
void stage_request_expired(struct session *session);

/* stage_proxy.c: PROXY */
enum step stage_proxy_readable(struct session *session, struct bytes *in);

/* stage_tls.c: TLS */
void stage_tls_enter(struct session *session);
enum step stage_tls_readable(struct session *session, struct bytes *in);
void stage_tls_ended(struct session *session);
void stage_tls_expired(struct session *session);

/* stage_upgrade.c: UPGRADE */
enum step stage_upgrade_readable(struct session *session, struct bytes *in);
void stage_upgrade_expired(struct session *session);
void stage_upgrade_settle(struct session *session);

/* stage_connect.c: CONNECT and RESPONSE. ask: there is a connection to ask for a
 * session on. */
void stage_connect_ask(struct session *session);
enum step stage_response_readable(struct session *session, struct bytes *in);
void stage_connect_ended(struct session *session);
void stage_connect_expired(struct session *session);
void stage_connect_settle(struct session *session);

/* stage_open.c: OPEN */
void stage_open_enter(struct session *session);
enum step stage_open_readable(struct session *session, struct bytes *in);
void stage_open_ended(struct session *session);
void stage_open_expired(struct session *session);
void stage_open_settle(struct session *session);

/* stage_closing.c: CLOSING */
void stage_closing_enter(struct session *session);
enum step stage_closing_readable(struct session *session, struct bytes *in);
void stage_closing_ended(struct session *session);
void stage_closing_expired(struct session *session);
void stage_closing_settle(struct session *session);

#endif
