/* The configuration that framed-cat runs with. */
#ifndef FRAMED_CLIENT_PROFILE_H
#define FRAMED_CLIENT_PROFILE_H

#include "base/guard.h"
#include "client/arguments.h"
#include "conf/conf.h"

/* No listeners, one worker and one endpoint. The caller frees it. NULL without
 * memory. */
MUST_CHECK struct conf *profile_new(const struct arguments *arguments);

#endif
