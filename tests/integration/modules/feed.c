/*
 * A feed. Sessions on "/echo" publish: a binary message goes to all others, its
 * first byte being its key. Text is echoed there, but for "flush", to which the
 * answer comes when all before it is out. When any session ends it says in the
 * log how much was dropped.
 */
#include <framed/module.h>

struct feed {
	uint64_t dropped_messages;
	uint64_t dropped_bytes;
};

static void
on_open(struct framed_session *session)
{
	if (strcmp(framed_path(session), "/echo") != 0)
		framed_subscribe(session, "feed");
}

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	const struct framed_publication publication = {
	    .size = sizeof(publication),
	    .type = type,
	    .data = data,
	    .length = length,
	};

	if (type == FRAMED_BINARY && length > 0)
		framed_publish_keyed(session, "feed",
		    *(const unsigned char *)data, &publication);
	else if (length == 5 && memcmp(data, "flush", 5) == 0)
		framed_flush(session, 5);
	else
		framed_send(session, type, data, length);
}

static void
on_flushed(
    struct framed_session *session, uint64_t token, enum framed_result result)
{
	if (result == FRAMED_OK && token == 5)
		framed_send(session, FRAMED_TEXT, "flushed", 7);
}

static void
on_dropped(struct framed_session *session, uint64_t messages, uint64_t bytes)
{
	struct feed *feed = framed_storage(session);

	feed->dropped_messages += messages;
	feed->dropped_bytes += bytes;
}

static void
on_close(struct framed_session *session, const struct framed_close_info *reason)
{
	const struct feed *feed = framed_storage(session);

	framed_log(FRAMED_INFO,
	    "feed ended code=%u dropped=%llu dropped_bytes=%llu", reason->code,
	    (unsigned long long)feed->dropped_messages,
	    (unsigned long long)feed->dropped_bytes);
}

FRAMED_MODULE(.name = "feed", .version = "0",
    .session_size = sizeof(struct feed), .on_open = on_open,
    .on_message = on_message, .on_close = on_close, .on_dropped = on_dropped,
    .on_flushed = on_flushed);
