/*
 * Tells what is known of the session: the number of a fact is answered with it,
 * or with "-".
 */
#include <framed/module.h>

#include <stdlib.h>
#include <string.h>

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	char number[8] = "";
	const char *fact;

	if (length < sizeof(number))
		memcpy(number, data, length);
	fact = framed_fact(session, (enum framed_fact)atoi(number));
	if (fact == NULL)
		fact = "-";
	framed_send(session, type, fact, strlen(fact));
}

FRAMED_MODULE(.name = "facts", .version = "1.0", .on_message = on_message);
