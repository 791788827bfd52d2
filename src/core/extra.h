/*
 * What only some sessions need: made when first needed, so that the others do
 * not pay for it.
 */
#ifndef FRAMED_CORE_EXTRA_H
#define FRAMED_CORE_EXTRA_H

#include "base/guard.h"
#include "core/receipts.h"
#include "core/session.h"

struct session_extra {
	char *path; /* of the request; NULL: the endpoint's own */
	struct deflate_streams *deflate; /* pmce_deflate.c; with takeover */
	struct receipts receipts;
};

/* The session's extra, made unless it is there; NULL without memory. */
MUST_CHECK struct session_extra *session_need_extra(struct session *session);

/* Bytes of memory in it, for accounting. */
size_t session_extra_held(const struct session *session);

/* Frees it; having none is fine. */
void session_extra_free(struct session *session);

#endif
