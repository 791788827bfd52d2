/*
 * From bytes to messages (RFC 6455 §5.4): reads frames, unmasks, joins
 * fragments, checks text as it arrives. A message that lies whole in the
 * input is given where it lies; only what is incomplete is copied, into a
 * buffer that grows with what has arrived, never with what a header announces.
 *
 * Two kinds of text are not text here, and not checked: what an extension has
 * encoded, which the caller decodes, then judges; and what raw frames carry.
 */
#ifndef FRAMED_PROTO_MESSAGE_H
#define FRAMED_PROTO_MESSAGE_H

#include "base/guard.h"
#include "base/span.h"
#include "proto/frame.h"
#include "proto/parse.h"

enum message_event {
	MESSAGE_MORE,     /* all of the input is taken */
	MESSAGE_READY,    /* one whole message or control frame; raw: a frame */
	MESSAGE_BAD,      /* the peer broke a rule: see error */
	MESSAGE_NO_MEMORY /* an allocation failed */
};

/*
 * A whole message, text or binary, or one control frame; from a raw reader any
 * frame, a continuation too. Set when READY.
 */
struct message {
	struct bytes payload; /* unmasked, never NULL; see message_read() */
	enum frame_opcode opcode;
	uint8_t rsv;   /* FRAME_RSV bits of the first frame; control: 0 */
	bool is_final; /* FRAME_FIN; true unless raw */
	struct proto_error error; /* set on MESSAGE_BAD only */
};

struct message_partial; /* what an unfinished frame or message needs */

/* All zero is the initial state. Between two messages it holds no memory. */
struct message_reader {
	struct message_partial *partial;
};

/*
 * Reads up to one message and moves *in behind what was taken, which is
 * everything unless the answer is MESSAGE_READY or MESSAGE_BAD. Changes the
 * input in place. A ready payload lies in the input or in the reader: it is
 * valid until the next call with this reader, or until the input goes. Ask
 * again until MESSAGE_MORE: only that call gives back the memory in which the
 * last payload lay. After MESSAGE_BAD or MESSAGE_NO_MEMORY the reader is good
 * for message_reader_release() only.
 *
 * Errors: 1002 for broken frames or a broken order of them, 1009 above a limit
 * of rules (told from the header, before the payload), 1007 for text that is
 * not UTF-8 (told at the wrong byte). Control frames between fragments are
 * given at once. The body of a Close is the caller's to judge. The same for
 * every cut of the input.
 *
 * A message with rsv is given as it came: the limits count its encoded bytes,
 * and text is the caller's to judge once it is decoded (RFC 7692 §6.2).
 *
 * With rules->is_raw each frame is given by itself, and is all that limits and
 * errors are about: nothing is joined, the order of fragments and UTF-8 are not
 * judged. What frame_read() refuses stays refused.
 *
 * Limits and rsv_allowed may change between calls and hold for headers read
 * from then on; role and is_raw stay for the life of the reader.
 */
MUST_CHECK enum message_event message_read(struct message_reader *reader,
    const struct frame_rules *rules, struct bytes *in,
    struct message *message_out);

/*
 * Where the payload of a large frame goes on in the reader's own memory. Input
 * that is received there, and read from there, need not be copied. Whatever
 * lies there stays valid until the next call with this reader. Empty when the
 * reader waits for something else, when little of the message is here or little
 * of the frame is to come, and when there is no memory for it.
 */
struct bytes message_reader_room(struct message_reader *reader);

/* Bytes of memory held for an unfinished frame or message, for accounting. */
size_t message_reader_held(const struct message_reader *reader);

/* Frees what an unfinished message holds; the reader may be used again. */
void message_reader_release(struct message_reader *reader);

#endif
