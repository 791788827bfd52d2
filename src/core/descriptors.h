/* How many clients there can be: each needs a descriptor. */
#ifndef FRAMED_CORE_DESCRIPTORS_H
#define FRAMED_CORE_DESCRIPTORS_H

#include <stdint.h>

#include "base/guard.h"
#include "conf/conf.h"

/* Descriptors, and who gets them. */
struct descriptors {
	uint64_t before; /* the limit, as it was … */
	uint64_t limit;  /* … and raised as far as it goes */
	uint32_t max_sessions;
	uint32_t max_handshakes; /* beside them */
};

/*
 * Raises the limit, and shares out what it leaves for clients as conf wants, or
 * says in the log what it does not allow, and what to do. Returns 0; or -1 after
 * saying that there are too few for any client. Main thread.
 */
MUST_CHECK int descriptors_share(
    struct descriptors *descriptors, const struct conf *conf, unsigned workers);

/* Says in the log what there are. */
void descriptors_tell(const struct descriptors *descriptors);

#endif
