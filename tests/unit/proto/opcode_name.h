/* What tests call the frames that they write down. */
#ifndef FRAMED_TESTS_OPCODE_NAME_H
#define FRAMED_TESTS_OPCODE_NAME_H

#include "proto/frame.h"

static inline const char *
opcode_name(enum frame_opcode opcode)
{
	switch (opcode) {
	case FRAME_CONTINUATION:
		return "continuation";
	case FRAME_TEXT:
		return "text";
	case FRAME_BINARY:
		return "binary";
	case FRAME_CLOSE:
		return "close";
	case FRAME_PING:
		return "ping";
	case FRAME_PONG:
		return "pong";
	}
	return "reserved";
}

#endif
