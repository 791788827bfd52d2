/* The rarer belongings of a session. */
#include "core/extra.h"

#include <stdlib.h>

#include "core/call.h"
#include "core/pmce.h"
#include "core/async.h"
#include "core/timers.h"
#include "net/tls_stream.h"

struct session_extra *
session_need_extra(struct session *session)
{
	if (session->extra == NULL)
		session->extra = calloc(1, sizeof(*session->extra));
	return session->extra;
}

struct session_extra *
session_tune(struct session *session)
{
	struct session_extra *extra = session_need_extra(session);

	if (extra == NULL || session->flags & SESSION_TUNED)
		return extra;
	extra->rules = *session_frame_rules(session);
	extra->keepalive = *session_keepalive(session);
	session->flags |= SESSION_TUNED;
	return extra;
}

size_t
session_extra_held(const struct session *session)
{
	if (session->extra == NULL)
		return 0;
	return sizeof(*session->extra) + pmce_deflate.held(session) +
	    receipts_held(&session->extra->receipts) + timers_held(session) +
	    async_held(session) + call_held(session->extra->call) +
	    tls_stream_held(session->extra->tls);
}

void
session_extra_free(struct session *session)
{
	struct session_extra *extra = session->extra;

	if (extra == NULL)
		return;
	pmce_deflate.release(session);
	call_free(&extra->call);
	free(extra->path);
	receipts_release(&extra->receipts);
	async_leave(session);
	tls_stream_free(&extra->tls);
	free(extra->subprotocol);
	free(extra->close_text);
	free(extra->user);
	free(extra);
	session->extra = NULL;
}
