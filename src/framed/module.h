/*
 * framed/module.h: how to write a handler module for framed, the WebSocket
 * server. This header is the whole contract; it needs libc only, and works in
 * C11 and C++20.
 *
 * The smallest module:
 *
 *	#include <framed/module.h>
 *
 *	static void
 *	answer(struct framed_session *session, enum framed_type type,
 *	    const void *data, size_t length)
 *	{
 *		framed_send(session, type, data, length);
 *	}
 *
 *	FRAMED_MODULE(.name = "echo", .version = "1.0", .on_message = answer);
 *
 * Compile it as a shared object (cc -shared -fPIC), put it into the module
 * directory, and name it in an endpoint of framed.conf(5).
 *
 * Threads. A session lives on one worker thread; all of its callbacks come
 * there, one at a time and never inside one another: no call of this header
 * calls back into the module before the running callback has returned. Calls
 * that take a session or a worker may be made on that thread only, a session's
 * from on_upgrade up to and including on_close. Two sessions of one endpoint may
 * be on two threads: what an instance shares among them is the module's to lock;
 * what each thread needs for itself, worker_start can make. check, load and
 * unload come on the main thread, while no session is open. Any thread may call
 * framed_post(), framed_send_to(), framed_answer_to(), framed_publish() and
 * framed_publish_keyed() without a session, and framed_log(): sessions are named
 * there by their id, which may be stale, never by a pointer.
 *
 * Tokens. What comes back later, such as a timer, is told by a number of the
 * module's choice, the token, and arrives in a callback of the module struct:
 * the host never keeps a pointer to the module's code or data.
 *
 * Memory. What the host passes in is borrowed until the callback returns,
 * unless it is said to live longer; what the module passes in is copied before
 * the call returns.
 */
#ifndef FRAMED_MODULE_H
#define FRAMED_MODULE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A module is loaded when its major number is the host's and its minor number
 * is not above the host's. Structs below only grow at the end, and say their
 * size, so an older module keeps working.
 */
#define FRAMED_ABI_MAGIC 0x66726d64u /* "frmd" */
#define FRAMED_ABI_MAJOR 1
#define FRAMED_ABI_MINOR 3

struct framed_session;  /* one WebSocket connection */
struct framed_settings; /* an endpoint's `settings` in framed.conf(5) */
struct framed_worker;   /* one thread's part of an endpoint */

/* Text is UTF-8: checked on the way in, the module's promise on the way out. */
enum framed_type { FRAMED_TEXT = 1, FRAMED_BINARY = 2 };

/*
 * What became of a call.
 *
 * QUEUED, OK    taken; done
 * BACKPRESSURE  taken, but the queue is above its high mark: on_writable comes
 *               when it has drained
 * DROPPED       not taken: the queue is full and the policy is to drop
 * CLOSED        not taken: the session is closing or closed, or not open yet
 * INVALID       not done: an argument is wrong, such as a close code that must
 *               not be sent
 * NO_MEMORY     not done
 * UNSUPPORTED   not done: this host does not have the call, or the module not
 *               the callback that would be needed
 * GONE          not done: no session has this id any more
 * AGAIN         not done: too much waits already; try later
 */
enum framed_result {
	FRAMED_QUEUED = 0,
	FRAMED_OK = 0,
	FRAMED_BACKPRESSURE = 1,
	FRAMED_DROPPED = 2,
	FRAMED_CLOSED = 3,
	FRAMED_INVALID = 4,
	FRAMED_NO_MEMORY = 5,
	FRAMED_UNSUPPORTED = 6,
	FRAMED_GONE = 7,
	FRAMED_AGAIN = 8
};

/* Close codes (RFC 6455 section 7.4.1 and the IANA registry). */
enum framed_close_code {
	FRAMED_CLOSE_NORMAL = 1000,
	FRAMED_CLOSE_GOING_AWAY = 1001,
	FRAMED_CLOSE_PROTOCOL_ERROR = 1002,
	FRAMED_CLOSE_UNSUPPORTED = 1003,
	FRAMED_CLOSE_NONE = 1005, /* the peer's Close had no code; never sent */
	FRAMED_CLOSE_ABNORMAL = 1006, /* no Close came; never sent */
	FRAMED_CLOSE_INVALID_PAYLOAD = 1007,
	FRAMED_CLOSE_POLICY = 1008,
	FRAMED_CLOSE_TOO_BIG = 1009,
	FRAMED_CLOSE_EXTENSION = 1010,
	FRAMED_CLOSE_INTERNAL = 1011,
	FRAMED_CLOSE_RESTART = 1012,
	FRAMED_CLOSE_TRY_AGAIN = 1013,
	FRAMED_CLOSE_BAD_GATEWAY = 1014
};

/*
 * Who ended a session.
 *
 * PEER       the peer sent a Close frame first
 * LOCAL      the module called framed_close() or framed_terminate(), or
 *            refused the request
 * TIMEOUT    no pong in time, on a raw endpoint no frame, or nothing taken of
 *            what waits
 * PROTOCOL   the peer broke the protocol
 * LIMIT      a limit of the configuration was reached
 * TRANSPORT  the connection broke without a Close frame
 * MODULE     the module failed: framed_fail()
 * SHUTDOWN   the server stops
 */
enum framed_by {
	FRAMED_BY_PEER = 1,
	FRAMED_BY_LOCAL = 2,
	FRAMED_BY_TIMEOUT = 3,
	FRAMED_BY_PROTOCOL = 4,
	FRAMED_BY_LIMIT = 5,
	FRAMED_BY_TRANSPORT = 6,
	FRAMED_BY_MODULE = 7,
	FRAMED_BY_SHUTDOWN = 8
};

/* Why a session ended. text is UTF-8 with a final NUL, at most 123 bytes, and
 * "" when none was given; what the peer wrote there is not to be trusted. */
struct framed_close_info {
	uint16_t code; /* enum framed_close_code, or 3000 to 4999 */
	uint16_t by;   /* enum framed_by */
	const char *text;
};

enum framed_level {
	FRAMED_ERROR = 0,
	FRAMED_WARN = 1,
	FRAMED_INFO = 2,
	FRAMED_DEBUG = 3
};

/* What on_upgrade wants. */
enum framed_upgrade {
	FRAMED_PROCEED =
	    0,           /* answer now: as framed_answer() said, else accept */
	FRAMED_DEFER = 1 /* framed_answer() or framed_answer_to() will say */
};

/*
 * The answer to an upgrade request. Its strings have FRAMED_ANSWER_MAX bytes
 * together, at most.
 *
 * status       101 accepts; 300 to 599 refuses
 * subprotocol  accepted: one that the client offers, and that carries no token
 *              where the endpoint asks for one; NULL: the endpoint's own
 * headers      lines to add, each "Name: value\r\n"; NULL: none. Not those
 *              that the host writes: Connection, Content-Length, Content-Type,
 *              Date, Host, Origin, Transfer-Encoding, Upgrade,
 *              Sec-WebSocket-... Those that the status needs, such as
 *              Retry-After with 503, the host adds where they are missing
 * text         refused: the body, one line of UTF-8; NULL: the name of the
 *              status, or nothing for one that has none here
 */
struct framed_answer {
	uint32_t size; /* sizeof(struct framed_answer) */
	uint16_t status;
	const char *subprotocol;
	const char *headers;
	const char *text;
};

/* Opcodes, and the final bit, of frames on raw endpoints (RFC 6455 §5.2). */
enum framed_opcode {
	FRAMED_OP_CONTINUATION = 0x0,
	FRAMED_OP_TEXT = 0x1,
	FRAMED_OP_BINARY = 0x2,
	FRAMED_OP_CLOSE = 0x8,
	FRAMED_OP_PING = 0x9,
	FRAMED_OP_PONG = 0xa,
	FRAMED_FIN = 0x80
};

/* One frame as it came, unmasked. */
struct framed_frame {
	uint8_t opcode; /* enum framed_opcode */
	uint8_t fin;    /* 0 or 1 */
	uint8_t rsv;    /* reserved bits, RSV1 is 4: always 0 today */
	const void *data;
	size_t length;
};

/* An extension that was agreed on; for "permessage-deflate" (RFC 7692), as
 * long as there is no other, with what both sides may do. */
struct framed_extension {
	uint32_t size;
	uint8_t rsv;                /* the reserved bits it uses, RSV1 is 4 */
	uint8_t server_window_bits; /* 9 to 15 */
	uint8_t client_window_bits; /* 8 to 15 */
	uint8_t server_takeover;    /* 0 or 1: messages refer to earlier ones */
	uint8_t client_takeover;
	uint8_t level;    /* of what this side compresses, 1 to 9 */
	const char *name; /* "permessage-deflate" */
};

/* One piece of work for the host's threads: see framed_async(). */
struct framed_work {
	uint32_t size;
	uint32_t gone;    /* on_async_done: 1 when the session is no more */
	uint64_t token;   /* the module's */
	uint64_t session; /* its id */
	void *instance;   /* what load() gave for its endpoint */
	void *data;       /* the host's copy of what framed_async() was given */
	size_t length;
	void
	    *result; /* NULL; for async_work to set, for on_async_done to use */
};

/* What a client session was made of: see framed_connect(). */
struct framed_call {
	uint32_t size;
	uint16_t status; /* of the response; 0 when none came */
	uint64_t token;  /* of the options */
	const char
	    *url; /* "ws://127.0.0.1:9001/feed", "ws+unix:/run/x:/feed" */
};

/*
 * A module: made by FRAMED_MODULE. Everything behind `version` may be left
 * out. The fields up to `size` are filled in by the macro.
 */
struct framed_module {
	uint32_t magic;
	uint16_t abi_major;
	uint16_t abi_minor;
	uint32_t size;

	/* Bytes that framed_storage() gives each session; at most 1 MiB. */
	uint32_t session_size;
	const char *name;
	const char *version;

	/*
	 * Checks the settings of one endpoint, by asking for each setting the
	 * module knows; those it never asked for are refused as unknown. Runs
	 * at start and in `framed -t`, on the main thread, before load; changes
	 * nothing. Returns 0, or -1 with a sentence in error (size bytes of
	 * room, lower case, no full stop). A module without it takes no
	 * settings.
	 */
	int (*check)(
	    const struct framed_settings *settings, char *error, size_t size);

	/*
	 * Begins one endpoint, whose settings check found right;
	 * *instance_out, NULL at first, is handed back by framed_instance().
	 * Main thread, before any session. Returns 0, or -1 with a sentence in
	 * error: the daemon does not start, and unload does not come.
	 */
	int (*load)(const struct framed_settings *settings, void **instance_out,
	    char *error, size_t size);

	/* Ends one endpoint, after its last session. Main thread. */
	void (*unload)(void *instance);

	/* A session is open: before any message, and the first callback for it
	 * unless on_upgrade has seen it. */
	void (*on_open)(struct framed_session *session);

	/* A whole message, fragments joined. data is borrowed. */
	void (*on_message)(struct framed_session *session,
	    enum framed_type type, const void *data, size_t length);

	/* The queue, which was above its high mark, has fallen below the low. */
	void (*on_writable)(struct framed_session *session);

	/* The session is over: the last callback for it, exactly once for each
	 * on_open. Nothing can be sent any more. */
	void (*on_close)(struct framed_session *session,
	    const struct framed_close_info *reason);

	/* Since ABI 1.1: */

	/*
	 * A worker thread begins, and ends, with an endpoint: on that thread,
	 * before its first session and after its last. *data_out, NULL at first,
	 * is handed back by framed_worker_data(). Returns 0, or -1 with a
	 * sentence in error: the daemon does not start, and worker_stop does
	 * not come.
	 */
	int (*worker_start)(struct framed_worker *worker, void **data_out,
	    char *error, size_t size);
	void (*worker_stop)(struct framed_worker *worker, void *data);

	/*
	 * A request to upgrade that is right in every respect; the session is
	 * not open yet. What was asked for can be read: framed_header() and the
	 * like. Until the answer nothing can be sent, but timers, posts and
	 * works may be used, and framed_storage(). Until on_open nothing needs
	 * cleaning up: a session that never opens has no on_close.
	 *
	 * While an answer is deferred the client is not read from, so its going
	 * away shows later only. handshake_timeout_ms, since the connection was
	 * made, goes on running: at its end the client gets 503.
	 * framed_terminate() cuts the connection, framed_fail() answers 500. Not
	 * for client sessions.
	 */
	enum framed_upgrade (*on_upgrade)(struct framed_session *session);

	/*
	 * Raw endpoints (`raw = true`) only, and instead of on_message: every
	 * frame as it came, control frames too. Nothing is joined or checked to
	 * be UTF-8, no pong is sent: that is the module's to do, as is answering
	 * Close, the last frame that comes. Until the module has sent its own the
	 * session goes on, for close_timeout_ms at the most; the reason is
	 * decided. frame is borrowed.
	 */
	void (*on_frame)(
	    struct framed_session *session, const struct framed_frame *frame);

	/* A pong came that does not answer the host's newest keepalive ping:
	 * the answer to framed_ping(), or one that nobody asked for. data is
	 * borrowed, at most 125 bytes. */
	void (*on_pong)(
	    struct framed_session *session, const void *data, size_t length);

	/* Since the last time so many messages for this session, of so many
	 * bytes of payload, were dropped or replaced by its queue_policy. */
	void (*on_dropped)(
	    struct framed_session *session, uint64_t messages, uint64_t bytes);

	/* framed_flush() has come to its end: FRAMED_OK when all that was sent
	 * before is with the kernel, FRAMED_CLOSED when the session ended first;
	 * then before on_close. */
	void (*on_flushed)(struct framed_session *session, uint64_t token,
	    enum framed_result result);

	/* A timer of framed_timer() ran out. */
	void (*on_timer)(struct framed_session *session, uint64_t token);

	/* framed_post() was called for this session. data is borrowed, aligned
	 * for any type of C. */
	void (*on_post)(struct framed_session *session, uint64_t token,
	    const void *data, size_t length);

	/*
	 * The work itself, on a thread of the host's pool, perhaps after the
	 * session has ended. Calls that take a session are out of reach. The
	 * server does not end before it has returned, so it must not wait for
	 * ever; but a server that stops at once skips what has not begun.
	 */
	void (*async_work)(struct framed_work *work);

	/*
	 * It is done: exactly once for each, on the session's worker, in the
	 * order of framed_async(). When work->gone, session is NULL, since
	 * on_close has come, or is about to, or never will because the upgrade
	 * was refused: what is left to do is to free the result, which is NULL
	 * if the work was skipped. work is borrowed.
	 */
	void (*on_async_done)(
	    struct framed_session *session, struct framed_work *work);

	/*
	 * framed_connect() did not come to an open session: no on_open, and no
	 * on_close, comes. The reason's code is the status when the server
	 * refused (FRAMED_BY_PEER), 1002 when its response was wrong, and 1006
	 * when no connection or no response came; its text says more. reason
	 * and call are borrowed.
	 */
	void (*on_connect_failed)(struct framed_worker *worker,
	    const struct framed_call *call,
	    const struct framed_close_info *reason);

	/* Since ABI 1.3: */

	/*
	 * The server is about to end, in order: in ms milliseconds the host
	 * closes the session, with 1001 or 1012. Once for each open session,
	 * before anything else is done about its end. A module may say goodbye
	 * in its own way, and close the session sooner; it cannot close it
	 * later. No session begins any more. Not when the server ends at once.
	 */
	void (*on_drain)(struct framed_session *session, uint32_t ms);
};

/*
 * What is known of a session beside its request.
 *
 * USER          whose token it showed, where the endpoint asks for one (auth)
 *               and that is known
 * TLS_PROTOCOL  of the connection, "TLSv1.3"; there only with TLS, as are
 * TLS_CIPHER    "TLS_AES_128_GCM_SHA256"
 * TLS_SERVER_NAME  what the client asked for (SNI), if anything
 * TLS_RESUMED   "1", if it resumed an earlier session
 *
 * and of the peer's certificate, if it has one, which was verified:
 *
 * TLS_SUBJECT      its distinguished name, "CN=alice,O=Example" (RFC 2253)
 * TLS_ISSUER       that of whom it is by
 * TLS_SERIAL       its number, in small hexadecimal digits
 * TLS_FINGERPRINT  its SHA-256, in 64 of these
 */
enum framed_fact {
	FRAMED_FACT_USER = 0,
	FRAMED_FACT_TLS_PROTOCOL = 1,
	FRAMED_FACT_TLS_CIPHER = 2,
	FRAMED_FACT_TLS_SERVER_NAME = 3,
	FRAMED_FACT_TLS_RESUMED = 4,
	FRAMED_FACT_TLS_SUBJECT = 5,
	FRAMED_FACT_TLS_ISSUER = 6,
	FRAMED_FACT_TLS_SERIAL = 7,
	FRAMED_FACT_TLS_FINGERPRINT = 8
};

/*
 * What the host gives to the module. Not called directly: use the functions
 * below. size says how much of it this host has. The first three fields stay
 * where they are in every major version.
 */
struct framed_host {
	uint32_t size;
	uint16_t abi_major;
	uint16_t abi_minor;

	const void *(*group)(const char *name);
	void (*log)(enum framed_level level, const char *format, va_list args);

	const char *(*setting_string)(const struct framed_settings *settings,
	    const char *name, const char *fallback);
	int64_t (*setting_int)(const struct framed_settings *settings,
	    const char *name, int64_t fallback);
	double (*setting_float)(const struct framed_settings *settings,
	    const char *name, double fallback);
	int (*setting_bool)(const struct framed_settings *settings,
	    const char *name, int fallback);

	enum framed_result (*send)(struct framed_session *session,
	    enum framed_type type, const void *data, size_t length);
	enum framed_result (*close)(
	    struct framed_session *session, uint16_t code, const char *text);
	void (*terminate)(struct framed_session *session);
	void (*fail_session)(struct framed_session *session, const char *why);
	void (*pause)(struct framed_session *session);
	void (*resume)(struct framed_session *session);

	uint64_t (*id)(const struct framed_session *session);
	void *(*instance)(const struct framed_session *session);
	void *(*storage)(struct framed_session *session);
	const char *(*path)(const struct framed_session *session);
	const char *(*subprotocol)(const struct framed_session *session);
	const char *(*peer)(const struct framed_session *session);
	const struct framed_close_info *(*close_reason)(
	    const struct framed_session *session);

	/* since ABI 1.1 */
	enum framed_result (*send_keyed)(struct framed_session *session,
	    uint64_t key, enum framed_type type, const void *data,
	    size_t length);
	enum framed_result (*send_frame)(struct framed_session *session,
	    unsigned first, const void *data, size_t length);
	enum framed_result (*ping)(
	    struct framed_session *session, const void *data, size_t length);
	enum framed_result (*flush)(
	    struct framed_session *session, uint64_t token);

	uint32_t (*ping_interval)(const struct framed_session *session);
	enum framed_result (*set_ping_interval)(
	    struct framed_session *session, uint32_t ms);
	uint32_t (*timeout)(const struct framed_session *session);
	enum framed_result (*set_timeout)(
	    struct framed_session *session, uint32_t ms);
	uint32_t (*max_frame)(const struct framed_session *session);
	enum framed_result (*set_max_frame)(
	    struct framed_session *session, uint32_t bytes);
	int (*masking)(const struct framed_session *session);
	enum framed_result (*set_masking)(
	    struct framed_session *session, int is_on);
	const struct framed_extension *(*extension_at)(
	    const struct framed_session *session, size_t index);

	const char *(*method)(const struct framed_session *session);
	const char *(*target)(const struct framed_session *session);
	const char *(*query)(const struct framed_session *session);
	const char *(*header)(const struct framed_session *session,
	    const char *name, size_t index);
	const char *(*header_at)(const struct framed_session *session,
	    size_t index, const char **name_out);
	enum framed_result (*answer)(
	    struct framed_session *session, const struct framed_answer *answer);
	enum framed_result (*answer_to)(
	    uint64_t id, const struct framed_answer *answer);

	enum framed_result (*timer)(
	    struct framed_session *session, uint32_t ms, uint64_t token);
	enum framed_result (*timer_cancel)(
	    struct framed_session *session, uint64_t token);
	enum framed_result (*async)(struct framed_session *session,
	    uint64_t token, const void *data, size_t length);
	enum framed_result (*post)(
	    uint64_t id, uint64_t token, const void *data, size_t length);
	enum framed_result (*send_to)(uint64_t id, enum framed_type type,
	    const void *data, size_t length);

	struct framed_worker *(*worker)(struct framed_session *session);
	void *(*worker_data)(const struct framed_worker *worker);
	void *(*worker_instance)(const struct framed_worker *worker);
	unsigned (*worker_index)(const struct framed_worker *worker);

	/* since ABI 1.2 */
	const char *(*fact)(
	    const struct framed_session *session, enum framed_fact fact);
};

struct framed_connect_options;
struct framed_publication;

/* Group "topics/1": publish and subscribe, over all workers. */
struct framed_topics {
	uint32_t size;
	enum framed_result (*subscribe)(
	    struct framed_session *session, const char *topic);
	enum framed_result (*unsubscribe)(
	    struct framed_session *session, const char *topic);
	enum framed_result (*publish)(struct framed_session *session,
	    const char *topic, enum framed_type type, const void *data,
	    size_t length, unsigned flags);
	/* since ABI 1.1: flags and key in a struct */
	enum framed_result (*publish_keyed)(struct framed_session *session,
	    const char *topic, uint64_t key,
	    const struct framed_publication *publication);
};

/* What is published: see framed_publish_keyed(). */
struct framed_publication {
	uint32_t size;  /* sizeof(struct framed_publication) */
	unsigned flags; /* enum framed_publish_flags */
	enum framed_type type;
	const void *data;
	size_t length;
};

/* Group "client/1": sessions that this side begins. */
struct framed_client {
	uint32_t size;
	enum framed_result (*connect)(struct framed_worker *worker,
	    const struct framed_connect_options *options, uint64_t *id_out);
	const struct framed_call *(*call)(const struct framed_session *session);
};

/*
 * Where to connect to, and how. Zero and NULL stand for the default.
 *
 * url           "ws://127.0.0.1:9001/feed?x=1", "ws://[::1]/", or a Unix
 *               socket as in "ws+unix:/run/x.sock:/feed". The host is a literal
 *               address, since names would have to be waited for. With
 *               "wss:" it goes over TLS
 * host          for the Host header, and with "wss:" for whom the server's
 *               certificate has to be; the default is the URL's
 * origin        for the Origin header; NULL: none, as it is with clients that
 *               are no browsers
 * subprotocols  to offer, with commas: "v2.chat, v1.chat"
 * headers       lines to add, each "Name: value\r\n", as in framed_answer
 * no_deflate    1: do not offer permessage-deflate where the endpoint's
 *               configuration would
 * token         is in framed_call
 */
struct framed_connect_options {
	uint32_t size; /* sizeof(struct framed_connect_options) */
	uint32_t no_deflate;
	uint64_t token;
	const char *url;
	const char *host;
	const char *subprotocols;
	const char *headers;
	const char *origin;
};

enum framed_publish_flags {
	FRAMED_PUBLISH_SKIP_SENDER = 1 << 0 /* all but the publisher get it */
};

#define FRAMED_TOPIC_MAX         255        /* bytes of a topic's name */
#define FRAMED_SUBSCRIPTIONS_MAX 1024       /* topics of one session */
#define FRAMED_PUBLISH_MAX       (16 << 20) /* bytes of a published message */
#define FRAMED_ANSWER_MAX        (16 << 10) /* bytes of an answer's strings */

#if defined(__GNUC__)
#define FRAMED_EXPORT              __attribute__((visibility("default")))
#define FRAMED_HIDDEN              __attribute__((visibility("hidden")))
#define FRAMED_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define FRAMED_EXPORT
#define FRAMED_HIDDEN
#define FRAMED_PRINTF(text, first)
#endif

/* Set when the module is loaded; defined by FRAMED_MODULE. A group that the
 * host does not have is NULL. */
extern FRAMED_HIDDEN const struct framed_host *framed_host;
extern FRAMED_HIDDEN const struct framed_topics *framed_topics;
extern FRAMED_HIDDEN const struct framed_client *framed_client;

/* The one symbol a module exports. */
FRAMED_EXPORT const struct framed_module *framed_module_entry(
    const struct framed_host *host);

#ifdef __cplusplus
#define FRAMED_CAST(type, value) static_cast<type>(value)
#else
#define FRAMED_CAST(type, value) ((type)(value))
#endif

/* C++ compilers warn of the fields that a module leaves out. */
#ifdef __GNUC__
#define FRAMED_FIELDS_BEGIN            \
	_Pragma("GCC diagnostic push") \
	    _Pragma("GCC diagnostic ignored \"-Wmissing-field-initializers\"")
#define FRAMED_FIELDS_END _Pragma("GCC diagnostic pop")
#else
#define FRAMED_FIELDS_BEGIN
#define FRAMED_FIELDS_END
#endif

/*
 * Defines the module; once, at file scope, with a semicolon behind it. The
 * fields are given by name; C++ wants them in the order of the struct.
 *
 * A host of another major version will refuse the module: until then nothing
 * of its table is touched but the version.
 */
#define FRAMED_MODULE(...)                                            \
	FRAMED_HIDDEN const struct framed_host *framed_host;          \
	FRAMED_HIDDEN const struct framed_topics *framed_topics;      \
	FRAMED_HIDDEN const struct framed_client *framed_client;      \
	const struct framed_module *framed_module_entry(              \
	    const struct framed_host *host)                           \
	{                                                             \
		FRAMED_FIELDS_BEGIN                                   \
		static const struct framed_module module = {          \
		    .magic = FRAMED_ABI_MAGIC,                        \
		    .abi_major = FRAMED_ABI_MAJOR,                    \
		    .abi_minor = FRAMED_ABI_MINOR,                    \
		    .size = sizeof(struct framed_module),             \
		    __VA_ARGS__};                                     \
		FRAMED_FIELDS_END                                     \
                                                                      \
		framed_host = host;                                   \
		if (host->abi_major == FRAMED_ABI_MAJOR) {            \
			framed_topics =                               \
			    FRAMED_CAST(const struct framed_topics *, \
			        host->group("topics/1"));             \
			framed_client =                               \
			    FRAMED_CAST(const struct framed_client *, \
			        host->group("client/1"));             \
		}                                                     \
		return &module;                                       \
	}                                                             \
	extern FRAMED_HIDDEN const struct framed_host *framed_host

/*
 * Sends a whole message; data may be NULL when length is 0. Returns
 * FRAMED_QUEUED, FRAMED_BACKPRESSURE, FRAMED_DROPPED, FRAMED_CLOSED,
 * FRAMED_INVALID (no such type) or FRAMED_NO_MEMORY (the session is then
 * ended).
 */
static inline enum framed_result
framed_send(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	return framed_host->send(session, type, data, length);
}

/*
 * The same for a message that makes older ones of its key worthless, such as
 * the newest price of one stock. With queue_policy "conflate" it takes the
 * place of the one with this key that still waits in the queue, if any; with
 * other policies the key means nothing.
 */
static inline enum framed_result
framed_send_keyed(struct framed_session *session, uint64_t key,
    enum framed_type type, const void *data, size_t length)
{
	return framed_host->send_keyed(session, key, type, data, length);
}

/*
 * Sends one frame of any kind, raw endpoints only. first is an opcode of enum
 * framed_opcode, with FRAMED_FIN unless more fragments follow. Returns as
 * framed_send(); FRAMED_INVALID for another endpoint, an opcode that is not
 * defined, other bits, or a control frame that is not final or above 125 bytes.
 * Frames go out in the order of the calls, and no order is checked: nothing but
 * control frames belongs between the fragments of a message, neither by
 * framed_send() nor by framed_publish(). A Close frame is the last that can be
 * sent, and begins the closing handshake as framed_close() does, unless the
 * peer's has come; its body is not checked.
 */
static inline enum framed_result
framed_send_frame(struct framed_session *session, unsigned first,
    const void *data, size_t length)
{
	return framed_host->send_frame(session, first, data, length);
}

/*
 * Sends a ping of at most 125 bytes, ahead of what waits in the queue; on_pong,
 * on raw endpoints on_frame, tells of the answer. Keepalive pings go on
 * regardless. While the peer takes nothing, a newer ping replaces those that
 * wait. Returns FRAMED_QUEUED, FRAMED_CLOSED, FRAMED_INVALID or FRAMED_NO_MEMORY
 * (the session is then ended).
 */
static inline enum framed_result
framed_ping(struct framed_session *session, const void *data, size_t length)
{
	return framed_host->ping(session, data, length);
}

/*
 * Asks to be told, by on_flushed with this token, when all that was sent so far
 * has been handed to the kernel; the peer may not have it yet. Returns
 * FRAMED_QUEUED (on_flushed will come), FRAMED_CLOSED, FRAMED_AGAIN (1024 wait
 * already), FRAMED_NO_MEMORY or FRAMED_UNSUPPORTED (the module has no
 * on_flushed).
 */
static inline enum framed_result
framed_flush(struct framed_session *session, uint64_t token)
{
	return framed_host->flush(session, token);
}

/*
 * Begins the closing handshake: what was sent before goes out first, then one
 * Close frame. From now on no message comes and nothing can be sent. text is
 * UTF-8, cut at a character border to 123 bytes; NULL means none. The first
 * close wins: later ones do nothing and answer FRAMED_CLOSED, as does one before
 * the session is open: refuse it by framed_answer(). Returns FRAMED_QUEUED,
 * FRAMED_CLOSED, or FRAMED_INVALID when code may not be sent.
 */
static inline enum framed_result
framed_close(struct framed_session *session, uint16_t code, const char *text)
{
	return framed_host->close(session, code, text);
}

/* Cuts the connection without a Close frame; what was sent and is not yet on the
 * wire is lost. on_close comes when the running callback has returned. */
static inline void
framed_terminate(struct framed_session *session)
{
	framed_host->terminate(session);
}

/* Ends the session because the module cannot go on: close code 1011, or before
 * on_open status 500. why goes to the log and never to the peer. */
static inline void
framed_fail(struct framed_session *session, const char *why)
{
	framed_host->fail_session(session, why);
}

/*
 * Stops reading from the peer, once the running callback has returned: no
 * message comes until framed_resume(). A session may be paused before it is open.
 * Calls do not nest: one resume undoes any number of pauses, and either does
 * nothing when it is so already.
 */
static inline void
framed_pause(struct framed_session *session)
{
	framed_host->pause(session);
}

static inline void
framed_resume(struct framed_session *session)
{
	framed_host->resume(session);
}

/*
 * The keepalive of this session, at first the endpoint's: milliseconds between
 * a pong and the next ping, 0 for no pings, and how long a pong may take, 1 at
 * least. Both at most a day. A change takes effect at once: with a new interval
 * the wait for the next ping starts anew, with a new timeout the wait for a pong
 * that is due. Setting returns FRAMED_OK, FRAMED_CLOSED, FRAMED_INVALID or
 * FRAMED_NO_MEMORY.
 */
static inline uint32_t
framed_ping_interval(const struct framed_session *session)
{
	return framed_host->ping_interval(session);
}

static inline enum framed_result
framed_set_ping_interval(struct framed_session *session, uint32_t ms)
{
	return framed_host->set_ping_interval(session, ms);
}

static inline uint32_t
framed_timeout(const struct framed_session *session)
{
	return framed_host->timeout(session);
}

static inline enum framed_result
framed_set_timeout(struct framed_session *session, uint32_t ms)
{
	return framed_host->set_timeout(session, ms);
}

/* The most payload bytes of one frame from the peer, 1 to 2^30; a change holds
 * for frames whose header has not been read. The limit of whole messages stays
 * the endpoint's. Setting returns as above. */
static inline uint32_t
framed_max_frame(const struct framed_session *session)
{
	return framed_host->max_frame(session);
}

static inline enum framed_result
framed_set_max_frame(struct framed_session *session, uint32_t bytes)
{
	return framed_host->set_max_frame(session, bytes);
}

/* Whether what is sent is masked: 1 on client sessions, 0 on others, as RFC 6455
 * section 5.1 demands. Setting anything else answers FRAMED_INVALID. */
static inline int
framed_masking(const struct framed_session *session)
{
	return framed_host->masking(session);
}

static inline enum framed_result
framed_set_masking(struct framed_session *session, int is_on)
{
	return framed_host->set_masking(session, is_on);
}

/* The extensions agreed on, one by one; NULL beyond the last. Valid until the
 * next call on this thread. */
static inline const struct framed_extension *
framed_extension_at(const struct framed_session *session, size_t index)
{
	return framed_host->extension_at(session, index);
}

/* The extension of this name, if it was agreed on, or NULL. Valid until the
 * next call on this thread. */
static inline const struct framed_extension *
framed_extension(const struct framed_session *session, const char *name)
{
	const struct framed_extension *extension;
	size_t index = 0;

	while ((extension = framed_extension_at(session, index++)) != NULL)
		if (strcmp(extension->name, name) == 0)
			return extension;
	return NULL;
}

/*
 * The request, in on_upgrade, while it is deferred, and in on_open: its method,
 * its target as it was sent, and the part behind the "?", or "". For a client
 * session what was sent. Elsewhere NULL. Valid until on_open has returned.
 */
static inline const char *
framed_method(const struct framed_session *session)
{
	return framed_host->method(session);
}

static inline const char *
framed_target(const struct framed_session *session)
{
	return framed_host->target(session);
}

static inline const char *
framed_query(const struct framed_session *session)
{
	return framed_host->query(session);
}

/*
 * The value of a header of the request, or for a client session of the response,
 * by name (any case): index 0 is the first line of that name. NULL when there
 * are no more. Where and how long as above. header_at goes through all of them,
 * name_out may be NULL.
 */
static inline const char *
framed_header(
    const struct framed_session *session, const char *name, size_t index)
{
	return framed_host->header(session, name, index);
}

static inline const char *
framed_header_at(
    const struct framed_session *session, size_t index, const char **name_out)
{
	return framed_host->header_at(session, index, name_out);
}

/*
 * Answers the upgrade request, once, in on_upgrade or later if that returned
 * FRAMED_DEFER; answer_to does so by id, from any thread. The answer is copied.
 * Returns FRAMED_OK; FRAMED_INVALID when size, the status, a header, the text or
 * the subprotocol is wrong (answer again), FRAMED_CLOSED when it was answered
 * already, FRAMED_NO_MEMORY; by id also FRAMED_GONE, and there a wrong
 * subprotocol or second answer shows in the log only: the session is then refused
 * with 500, or the second answer is dropped.
 */
static inline enum framed_result
framed_answer(
    struct framed_session *session, const struct framed_answer *answer)
{
	return framed_host->answer(session, answer);
}

static inline enum framed_result
framed_answer_to(uint64_t id, const struct framed_answer *answer)
{
	return framed_host->answer_to(id, answer);
}

/*
 * Calls on_timer once, with the token, ms (at most a day) from now and at most
 * about 32 ms later. A session has one timer for each token: setting it again
 * moves it. Timers end when the session is no longer open, or is refused: no
 * on_timer comes behind framed_close() or the peer's Close, but on a raw endpoint
 * timers go on until that Close is answered. Returns FRAMED_OK, FRAMED_CLOSED,
 * FRAMED_INVALID, FRAMED_AGAIN (1024 timers run), FRAMED_NO_MEMORY or
 * FRAMED_UNSUPPORTED (the module has no on_timer).
 */
static inline enum framed_result
framed_timer(struct framed_session *session, uint32_t ms, uint64_t token)
{
	return framed_host->timer(session, ms, token);
}

/* Stops the timer, if it runs: on_timer will not come. Returns FRAMED_OK. */
static inline enum framed_result
framed_timer_cancel(struct framed_session *session, uint64_t token)
{
	return framed_host->timer_cancel(session, token);
}

/*
 * Has async_work run on a thread of the host's pool, with a copy of data, and
 * on_async_done when it is done. A session has at most limits.async_max works of
 * which it was not told; at that number it is not read from until it is told of
 * one. Allowed while an upgrade is deferred, too. Returns
 * FRAMED_QUEUED, FRAMED_AGAIN (async_max, or async_queue is reached),
 * FRAMED_CLOSED, FRAMED_NO_MEMORY or FRAMED_UNSUPPORTED (the module lacks
 * async_work or on_async_done).
 */
static inline enum framed_result
framed_async(struct framed_session *session, uint64_t token, const void *data,
    size_t length)
{
	return framed_host->async(session, token, data, length);
}

/*
 * Calls on_post for the session with this id, on its worker, with a copy of
 * data (at most 16 MiB). Any thread. Posts of one thread to one session keep
 * their order. on_post does not come if the session ends before the post
 * arrives, or if its module has none. Returns FRAMED_QUEUED, FRAMED_GONE,
 * FRAMED_AGAIN (its worker lags), FRAMED_INVALID or FRAMED_NO_MEMORY.
 */
static inline enum framed_result
framed_post(uint64_t id, uint64_t token, const void *data, size_t length)
{
	return framed_host->post(id, token, data, length);
}

/*
 * Sends a message (at most FRAMED_PUBLISH_MAX bytes) to the session with this
 * id. Any thread. Keeps its order with framed_post(). Returns FRAMED_QUEUED,
 * FRAMED_GONE, FRAMED_AGAIN, FRAMED_INVALID or FRAMED_NO_MEMORY. What becomes of
 * it then is the session's queue_policy's to decide; one that is not open by then
 * does not get it.
 */
static inline enum framed_result
framed_send_to(
    uint64_t id, enum framed_type type, const void *data, size_t length)
{
	return framed_host->send_to(id, type, data, length);
}

/* The thread's part of the endpoint: what worker_start made for it, what load()
 * gave, and the number of the worker, from 0. */
static inline struct framed_worker *
framed_worker(struct framed_session *session)
{
	return framed_host->worker(session);
}

static inline void *
framed_worker_data(const struct framed_worker *worker)
{
	return framed_host->worker_data(worker);
}

static inline void *
framed_worker_instance(const struct framed_worker *worker)
{
	return framed_host->worker_instance(worker);
}

static inline unsigned
framed_worker_index(const struct framed_worker *worker)
{
	return framed_host->worker_index(worker);
}

/* Names this session: no other has the number, not until 2^32 more sessions
 * were on its worker. Never 0. */
static inline uint64_t
framed_id(const struct framed_session *session)
{
	return framed_host->id(session);
}

/* What load() gave for this session's endpoint. */
static inline void *
framed_instance(const struct framed_session *session)
{
	return framed_host->instance(session);
}

/* session_size bytes, zeroed before on_upgrade, aligned for any type of C; NULL
 * when session_size is 0. Freed by the host after on_close. */
static inline void *
framed_storage(struct framed_session *session)
{
	return framed_host->storage(session);
}

/* The path of the request, without the query. */
static inline const char *
framed_path(const struct framed_session *session)
{
	return framed_host->path(session);
}

/* The subprotocol agreed on; NULL when there is none, and before on_open. */
static inline const char *
framed_subprotocol(const struct framed_session *session)
{
	return framed_host->subprotocol(session);
}

/* The peer's address as text, such as "192.0.2.1:50412" or "[2001:db8::1]:443",
 * without a port where a proxy tells none; "unix" on a Unix socket. Valid until the next call on this thread. */
static inline const char *
framed_peer(const struct framed_session *session)
{
	return framed_host->peer(session);
}

/* A fact, or NULL where it is not known or does not apply. Valid until the next
 * call on this thread. */
static inline const char *
framed_fact(const struct framed_session *session, enum framed_fact fact)
{
	return framed_host->fact(session, fact);
}

/* Why the session ends; NULL until that is decided. Valid until the next call on
 * this thread. */
static inline const struct framed_close_info *
framed_close_reason(const struct framed_session *session)
{
	return framed_host->close_reason(session);
}

/*
 * Settings of the endpoint, by name; fallback, which may be NULL for a string,
 * when the file has none. For check and load only; a string got in load is
 * valid until unload has returned. For a setting of another type the fallback
 * is returned, and the host refuses the endpoint, naming file and line.
 */
static inline const char *
framed_setting_string(const struct framed_settings *settings, const char *name,
    const char *fallback)
{
	return framed_host->setting_string(settings, name, fallback);
}

static inline int64_t
framed_setting_int(
    const struct framed_settings *settings, const char *name, int64_t fallback)
{
	return framed_host->setting_int(settings, name, fallback);
}

/* Takes an integer as well. */
static inline double
framed_setting_float(
    const struct framed_settings *settings, const char *name, double fallback)
{
	return framed_host->setting_float(settings, name, fallback);
}

static inline int
framed_setting_bool(
    const struct framed_settings *settings, const char *name, int fallback)
{
	return framed_host->setting_bool(settings, name, fallback);
}

/* Writes a line to the daemon's log: lower case, no line end, facts as
 * key=value. Control characters are replaced, so that what a peer sent cannot
 * forge a line; what is beyond 900 bytes is cut off. Any thread. */
static inline void framed_log(enum framed_level level, const char *format, ...)
    FRAMED_PRINTF(2, 3);

static inline void
framed_log(enum framed_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	framed_host->log(level, format, args);
	va_end(args);
}

/*
 * Puts the session on a topic: it gets what is published there from now on.
 * topic is 1 to FRAMED_TOPIC_MAX bytes. Subscribing twice is subscribing once;
 * the end of the session unsubscribes. Returns FRAMED_QUEUED, FRAMED_CLOSED,
 * FRAMED_DROPPED (it is on FRAMED_SUBSCRIPTIONS_MAX topics already),
 * FRAMED_INVALID, FRAMED_NO_MEMORY or FRAMED_UNSUPPORTED.
 */
static inline enum framed_result
framed_subscribe(struct framed_session *session, const char *topic)
{
	if (framed_topics == NULL)
		return FRAMED_UNSUPPORTED;
	return framed_topics->subscribe(session, topic);
}

/* Takes it off; the same answers. Not being subscribed is no error. */
static inline enum framed_result
framed_unsubscribe(struct framed_session *session, const char *topic)
{
	if (framed_topics == NULL)
		return FRAMED_UNSUPPORTED;
	return framed_topics->unsubscribe(session, topic);
}

/*
 * Sends a message to every session on the topic, on all workers; also to this
 * one, if it is subscribed and flags lacks FRAMED_PUBLISH_SKIP_SENDER. Order is
 * kept for each publisher and topic. A subscriber that does not read delays
 * nobody: its queue fills, and the policy of its endpoint decides. A session
 * that is closing may still publish, also from on_close: to say that it left.
 *
 * With session NULL: from any thread, for all to get, in order for each thread
 * and topic; nobody is paused, FRAMED_BACKPRESSURE only asks to slow down.
 *
 * Returns FRAMED_QUEUED; FRAMED_BACKPRESSURE: taken, but another worker lags
 * and this session is not read from until that one has caught up;
 * FRAMED_DROPPED: some worker lags so far, or is so short of memory, that its
 * sessions will not get this message; FRAMED_INVALID (also for more than
 * FRAMED_PUBLISH_MAX bytes), FRAMED_NO_MEMORY (nobody gets it) or
 * FRAMED_UNSUPPORTED.
 */
static inline enum framed_result
framed_publish(struct framed_session *session, const char *topic,
    enum framed_type type, const void *data, size_t length, unsigned flags)
{
	if (framed_topics == NULL)
		return FRAMED_UNSUPPORTED;
	return framed_topics->publish(
	    session, topic, type, data, length, flags);
}

/*
 * The same for a message that makes older ones of its key worthless: see
 * framed_send_keyed(). FRAMED_INVALID also when publication->size is too small.
 */
static inline enum framed_result
framed_publish_keyed(struct framed_session *session, const char *topic,
    uint64_t key, const struct framed_publication *publication)
{
	if (framed_topics == NULL)
		return FRAMED_UNSUPPORTED;
	return framed_topics->publish_keyed(session, topic, key, publication);
}

/*
 * Begins a session in the client's role, on this worker and of this endpoint,
 * whose limits, keepalive and deflate options it has: the same callbacks come,
 * on_open when the server has answered 101, or on_connect_failed. What is sent
 * is masked. *id_out, if not NULL, is its id; what is posted to it before
 * on_open is dropped. Returns FRAMED_QUEUED,
 * FRAMED_INVALID (an option is wrong, such as a name for an address),
 * FRAMED_AGAIN (max_sessions), FRAMED_CLOSED (the server stops),
 * FRAMED_NO_MEMORY or FRAMED_UNSUPPORTED.
 */
static inline enum framed_result
framed_connect(struct framed_worker *worker,
    const struct framed_connect_options *options, uint64_t *id_out)
{
	if (framed_client == NULL)
		return FRAMED_UNSUPPORTED;
	return framed_client->connect(worker, options, id_out);
}

/* What a client session was made of; NULL for one that a client began. Valid
 * until the next call on this thread. */
static inline const struct framed_call *
framed_call(const struct framed_session *session)
{
	return framed_client == NULL ? NULL : framed_client->call(session);
}

#ifdef __cplusplus
}
#endif

#endif
