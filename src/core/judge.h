/*
 * Judges a request that was read whole, in this order: route, handshake,
 * subprotocol, origin, token, number of sessions.
 */
#ifndef FRAMED_CORE_JUDGE_H
#define FRAMED_CORE_JUDGE_H

#include "core/session.h"
#include "proto/http.h"

struct judgement {
	const struct endpoint
	    *endpoint;            /* which counts the session; or NULL … */
	enum close_reason reason; /* … and why not … */
	struct http_response response; /* … as it is to be answered */
};

/* What a trusted proxy says of its client holds from then on, as does whose token
 * it was. */
void judge(struct session *session, const struct http_head *request,
    struct judgement *judgement_out);

#endif
