/*
 * framed/fake.h: a host for the tests of a module. The module is linked into
 * the test, or opened by it, and this host plays the daemon, the peers and the
 * clock: no sockets, no threads, no waiting. Link with what `pkg-config --libs
 * framed-fake` prints. Works in C11 and C++20.
 *
 * A test of the module in <framed/module.h>:
 *
 *	#include <framed/fake.h>
 *
 *	struct framed_fake *fake = framed_fake_new(framed_module_entry, 0);
 *	struct framed_worker *worker = framed_fake_load(fake, NULL);
 *	struct framed_session *session = framed_fake_open(worker, NULL);
 *	const struct framed_fake_note *note;
 *
 *	framed_fake_text(session, "hello");
 *	note = framed_fake_take(fake, FRAMED_FAKE_SEND);
 *	assert(note != NULL && strcmp((const char *)note->data, "hello") == 0);
 *	assert(framed_fake_fault(fake) == NULL);
 *	framed_fake_free(&fake);
 *
 * Nothing happens by itself. Each function that brings an event has the module's
 * callback run, and returns after it. What the module asked for meanwhile, such
 * as a post, a work or an end of the session, is due then, and comes in its order
 * with framed_fake_step() or framed_fake_settle(); timers come with
 * framed_fake_advance().
 *
 * Calls answer what <framed/module.h> says, by the state of the session and what
 * they were given: the queue of a session is never full, no worker lags, and
 * memory is what malloc() has. Other answers are for the test to order:
 * framed_fake_script().
 *
 * What the module did is kept as notes, in order: framed_fake_take(). Where it
 * broke a rule that no answer can tell of, such as a call for a session that is
 * over, the first case is kept: framed_fake_fault().
 *
 * Nothing here aborts. Functions that deliver return 1 when the callback ran and
 * 0 when it did not: the module has none, the session is in no state for it or
 * not being read, or a callback is running. What a function is given is copied,
 * unless it is said to be borrowed.
 */
#ifndef FRAMED_FAKE_H
#define FRAMED_FAKE_H

#include <framed/module.h>

#ifdef __cplusplus
extern "C" {
#endif

struct framed_fake; /* the host, of one module */

/* The only symbol of a module: framed_module_entry, linked or from dlsym(). */
typedef const struct framed_module *(*framed_fake_entry_fn)(
    const struct framed_host *host);

/* What the host lacks: the optional groups of calls. */
enum framed_fake_flags {
	FRAMED_FAKE_NO_TOPICS = 1 << 0,
	FRAMED_FAKE_NO_CLIENT = 1 << 1
};

/*
 * Begins with a module: gives it the host and reads its struct. One fake lives
 * at a time. Returns it, or NULL for want of memory or when there is one already.
 * Whether the module fits is told by framed_fake_module().
 */
struct framed_fake *framed_fake_new(framed_fake_entry_fn entry, unsigned flags);

/* Ends every session that is open, as a server that stops, with works and their
 * ends; then workers and endpoints, in the order of module.h. Frees all that was
 * handed out and clears *fake; NULL is fine. */
void framed_fake_free(struct framed_fake **fake);

/* The module's struct, or NULL when it was refused: framed_fake_error(). */
const struct framed_module *framed_fake_module(const struct framed_fake *fake);

/* Why the last framed_fake_new(), _check(), _load() or _add_worker() failed, in
 * the module's words if it has said any; "" when it did not. */
const char *framed_fake_error(const struct framed_fake *fake);

/*
 * The first rule that the module broke, or NULL:
 *
 *	"framed_send: text is not UTF-8"
 *	"framed_path: the session is over"
 *	"framed_send: no session"
 *	"framed_send: not in async_work"
 *	"framed_setting_int: not in check or load"
 */
const char *framed_fake_fault(const struct framed_fake *fake);

/* The table that modules get, for who opens them but has no sessions: each call
 * is safe before the first framed_fake_new() and after framed_fake_free(). */
const struct framed_host *framed_fake_host(void);

/* One setting of an endpoint. */
enum framed_fake_type {
	FRAMED_FAKE_TYPE_STRING = 0,
	FRAMED_FAKE_TYPE_INT = 1,
	FRAMED_FAKE_TYPE_FLOAT = 2,
	FRAMED_FAKE_TYPE_BOOL = 3
};

struct framed_fake_setting {
	const char *name;
	enum framed_fake_type type;
	const char *string;
	int64_t integer; /* of a boolean: 0 or 1 */
	double number;
};

#define FRAMED_FAKE_STRING(name, value)                    \
	{                                                  \
		name, FRAMED_FAKE_TYPE_STRING, value, 0, 0 \
	}
#define FRAMED_FAKE_INT(name, value)                       \
	{                                                  \
		name, FRAMED_FAKE_TYPE_INT, NULL, value, 0 \
	}
#define FRAMED_FAKE_FLOAT(name, value)                       \
	{                                                    \
		name, FRAMED_FAKE_TYPE_FLOAT, NULL, 0, value \
	}
#define FRAMED_FAKE_BOOL(name, value)                       \
	{                                                   \
		name, FRAMED_FAKE_TYPE_BOOL, NULL, value, 0 \
	}
#define FRAMED_FAKE_END                                   \
	{                                                 \
		NULL, FRAMED_FAKE_TYPE_STRING, NULL, 0, 0 \
	}

/*
 * An endpoint of the configuration. It and what it points to are borrowed until
 * the fake is freed. All zero is a good beginning.
 *
 * settings     up to FRAMED_FAKE_END; NULL: none
 * subprotocol  the endpoint's own, agreed on unless the module answers another
 * is_raw       1: frames come, no messages
 * async_max    works of a session at a time; 0: 16
 */
struct framed_fake_endpoint {
	const struct framed_fake_setting *settings;
	const char *subprotocol;
	int is_raw;
	unsigned async_max;
};

/* What `framed -t` does: has the module check the settings, and finds those it
 * did not ask for. NULL: an endpoint of zeroes. Returns 0, or -1 with the reason
 * in framed_fake_error(). */
int framed_fake_check(
    struct framed_fake *fake, const struct framed_fake_endpoint *endpoint);

/*
 * Checks, loads, and begins worker 0 of an endpoint. Returns that worker, or
 * NULL with the reason in framed_fake_error(). A module may have several
 * endpoints.
 */
struct framed_worker *framed_fake_load(
    struct framed_fake *fake, const struct framed_fake_endpoint *endpoint);

/* Begins one more worker of that one's endpoint. Returns as above. */
struct framed_worker *framed_fake_add_worker(struct framed_worker *worker);

/*
 * What a client asks for. All zero is a good beginning.
 *
 * target        path and query; NULL: "/"
 * headers       lines as in framed_answer: "Origin: https://a.example\r\n".
 *               There are no others: those of the handshake do not appear
 * subprotocols  offered, with commas
 * peer          the address; NULL: "192.0.2.1:50412"
 * extension     agreed on; NULL: none. Borrowed until the fake is freed
 * facts         by enum framed_fact, fact_count of them, as far as they are not
 *               NULL; the strings are borrowed until the fake is freed
 */
struct framed_fake_request {
	const char *target;
	const char *headers;
	const char *subprotocols;
	const char *peer;
	const struct framed_extension *extension;
	const char *const *facts;
	size_t fact_count;
};

/*
 * FRAMED_FAKE_UPGRADE  the module has put off its answer
 * FRAMED_FAKE_OPEN     on_open has come, or is running
 * FRAMED_FAKE_CLOSING  the end is decided, on_close is due
 * FRAMED_FAKE_CLOSED   over; or refused, then framed_fake_status() is not 101
 */
enum framed_fake_state {
	FRAMED_FAKE_UPGRADE = 0,
	FRAMED_FAKE_OPEN = 1,
	FRAMED_FAKE_CLOSING = 2,
	FRAMED_FAKE_CLOSED = 3
};

/*
 * A client asks for an upgrade: on_upgrade, and on_open unless the module refuses
 * or puts it off. NULL: a request of zeroes. Returns the session, which lives
 * until the fake is freed, or NULL for want of memory, for headers that are no
 * such lines, or inside a callback.
 */
struct framed_session *framed_fake_open(
    struct framed_worker *worker, const struct framed_fake_request *request);

enum framed_fake_state framed_fake_state(const struct framed_session *session);

/* The status of the answer to the upgrade; 0 while there is none. */
unsigned framed_fake_status(const struct framed_session *session);

/* Whether the session is on the topic: 1 or 0. */
int framed_fake_is_subscribed(
    const struct framed_session *session, const char *topic);

/* A message arrives. Not while the module pauses the session, has async_max works
 * unfinished, or on a raw endpoint: 0, and it is lost. */
int framed_fake_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length);

/* The same for a string. */
int framed_fake_text(struct framed_session *session, const char *text);

/* A frame arrives, on a raw endpoint. */
int framed_fake_frame(
    struct framed_session *session, const struct framed_frame *frame);

int framed_fake_pong(
    struct framed_session *session, const void *data, size_t length);

/* The queue has drained; also when nothing had filled it. */
int framed_fake_writable(struct framed_session *session);

int framed_fake_drop(
    struct framed_session *session, uint64_t messages, uint64_t bytes);

/* A post comes, as if another thread had called framed_post(). */
int framed_fake_post(struct framed_session *session, uint64_t token,
    const void *data, size_t length);

/* The server is about to end, and will close the session in so many milliseconds,
 * which is the test's to do: framed_fake_end(). */
int framed_fake_drain(struct framed_session *session, uint32_t ms);

/*
 * The peer's Close comes, and with it the end of the session: on_close. When the
 * module has closed before, its reason stands. text may be NULL. On raw endpoints
 * send a frame instead.
 */
int framed_fake_close(
    struct framed_session *session, uint16_t code, const char *text);

/* The session ends in any other way: FRAMED_BY_TIMEOUT, _TRANSPORT and so on. As
 * above. A session that is not open ends without on_close. */
int framed_fake_end(struct framed_session *session, enum framed_by by,
    uint16_t code, const char *text);

/*
 * The server that framed_connect() called, by the id it gave, answers 101:
 * on_open. Of response, headers, subprotocols (one, agreed on), peer and
 * extension count. Returns the session, or NULL as framed_fake_open(), or when
 * there is no such call.
 */
struct framed_session *framed_fake_connected(struct framed_fake *fake,
    uint64_t id, const struct framed_fake_request *response);

/* It does not come to that: on_connect_failed. status is that of its response, 0:
 * none came. */
int framed_fake_connect_failed(struct framed_fake *fake, uint64_t id,
    uint16_t status, const struct framed_close_info *reason);

/*
 * Does the first thing that is due: a post, a flush, the work of async_work on
 * this very thread, its on_async_done, the opening or refusal that was put off,
 * or the end that the module asked for. Returns 1, or 0 when nothing is due.
 */
int framed_fake_step(struct framed_fake *fake);

/* Steps until nothing is due. Returns 0, or -1 after 100 000 steps: the module
 * keeps itself busy. */
int framed_fake_settle(struct framed_fake *fake);

/* Settles, and lets time pass: timers run out in their order, and what each
 * makes due is settled. Returns as above. */
int framed_fake_advance(struct framed_fake *fake, uint32_t ms);

/*
 * What is noted: the calls of the module that do something, by the function's
 * name, and what reached peers.
 *
 *	kind                     fields that are set, beside kind, result, session
 *	SEND                     type, data
 *	SEND_KEYED               type, data, key
 *	SEND_FRAME               first, data
 *	PING                     data
 *	FLUSH                    token
 *	CLOSE                    code, text
 *	TERMINATE, PAUSE, RESUME
 *	FAIL                     text
 *	SET_PING_INTERVAL, SET_TIMEOUT, SET_MAX_FRAME, SET_MASKING      value
 *	ANSWER (and answer_to)   status, subprotocol, headers, text, id
 *	TIMER                    token, value (ms)
 *	TIMER_CANCEL             token
 *	ASYNC                    token, data
 *	POST                     id, token, data
 *	SEND_TO                  id, type, data
 *	SUBSCRIBE, UNSUBSCRIBE   topic
 *	PUBLISH                  topic, type, data, flags
 *	PUBLISH_KEYED            topic, type, data, flags, key
 *	CONNECT                  id, token, text (the URL), subprotocol (those
 *	                         offered), headers
 *	LOG                      level, text
 *	DELIVERY                 type, data, key: no call, but a message that
 *	                         reaches the peer of session, whether it was
 *	                         sent, sent by id, or published
 */
enum framed_fake_kind {
	FRAMED_FAKE_SEND,
	FRAMED_FAKE_SEND_KEYED,
	FRAMED_FAKE_SEND_FRAME,
	FRAMED_FAKE_PING,
	FRAMED_FAKE_FLUSH,
	FRAMED_FAKE_CLOSE,
	FRAMED_FAKE_TERMINATE,
	FRAMED_FAKE_FAIL,
	FRAMED_FAKE_PAUSE,
	FRAMED_FAKE_RESUME,
	FRAMED_FAKE_SET_PING_INTERVAL,
	FRAMED_FAKE_SET_TIMEOUT,
	FRAMED_FAKE_SET_MAX_FRAME,
	FRAMED_FAKE_SET_MASKING,
	FRAMED_FAKE_ANSWER,
	FRAMED_FAKE_TIMER,
	FRAMED_FAKE_TIMER_CANCEL,
	FRAMED_FAKE_ASYNC,
	FRAMED_FAKE_POST,
	FRAMED_FAKE_SEND_TO,
	FRAMED_FAKE_SUBSCRIBE,
	FRAMED_FAKE_UNSUBSCRIBE,
	FRAMED_FAKE_PUBLISH,
	FRAMED_FAKE_PUBLISH_KEYED,
	FRAMED_FAKE_CONNECT,
	FRAMED_FAKE_LOG,
	FRAMED_FAKE_DELIVERY
};

struct framed_fake_note {
	enum framed_fake_kind kind;
	enum framed_result result;      /* what was answered; else FRAMED_OK */
	struct framed_session *session; /* NULL: none, or one not known */
	uint64_t id;
	uint64_t token;
	uint64_t key;
	uint32_t value;
	enum framed_type type;
	unsigned first;
	unsigned flags;
	uint16_t code;
	uint16_t status;
	enum framed_level level;
	const char *topic; /* texts that were not given are NULL */
	const char *text;
	const char *headers;
	const char *subprotocol;
	const void *data; /* never NULL; a NUL stands behind it */
	size_t length;
};

/* The oldest note of this kind that has not been taken, or NULL. It lives until
 * the fake is freed. */
const struct framed_fake_note *framed_fake_take(
    struct framed_fake *fake, enum framed_fake_kind kind);

/* The same for notes of one session. */
const struct framed_fake_note *framed_fake_take_of(
    struct framed_session *session, enum framed_fake_kind kind);

/* How many of this kind there are that have not been taken. */
size_t framed_fake_count(
    const struct framed_fake *fake, enum framed_fake_kind kind);

/*
 * Has the next calls of this kind, as many as times, answer result, whatever
 * they are given; orders for one kind queue up. Nothing comes of a call that
 * answers anything else than FRAMED_QUEUED or FRAMED_BACKPRESSURE, but that
 * FRAMED_NO_MEMORY ends the session where module.h says so. Calls that answer
 * nothing, calls for a session that is over and DELIVERY cannot be ordered.
 * Returns 0, or -1 for want of memory.
 */
int framed_fake_script(struct framed_fake *fake, enum framed_fake_kind kind,
    enum framed_result result, unsigned times);

#ifdef __cplusplus
}
#endif

#endif
