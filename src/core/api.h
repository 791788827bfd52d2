/*
 * What modules call, by file: host_api.c puts it into the table. Each function
 * is the one behind the wrapper of its name in framed/module.h, which says what
 * it answers; nothing here calls a module.
 */
#ifndef FRAMED_CORE_API_H
#define FRAMED_CORE_API_H

#include "core/seats.h"
#include "core/session.h"
#include "framed/module.h"
#include "proto/utf8.h"

struct server;

static inline struct session *
session_from(struct framed_session *opaque)
{
	struct session *session = (struct session *)opaque;

	MAGIC_CHECK(session, SESSION_MAGIC);
	return session;
}

static inline const struct session *
session_from_const(const struct framed_session *opaque)
{
	const struct session *session = (const struct session *)opaque;

	MAGIC_CHECK(session, SESSION_MAGIC);
	return session;
}

/*
 * Whether a message may go out as what it is called. That text is UTF-8 is the
 * module's promise: only debug builds look (--enable-debug).
 */
static inline bool
api_is_message(enum framed_type type, const void *data, size_t length)
{
	if (type == FRAMED_BINARY)
		return true;
	if (type != FRAMED_TEXT)
		return false;
	assert(!IS_DEBUG_BUILD || utf8_is_valid(span_from(data, length)));
	return true;
}

/* host_api.c */

/* The server, or NULL before there is one and after it was released: no session
 * has an id then, and no topic a subscriber. Any thread. */
struct server *api_server(void);

/* api_client.c: the group "client/1" */
extern const struct framed_client api_client;

/* api_fact.c */
const char *api_fact(
    const struct framed_session *session, enum framed_fact fact);

/* api_post.c */
enum framed_result api_post(
    uint64_t id, uint64_t token, const void *data, size_t length);
enum framed_result api_send_to(
    uint64_t id, enum framed_type type, const void *data, size_t length);

/* api_topics.c: the group "topics/1" */
extern const struct framed_topics api_topics;

/* api_send.c */
enum framed_result api_send(struct framed_session *session,
    enum framed_type type, const void *data, size_t length);
enum framed_result api_send_keyed(struct framed_session *session, uint64_t key,
    enum framed_type type, const void *data, size_t length);
enum framed_result api_flush(struct framed_session *session, uint64_t token);

/* api_worker.c */

static inline struct seat *
seat_from(struct framed_worker *opaque)
{
	struct seat *seat = (struct seat *)opaque;

	MAGIC_CHECK(seat, SEAT_MAGIC);
	return seat;
}

struct framed_worker *api_worker(struct framed_session *session);
void *api_worker_data(const struct framed_worker *worker);
void *api_worker_instance(const struct framed_worker *worker);
unsigned api_worker_index(const struct framed_worker *worker);

/* api_frame.c */
enum framed_result api_send_frame(struct framed_session *session,
    unsigned first, const void *data, size_t length);
enum framed_result api_ping(
    struct framed_session *session, const void *data, size_t length);

/* api_tune.c */
uint32_t api_ping_interval(const struct framed_session *session);
enum framed_result api_set_ping_interval(
    struct framed_session *session, uint32_t ms);
uint32_t api_timeout(const struct framed_session *session);
enum framed_result api_set_timeout(struct framed_session *session, uint32_t ms);
uint32_t api_max_frame(const struct framed_session *session);
enum framed_result api_set_max_frame(
    struct framed_session *session, uint32_t bytes);
int api_masking(const struct framed_session *session);
enum framed_result api_set_masking(struct framed_session *session, int is_on);

/* api_async.c */
enum framed_result api_async(struct framed_session *session, uint64_t token,
    const void *data, size_t length);

/* api_timer.c */
enum framed_result api_timer(
    struct framed_session *session, uint32_t ms, uint64_t token);
enum framed_result api_timer_cancel(
    struct framed_session *session, uint64_t token);

/* api_request.c */
const char *api_method(const struct framed_session *session);
const char *api_target(const struct framed_session *session);
const char *api_query(const struct framed_session *session);
const char *api_header(
    const struct framed_session *session, const char *name, size_t index);
const char *api_header_at(
    const struct framed_session *session, size_t index, const char **name_out);
const char *api_subprotocol(const struct framed_session *session);
enum framed_result api_answer(
    struct framed_session *session, const struct framed_answer *answer);
enum framed_result api_answer_to(
    uint64_t id, const struct framed_answer *answer);

#endif
