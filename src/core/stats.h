/* What a worker counts. Written by its own thread only. */
#ifndef FRAMED_CORE_STATS_H
#define FRAMED_CORE_STATS_H

#include <stdint.h>

#include "core/close_reason.h"

struct stats {
	uint64_t accepted; /* connections */
	uint64_t opened;   /* sessions that came as far as on_open */
	uint64_t messages_in;
	uint64_t messages_out; /* frames of messages, for each receiver */
	uint64_t bytes_in;     /* of payload */
	uint64_t bytes_out;
	uint64_t dropped; /* messages lost to full queues, or posted too late */
	uint64_t
	    charged_bytes; /* memory that live sessions pin, beside their blocks */
	uint64_t ended[CLOSE_REASON_COUNT];
};

#endif
