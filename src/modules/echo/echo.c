/* echo: sends each message back to whom it came from. Takes no settings. */
#include <framed/module.h>

/*
 * Every answer of framed_send() is right to ignore here: a peer that does not
 * read its own echoes is the queue policy's business, and a session that has
 * ended hears so through on_close.
 */
static void
echo_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	framed_send(session, type, data, length);
}

FRAMED_MODULE(.name = "echo", .version = "1.0", .on_message = echo_message);
