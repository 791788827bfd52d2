/*
 * PROXY: reads the header that a proxy sends ahead of everything, and takes the
 * client that it names for the peer, in the log, for limits and for modules.
 */
#include "core/request.h"
#include "core/stages.h"
#include "core/worker.h"

/* The proxy's own connections, such as its checks, keep its address. */
static void
take_source(struct session *session, const struct proxy_source *source)
{
	struct addr *peer = &session->peer;

	switch ((enum proxy_family)source->family) {
	case PROXY_NONE:
		return;
	case PROXY_IPV4:
		*peer = (struct addr){.family = ADDR_IPV4};
		break;
	case PROXY_IPV6:
		*peer = (struct addr){.family = ADDR_IPV6};
		break;
	case PROXY_UNIX:
		*peer = (struct addr){.family = ADDR_NONE};
		return;
	}
	peer->port = source->port;
	memcpy(peer->ip, source->ip, sizeof(peer->ip));
	addr_unmap(peer);
}

enum step
stage_proxy_readable(struct session *session, struct bytes *in)
{
	struct span rest = span_from(in->data, in->length);
	struct proxy_source source;
	struct proto_error error;
	enum parse parse =
	    proxy_read(&session->request->proxy, &rest, &source, &error);

	bytes_advance(in, in->length - rest.length);
	switch (parse) {
	case PARSE_DONE:
		take_source(session, &source);
		stage_request_begin(session);
		return stage_next(session);
	case PARSE_MORE:
		return STEP_MORE;
	case PARSE_BAD:
		break;
	}
	session_close_with(
	    session, CLOSE_PROXY_WRONG, 0, span_from_string(error.text));
	return STEP_DEAD;
}
