/*
 * The fake host inside. It is linked with other people's tests: what its files
 * share is called framed_fake_…, and the rest is static.
 *
 * Everything belongs to the one fake, and is freed with it only: a pointer that
 * a test or module has kept for too long is still good for finding that out.
 */
#ifndef FRAMED_FAKE_PARTS_H
#define FRAMED_FAKE_PARTS_H

#include <framed/fake.h>

enum {
	FAKE_ASYNC_MAX = 16, /* limits.async_max */
	FAKE_CONTROL_MAX = 125,
	FAKE_CLOSE_TEXT_MAX = 123,
	FAKE_DAY_MS = 86400000,
	FAKE_WAITING_MAX = 1024, /* timers, and flushes, of a session */
	FAKE_POST_MAX = 16 << 20
};

/* An endpoint's settings, and what is made of them. */
struct framed_settings {
	struct framed_fake *fake;
	const struct framed_fake_setting *list;
	size_t count;
	char *asked; /* count of them, 0 or 1 */
};

struct fake_endpoint {
	struct fake_endpoint *next;
	struct framed_fake *fake;
	struct framed_fake_endpoint conf;
	void *instance;
	struct framed_worker *workers; /* the newest first */
	unsigned worker_count;
};

struct framed_worker {
	struct framed_worker *next;
	struct fake_endpoint *endpoint;
	unsigned index;
	int is_started; /* worker_start, if any, went well */
	void *data;
};

/* The head of a request, or of a response to one of ours. */
struct fake_head {
	char *target;
	char *path;
	const char *query;  /* in target */
	char *lines;        /* cut up: each name and value is a string */
	const char **names; /* pairs of name and value */
	size_t count;
};

struct fake_timer {
	struct fake_timer *next;
	uint64_t token;
	uint64_t due_ms;
	uint64_t order; /* the earlier goes first */
};

struct fake_topic {
	struct fake_topic *next;
	char name[FRAMED_TOPIC_MAX + 1];
};

struct framed_session {
	struct framed_session *next;
	struct framed_worker *worker;
	uint64_t id;
	enum framed_fake_state state;
	unsigned status;     /* answered; 0: not yet */
	int is_client;       /* framed_connect() made it */
	int is_connecting;   /* the test has not said what became of it */
	int is_paused;       /* by the module */
	int is_head_there;   /* the request may be read */
	int is_deferred;     /* on_upgrade has returned without an answer */
	int has_peer_closed; /* raw: its Close came */
	unsigned works;      /* unfinished */
	unsigned flushes;    /* the same */
	void *storage;       /* session_size bytes */
	struct fake_head head;
	char *peer;
	char *offered;     /* subprotocols, with commas; NULL: none */
	char *subprotocol; /* agreed on */
	char *url;         /* of a client session */
	struct framed_call call;
	const struct framed_extension *extension;
	const char *const *facts;
	size_t fact_count;
	uint32_t ping_interval_ms;
	uint32_t timeout_ms;
	uint32_t max_frame_bytes;
	struct fake_timer *timers;
	struct fake_topic *topics;
	unsigned topic_count;
	struct framed_close_info reason; /* by is 0 until it is decided */
	char reason_text[FAKE_CLOSE_TEXT_MAX + 1];
};

/* What framed_fake_step() does next. */
enum fake_due_kind {
	FAKE_DUE_POST,
	FAKE_DUE_FLUSH,
	FAKE_DUE_WORK,
	FAKE_DUE_DONE,
	FAKE_DUE_ANSWER,
	FAKE_DUE_END
};

struct fake_due {
	struct fake_due *next;
	enum fake_due_kind kind;
	struct framed_session *session;
	struct framed_work work; /* its token and data serve posts as well */
};

struct fake_note {
	struct fake_note *next;
	struct framed_fake_note note;
	int is_taken;
	void *memory; /* of its texts and data */
};

struct fake_script {
	struct fake_script *next;
	enum framed_fake_kind kind;
	enum framed_result result;
	unsigned times;
};

struct framed_fake {
	struct framed_module api; /* a copy; what the module lacks is NULL */
	int is_fit;
	unsigned flags;
	int is_in_callback; /* of the module's, other than async_work */
	int is_in_work;     /* async_work runs */
	int is_setting;     /* check or load runs */
	int is_stopping;    /* framed_fake_free() runs */
	uint64_t now_ms;
	uint64_t last_id;                /* of sessions */
	uint64_t last_order;             /* of timers */
	struct fake_endpoint *endpoints; /* the newest first */
	struct framed_session *sessions; /* the same */
	struct fake_due *dues, **dues_end;
	struct fake_note *notes, **notes_end;
	struct fake_script *scripts; /* the oldest first */
	char error[512];
	char fault[160];
};

/* The one that lives, or NULL. */
extern struct framed_fake *framed_fake_current;

/* note.c */

/* Keeps the first; what is "framed_send", why is "no session". */
void framed_fake_blame(
    struct framed_fake *fake, const char *what, const char *why);

/*
 * Keeps a copy of the note, with the result that the test ordered for a call of
 * this kind or else the one it has. Returns the result: FRAMED_NO_MEMORY when
 * the note could not be kept.
 */
enum framed_result framed_fake_conclude(
    struct framed_fake *fake, const struct framed_fake_note *note);

/* The same for what answers nothing, or has happened already. */
void framed_fake_keep(
    struct framed_fake *fake, const struct framed_fake_note *note);

void framed_fake_free_notes(struct framed_fake *fake);

/* Whether code of the module runs: then nothing may call it. */
static inline int
fake_is_busy(const struct framed_fake *fake)
{
	return fake->is_in_callback || fake->is_in_work;
}

static inline int
fake_is_earlier(const struct fake_timer *a, const struct fake_timer *b)
{
	return a->due_ms < b->due_ms ||
	    (a->due_ms == b->due_ms && a->order < b->order);
}

/* Whether a call was taken. */
static inline int
fake_is_taken(enum framed_result result)
{
	return result == FRAMED_OK || result == FRAMED_BACKPRESSURE;
}

/* head.c */

/* Takes a target and header lines apart. Returns 0, or -1 for want of memory or
 * for lines that are none; then nothing is left to free. */
int framed_fake_head_init(
    struct fake_head *head, const char *target, const char *lines);
void framed_fake_head_release(struct fake_head *head);

/* Whether these may be added to an answer or a request: lines of the right form,
 * none of them the host's. NULL may. */
int framed_fake_may_add(const char *lines);

/* Whether name is one of a list with commas; either may be NULL: 0. */
int framed_fake_is_listed(const char *list, const char *name);

/* A copy of the text, NULL for NULL or for want of memory. */
char *framed_fake_copy(const char *text);

/* Whether it is UTF-8 (RFC 3629). */
int framed_fake_is_utf8(const void *data, size_t length);

/* session.c */

/* The session for the call of that name; blames the module and returns NULL when
 * there is none, it is over, or async_work runs. */
struct framed_session *framed_fake_enter(
    const struct framed_session *session, const char *call);

/* Makes a session that asks, or is to be asked. NULL as framed_fake_open(). */
struct framed_session *framed_fake_new_session(
    struct framed_worker *worker, const struct framed_fake_request *request);

/* The one with this id that is not over, or NULL. */
struct framed_session *framed_fake_find(uint64_t id);

/* Opens it, and calls on_open. */
void framed_fake_enter_open(struct framed_session *session);

/* Decides why it ends, unless that is decided. text may be NULL. */
void framed_fake_decide(struct framed_session *session, enum framed_by by,
    uint16_t code, const char *text);

/* The same, and has the end come when it is due. */
void framed_fake_begin_end(struct framed_session *session, enum framed_by by,
    uint16_t code, const char *text);

/* Ends it: flushes that wait, then on_close. */
void framed_fake_finish(struct framed_session *session);

void framed_fake_free_session(struct framed_session *session);

static inline struct framed_fake *
fake_of(const struct framed_session *session)
{
	return session->worker->endpoint->fake;
}

static inline const struct framed_module *
fake_api(const struct framed_session *session)
{
	return &session->worker->endpoint->fake->api;
}

/* client.c */

/* Calls on_connect_failed for a call that is under way. Returns 1, or 0 when the
 * module has none. */
int framed_fake_fail_connect(
    struct framed_session *session, const struct framed_close_info *reason);

/* Whether callbacks other than on_upgrade and on_close may come. */
static inline int
fake_is_live(const struct framed_session *session)
{
	return session->state == FRAMED_FAKE_OPEN ||
	    (session->state == FRAMED_FAKE_UPGRADE && session->is_deferred);
}

/* Whether timers, posts and works may be asked for: on_upgrade may, too. */
static inline int
fake_is_begun(const struct framed_session *session)
{
	return !session->is_connecting && session->state <= FRAMED_FAKE_OPEN;
}

/* turn.c */

/* Puts one more at the end, with a copy of data. NULL for want of memory. */
struct fake_due *framed_fake_add_due(struct framed_session *session,
    enum fake_due_kind kind, const void *data, size_t length);

/* Calls on_flushed for the flush, and frees it. */
void framed_fake_flushed(struct fake_due *due, enum framed_result result);

/* Takes the first flush of this session out of what is due, or NULL. */
struct fake_due *framed_fake_take_flush(struct framed_session *session);

void framed_fake_free_dues(struct framed_fake *fake);

/* settings.c */

/* Has the module check, or load. Returns 0, or -1 with the reason in error; what
 * could not be loaded is unloaded. */
int framed_fake_check_settings(struct fake_endpoint *endpoint);
int framed_fake_load_settings(struct fake_endpoint *endpoint);

/* Each file of calls puts its own into the table: host.c, which also has the
 * calls that tell facts. */
void framed_fake_add_settings(struct framed_host *host); /* settings.c */
void framed_fake_add_sends(struct framed_host *host);    /* calls_send.c */
void framed_fake_add_requests(struct framed_host *host); /* calls_request.c */
void framed_fake_add_works(struct framed_host *host);    /* calls_work.c */
void framed_fake_add_limits(struct framed_host *host);   /* calls_limit.c */
const struct framed_topics *framed_fake_topics(void);    /* topics.c */
const struct framed_client *framed_fake_client(void);    /* client.c */

/* calls_send.c */

/* Whether the message may be sent, and is text that it says it is: the answer, or
 * FRAMED_QUEUED. session may be NULL. */
enum framed_result framed_fake_judge_message(
    const struct framed_fake_note *note, const char *call);

/* Notes that the message of a call reached the peer of session. */
void framed_fake_deliver(
    struct framed_session *session, const struct framed_fake_note *message);

#endif
