/*
 * Every message is the path of a file, and what can be read there is the
 * answer: by a work, so that a FIFO without a writer holds up nobody else. Where
 * there is no file the path itself is the answer. Says in the log what it is
 * told of.
 */
#include <framed/module.h>

#include <stdio.h>
#include <stdlib.h>

struct answer {
	size_t length;
	char bytes[];
};

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	if (framed_async(session, type, data, length) != FRAMED_QUEUED)
		framed_fail(session, "the work was not taken");
}

static void
async_work(struct framed_work *work)
{
	const size_t room = work->length < 4096 ? 4096 : work->length;
	struct answer *answer = malloc(sizeof(*answer) + room + 1);
	FILE *file;

	if (answer == NULL)
		return;
	work->result = answer;
	answer->length = work->length;
	memcpy(answer->bytes, work->data, work->length);
	answer->bytes[work->length] = '\0';
	file = fopen(answer->bytes, "r");
	if (file == NULL)
		return;
	answer->length = fread(answer->bytes, 1, room, file);
	fclose(file);
}

static void
on_async_done(struct framed_session *session, struct framed_work *work)
{
	const struct answer *answer = work->result;

	framed_log(FRAMED_INFO, "told gone=%u answer=%s", (unsigned)work->gone,
	    answer == NULL ? "none" : "some");
	if (!work->gone && answer != NULL)
		framed_send(session, (enum framed_type)work->token,
		    answer->bytes, answer->length);
	free(work->result);
}

FRAMED_MODULE(.name = "reader", .version = "0", .on_message = on_message,
    .async_work = async_work, .on_async_done = on_async_done);
