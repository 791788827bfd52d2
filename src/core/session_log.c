/* The last line about a session. */
#include "core/session_log.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "core/extra.h"

enum { USER_TEXT_SIZE = 160 /* with its name */ };

/* Whose token it was, for the line: empty where that is not known. */
static const char *
user_of(const struct session *session, char out[USER_TEXT_SIZE])
{
	char user[USER_TEXT_SIZE - sizeof(" user=\"\"")];

	out[0] = '\0';
	if (session->extra == NULL || session->extra->user == NULL)
		return out;
	escape(user, sizeof(user), span_from_string(session->extra->user));
	snprintf(out, USER_TEXT_SIZE, " user=\"%s\"", user);
	return out;
}

void
session_log_end(const struct session *session)
{
	const struct close_reason_info *info =
	    close_reason_info(session->reason);
	struct framed_close_info ending = {.text = ""};
	char peer[ADDR_TEXT_MAX], path[256], text[4 * CLOSE_TEXT_MAX + 1];
	char user[USER_TEXT_SIZE];

	if (!log_is_on(LOG_SESSION, info->level))
		return;
	session_close_info(session, &ending);
	escape(path, sizeof(path), span_from_string(session_path(session)));
	escape(text, sizeof(text), span_from_string(ending.text));
	log_each(LOG_SESSION, info->level,
	    "sid=%016llx peer=%s path=\"%s\"%s ended reason=%s by=%s code=%u "
	    "text=\"%s\" phase=%s messages_in=%llu messages_out=%llu "
	    "bytes_in=%llu bytes_out=%llu duration_ms=%llu",
	    (unsigned long long)session_id(session),
	    addr_format(&session->peer, peer), path, user_of(session, user),
	    info->word, framed_by_name(info->by), session->close_code, text,
	    session_state_name(session->ended_in),
	    (unsigned long long)session->messages_in,
	    (unsigned long long)session->messages_out,
	    (unsigned long long)session->bytes_in,
	    (unsigned long long)session->bytes_out,
	    (unsigned long long)(clock_now_ms() - session->opened_ms));
}
