/* What modules call about sessions that they begin. */
#include "core/api.h"
#include "core/call.h"
#include "core/connect.h"
#include "core/extra.h"

static enum framed_result
api_connect(struct framed_worker *worker,
    const struct framed_connect_options *options, uint64_t *id_out)
{
	return session_connect(seat_from(worker), options, id_out);
}

static const struct framed_call *
api_call(const struct framed_session *opaque)
{
	static _Thread_local struct framed_call facts;
	const struct session *session = session_from_const(opaque);

	if (!(session->flags & SESSION_CLIENT))
		return NULL;
	call_describe(session->extra->call, &facts);
	return &facts;
}

const struct framed_client api_client = {
    .size = sizeof(api_client),
    .connect = api_connect,
    .call = api_call,
};
