/* A message is a number of milliseconds, for which the worker then does nothing
 * else. */
#include <framed/module.h>

#include <stdlib.h>
#include <string.h>
#include <threads.h>

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	char text[8] = "";
	struct timespec time;
	long ms;

	if (length < sizeof(text))
		memcpy(text, data, length);
	ms = atol(text);
	time.tv_sec = ms / 1000;
	time.tv_nsec = ms % 1000 * 1000000;
	thrd_sleep(&time, NULL);
	framed_send(session, type, data, length);
}

FRAMED_MODULE(.name = "stuck", .version = "1.0", .on_message = on_message);
