/*
 * How many messages and bytes of a session are taken in a second: above that
 * its peer has to wait, or is closed.
 */
#ifndef FRAMED_CORE_METER_H
#define FRAMED_CORE_METER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/guard.h"
#include "base/rate.h"
#include "core/session.h"

struct meter {
	struct rate messages;
	struct rate bytes;
};

/*
 * Counts a message, of so many bytes on the wire, of a session whose endpoint is
 * metered. Returns whether it is to be worked on; if not, the session is ending.
 */
MUST_CHECK bool meter_take(struct session *session, size_t bytes);

/* The time that the peer had to wait is over. */
void meter_expired(struct session *session);

#endif
