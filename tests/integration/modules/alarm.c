/* A message is a number of milliseconds, after which it comes back; "0" ends
 * the timer of the number that came before. */
#include <framed/module.h>

#include <stdio.h>
#include <stdlib.h>

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	uint32_t *last = framed_storage(session);
	char text[16];
	uint32_t ms;

	snprintf(text, sizeof(text), "%.*s", (int)length, (const char *)data);
	ms = (uint32_t)strtoul(text, NULL, 10);
	if (ms == 0) {
		framed_timer_cancel(session, *last);
		framed_send(session, type, data, length);
		return;
	}
	*last = ms;
	if (framed_timer(session, ms, ms) != FRAMED_OK)
		framed_fail(session, "the timer was not set");
}

static void
on_timer(struct framed_session *session, uint64_t token)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", (unsigned)token);
	framed_send(session, FRAMED_TEXT, text, strlen(text));
}

FRAMED_MODULE(.name = "alarm", .version = "0", .session_size = sizeof(uint32_t),
    .on_message = on_message, .on_timer = on_timer);
