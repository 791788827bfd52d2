/* Why sessions end: the table of close_reason.def as an enum and as facts. */
#ifndef FRAMED_CORE_CLOSE_REASON_H
#define FRAMED_CORE_CLOSE_REASON_H

#include <stdint.h>

#include "base/log.h"
#include "framed/module.h"

enum close_reason {
	CLOSE_REASON_NONE, /* not ended */
#define CLOSE_REASON(symbol, code, by, level, word, sentence) CLOSE_##symbol,
#include "core/close_reason.def"
#undef CLOSE_REASON
	CLOSE_REASON_COUNT
};

struct close_reason_info {
	uint16_t code;
	enum framed_by by;
	enum log_level level;
	const char *word;     /* in the log and in counters */
	const char *sentence; /* for the peer */
};

/* The row of a reason other than NONE. */
const struct close_reason_info *close_reason_info(enum close_reason reason);

/* "peer", "local", … as in the log */
const char *framed_by_name(enum framed_by by);

#endif
