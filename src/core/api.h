/*
 * What modules call, by file: host_api.c puts it into the table. Each function
 * is the one behind the wrapper of its name in framed/module.h, which says what
 * it answers; nothing here calls a module.
 */
#ifndef FRAMED_CORE_API_H
#define FRAMED_CORE_API_H

#include "core/session.h"
#include "framed/module.h"
#include "proto/utf8.h"

static inline struct session *
session_from(struct framed_session *opaque)
{
	struct session *session = (struct session *)opaque;

	MAGIC_CHECK(session, SESSION_MAGIC);
	return session;
}

static inline const struct session *
session_from_const(const struct framed_session *opaque)
{
	const struct session *session = (const struct session *)opaque;

	MAGIC_CHECK(session, SESSION_MAGIC);
	return session;
}

/*
 * Whether a message may go out as what it is called. That text is UTF-8 is the
 * module's promise: only debug builds look (--enable-debug).
 */
static inline bool
api_is_message(enum framed_type type, const void *data, size_t length)
{
	if (type == FRAMED_BINARY)
		return true;
	if (type != FRAMED_TEXT)
		return false;
	assert(!IS_DEBUG_BUILD || utf8_is_valid(span_from(data, length)));
	return true;
}

#endif
