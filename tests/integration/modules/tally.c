/* Echoes, and counts for each session in its storage: "?" is answered with how
 * many messages came before it. */
#include <framed/module.h>

#include <stdio.h>

struct tally {
	unsigned count;
};

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	struct tally *tally = framed_storage(session);
	char text[16];

	if (length == 1 && *(const char *)data == '?') {
		data = text;
		length =
		    (size_t)snprintf(text, sizeof(text), "%u", tally->count);
	}
	tally->count++;
	framed_send(session, type, data, length);
}

FRAMED_MODULE(.name = "tally", .version = "0",
    .session_size = sizeof(struct tally), .on_message = on_message);
