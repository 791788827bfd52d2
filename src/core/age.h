/*
 * Sessions that have become too old (limits.max_age_ms): they are closed, so that
 * their clients come back, perhaps to another server.
 */
#ifndef FRAMED_CORE_AGE_H
#define FRAMED_CORE_AGE_H

#include "core/session.h"

/* The session is open: from now on its age counts, if its endpoint minds. Ends
 * it for lack of memory. */
void age_begin(struct session *session);

/* Its time is over. */
void age_expired(struct session *session);

#endif
