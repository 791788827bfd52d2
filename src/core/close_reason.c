/* The table of close reasons. */
#include "core/close_reason.h"

#include "base/guard.h"

static const struct close_reason_info reasons[CLOSE_REASON_COUNT] = {
    [CLOSE_REASON_NONE] = {0, FRAMED_BY_TRANSPORT, LOG_LEVEL_DEBUG, "none", ""},
#define CLOSE_REASON(symbol, code, by, level, word, sentence) \
	[CLOSE_##symbol] = {                                  \
	    code, FRAMED_BY_##by, LOG_LEVEL_##level, word, sentence},
#include "core/close_reason.def"
#undef CLOSE_REASON
};

const struct close_reason_info *
close_reason_info(enum close_reason reason)
{
	assert(reason > CLOSE_REASON_NONE && reason < CLOSE_REASON_COUNT);
	return &reasons[reason];
}

const char *
framed_by_name(enum framed_by by)
{
	switch (by) {
	case FRAMED_BY_PEER:
		return "peer";
	case FRAMED_BY_LOCAL:
		return "local";
	case FRAMED_BY_TIMEOUT:
		return "timeout";
	case FRAMED_BY_PROTOCOL:
		return "protocol";
	case FRAMED_BY_LIMIT:
		return "limit";
	case FRAMED_BY_TRANSPORT:
		return "transport";
	case FRAMED_BY_MODULE:
		return "module";
	case FRAMED_BY_SHUTDOWN:
		return "shutdown";
	}
	return "unknown";
}
