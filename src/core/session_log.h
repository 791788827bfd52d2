/* What the log says of a session when it is over. */
#ifndef FRAMED_CORE_SESSION_LOG_H
#define FRAMED_CORE_SESSION_LOG_H

#include "core/session.h"

/* One line that answers most questions, at the level of the reason. */
void session_log_end(const struct session *session);

#endif
