/* Says goodbye when the server drains: "farewell", and closes the session itself
 * if it was sent anything before. */
#include <framed/module.h>

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	*(char *)framed_storage(session) = 1;
	framed_send(session, type, data, length);
}

static void
on_drain(struct framed_session *session, uint32_t ms)
{
	(void)ms;
	framed_send(session, FRAMED_TEXT, "farewell", 8);
	if (*(char *)framed_storage(session))
		framed_close(session, 4000, "mine");
}

FRAMED_MODULE(.name = "farewell", .version = "0", .session_size = 1,
    .on_message = on_message, .on_drain = on_drain);
