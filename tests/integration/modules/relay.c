/*
 * Passes messages on to another server and back: each session begins one of its
 * own there, in the client's role. Setting: url.
 */
#include <framed/module.h>

#include <stdio.h>

struct side {
	uint64_t other; /* the session at the other end, once it is open */
};

enum note { NOTE_OPEN = 1, NOTE_CLOSED, NOTE_FAILED };

static int
check(const struct framed_settings *settings, char *error, size_t size)
{
	if (framed_setting_string(settings, "url", NULL) != NULL)
		return 0;
	snprintf(error, size, "url is missing");
	return -1;
}

static int
load(const struct framed_settings *settings, void **instance_out, char *error,
    size_t size)
{
	(void)error;
	(void)size;
	*instance_out =
	    (void *)(uintptr_t)framed_setting_string(settings, "url", NULL);
	return 0;
}

/* Somebody came: nothing is read from them until the other end is there. */
static void
call(struct framed_session *session)
{
	const struct framed_connect_options options = {
	    .size = sizeof(options),
	    .token = framed_id(session),
	    .url = framed_instance(session),
	    .headers = "X-Relay: 1\r\n",
	};

	framed_pause(session);
	if (framed_connect(framed_worker(session), &options, NULL) !=
	    FRAMED_QUEUED)
		framed_close(session, FRAMED_CLOSE_TRY_AGAIN, NULL);
}

static void
on_open(struct framed_session *session)
{
	const struct framed_call *facts = framed_call(session);
	struct side *side = framed_storage(session);
	uint64_t own = framed_id(session);

	if (facts == NULL) {
		call(session);
		return;
	}
	side->other = facts->token;
	/* who called may be gone already */
	if (framed_post(side->other, NOTE_OPEN, &own, sizeof(own)) !=
	    FRAMED_QUEUED)
		framed_close(session, FRAMED_CLOSE_GOING_AWAY, NULL);
}

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	const struct side *side = framed_storage(session);

	framed_send_to(side->other, type, data, length);
}

static void
on_post(struct framed_session *session, uint64_t token, const void *data,
    size_t length)
{
	struct side *side = framed_storage(session);
	uint16_t code = FRAMED_CLOSE_NORMAL;

	(void)length;
	switch ((enum note)token) {
	case NOTE_OPEN:
		memcpy(&side->other, data, sizeof(side->other));
		framed_resume(session);
		break;
	case NOTE_CLOSED:
		memcpy(&code, data, sizeof(code));
		if (framed_close(session, code, NULL) == FRAMED_INVALID)
			framed_close(session, FRAMED_CLOSE_NORMAL, NULL);
		break;
	case NOTE_FAILED:
		framed_close(session, FRAMED_CLOSE_BAD_GATEWAY, data);
		break;
	}
}

static void
on_close(struct framed_session *session, const struct framed_close_info *reason)
{
	const struct side *side = framed_storage(session);

	framed_post(
	    side->other, NOTE_CLOSED, &reason->code, sizeof(reason->code));
}

static void
on_connect_failed(struct framed_worker *worker, const struct framed_call *call,
    const struct framed_close_info *reason)
{
	(void)worker;
	framed_post(
	    call->token, NOTE_FAILED, reason->text, strlen(reason->text) + 1);
}

FRAMED_MODULE(.name = "relay", .version = "0",
    .session_size = sizeof(struct side), .check = check, .load = load,
    .on_open = on_open, .on_message = on_message, .on_close = on_close,
    .on_post = on_post, .on_connect_failed = on_connect_failed);
