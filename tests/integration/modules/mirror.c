/*
 * A raw module: sends every frame back as it came, a Ping as a Ping, and a Close
 * as the answer to it. After a text "ignore" it no longer answers Close; "leave"
 * makes it close first, "ping" send a ping of its own.
 */
#include <framed/module.h>

#include <string.h>

struct mirror {
	int ignores;
};

static int
says(const struct framed_frame *frame, const char *text)
{
	return frame->opcode == FRAMED_OP_TEXT &&
	    frame->length == strlen(text) &&
	    memcmp(frame->data, text, frame->length) == 0;
}

static void
on_frame(struct framed_session *session, const struct framed_frame *frame)
{
	static const char code[] = "\x0f\xa0"; /* 4000 */
	struct mirror *mirror = framed_storage(session);

	if (says(frame, "ignore"))
		mirror->ignores = 1;
	else if (says(frame, "leave"))
		framed_send_frame(
		    session, FRAMED_FIN | FRAMED_OP_CLOSE, code, 2);
	else if (says(frame, "ping"))
		framed_ping(session, "mirror", 6);
	else if (frame->opcode != FRAMED_OP_CLOSE || !mirror->ignores)
		framed_send_frame(session,
		    frame->opcode | (frame->fin ? FRAMED_FIN : 0u), frame->data,
		    frame->length);
}

FRAMED_MODULE(.name = "mirror", .version = "0",
    .session_size = sizeof(struct mirror), .on_frame = on_frame);
