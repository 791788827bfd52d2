/*
 * Extensions that transform whole messages, as sessions see them (RFC 6455 §9;
 * RFC 7692 §4 calls them per-message compression extensions, PMCE). There is
 * one, permessage-deflate, in pmce_deflate.c; the rest of the core knows this
 * interface only.
 *
 * An extension that was agreed on makes a session SESSION_EXTENDED. Results of
 * encode and decode lie in buffers of the worker, valid until it next encodes,
 * or decodes; the two leave each other's alone.
 */
#ifndef FRAMED_CORE_PMCE_H
#define FRAMED_CORE_PMCE_H

#include "base/guard.h"
#include "base/span.h"
#include "core/session.h"
#include "framed/module.h"
#include "proto/deflate_offer.h"
#include "proto/http.h"

enum {
	PMCE_VALUE_SIZE = DEFLATE_VALUE_SIZE, /* a header's value, and NUL */
	PMCE_SHARE_CLASSES = DEFLATE_WINDOW_MAX - DEFLATE_WINDOW_MIN + 1,
	PMCE_UNSHARED = PMCE_SHARE_CLASSES /* the class of all others */
};

struct deflate_pool; /* proto/deflate_engine.h */

enum pmce_result {
	PMCE_DONE,
	PMCE_PLAIN,   /* encode: send the message as it is, without rsv */
	PMCE_BAD,     /* decode: not what the extension makes: 1007 */
	PMCE_TOO_BIG, /* decode: above max_message_bytes: 1009 */
	PMCE_NO_MEMORY
};

struct pmce {
	const char *name;
	uint8_t rsv; /* FRAME_RSV bits of the first frame of what it encoded */

	/* Client: writes an offer, NUL at the end. Returns its length, 0 when
	 * the endpoint does not want the extension. */
	size_t (*offer)(
	    const struct endpoint *endpoint, char out[PMCE_VALUE_SIZE]);

	/* Server: takes the first offer in the request that suits, and writes
	 * the answer. Returns its length, 0 when there is none. */
	size_t (*accept)(struct session *session,
	    const struct http_head *request, char out[PMCE_VALUE_SIZE]);

	/* Client: judges the server's answer to the offer. Returns 0, or -1
	 * when the connection must fail. */
	int (*confirm)(struct session *session, struct span value);

	enum pmce_result (*encode)(struct session *session, struct span message,
	    struct span *encoded_out);
	enum pmce_result (*decode)(struct session *session, struct span message,
	    struct bytes *decoded_out);

	/* Whether what encode gives must reach the peer, in that order. */
	bool (*is_ordered)(const struct session *session);

	/* Sessions of one class, below PMCE_UNSHARED, understand the same
	 * bytes, whatever was sent to them before. */
	unsigned (*share_class)(const struct session *session);
	/* Encodes for a class; what comes out lies in the pool until it next
	 * encodes. Never PMCE_BAD or PMCE_TOO_BIG. */
	enum pmce_result (*encode_shared)(struct deflate_pool *pool,
	    const struct deflate_config *config, unsigned share_class,
	    struct span message, struct span *encoded_out);

	/* What was agreed, for the module. */
	void (*describe)(const struct session *session,
	    struct framed_extension *extension_out);

	/* Memory the session has for it, and the end of that. */
	size_t (*held)(const struct session *session);
	void (*release)(struct session *session);
};

extern const struct pmce pmce_deflate;

/* The session's extension, or NULL. */
static inline const struct pmce *
session_pmce(const struct session *session)
{
	return session->flags & SESSION_EXTENDED ? &pmce_deflate : NULL;
}

/* The class of the session's own messages: PMCE_UNSHARED without extension. */
static inline unsigned
session_share_class(const struct session *session)
{
	return session->flags & SESSION_EXTENDED
	    ? pmce_deflate.share_class(session)
	    : PMCE_UNSHARED;
}

#endif
