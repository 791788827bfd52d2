/*
 * What a module answers to an upgrade request: judged, and copied, so that it
 * can be carried out when the module's call has returned.
 */
#ifndef FRAMED_CORE_ANSWER_H
#define FRAMED_CORE_ANSWER_H

#include "base/guard.h"
#include "framed/module.h"

struct session;
struct worker;

/* The strings lie behind it. */
struct answer {
	uint16_t status;         /* 101, or 300 to 599 */
	const char *subprotocol; /* accepted: NULL: the endpoint's own */
	const char *headers;     /* "" or complete lines; refused: with those
	                          * that the status needs */
	const char *text;        /* refused: one line */
	uint32_t strings_bytes;
	char strings[];
};

/*
 * Copies a module's answer to *answer_out, for the caller to free. Returns
 * FRAMED_OK; FRAMED_INVALID when it cannot be sent, whatever the request; or
 * FRAMED_NO_MEMORY. Any thread.
 */
MUST_CHECK enum framed_result answer_new(
    const struct framed_answer *from, struct answer **answer_out);
/* Clears *answer; NULL is fine. */
void answer_free(struct answer **answer);

/*
 * Has the session answer its request so, at the latest at the end of the turn.
 * Returns FRAMED_OK, and then takes the answer over and clears *answer;
 * FRAMED_CLOSED when the session does not wait for an answer; or FRAMED_INVALID
 * when the client does not offer the subprotocol.
 */
MUST_CHECK enum framed_result answer_give(
    struct session *session, struct answer **answer);

/*
 * Has the worker give the answer to its session with this id, which may be gone
 * by then. What answer_give() would say shows in the log; a session that cannot
 * be answered so is refused. Returns FRAMED_OK, and then takes the answer over
 * and clears *answer; or FRAMED_NO_MEMORY. Any thread.
 */
MUST_CHECK enum framed_result answer_post(
    struct worker *worker, uint64_t id, struct answer **answer);

/* Bytes of memory in it, for accounting; NULL has none. */
size_t answer_held(const struct answer *answer);

#endif
