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
 * that take a session may be made on that thread only, from on_open up to and
 * including on_close. Two sessions of one endpoint may be on two threads: what
 * an instance shares among them is the module's to lock. check, load and unload
 * come on the main thread, while no session is open.
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
#define FRAMED_ABI_MINOR 0

struct framed_session;  /* one WebSocket connection */
struct framed_settings; /* an endpoint's `settings` in framed.conf(5) */

/* Text is UTF-8: checked on the way in, the module's promise on the way out. */
enum framed_type { FRAMED_TEXT = 1, FRAMED_BINARY = 2 };

/*
 * What became of a call.
 *
 * QUEUED        taken
 * BACKPRESSURE  taken, but the queue is above its high mark: on_writable comes
 *               when it has drained
 * DROPPED       not taken: the queue is full and the policy is to drop
 * CLOSED        not taken: the session is closing or closed
 * INVALID       not done: an argument is wrong, such as a close code that must
 *               not be sent
 * NO_MEMORY     not done
 * UNSUPPORTED   not done: this host does not have the call
 */
enum framed_result {
	FRAMED_QUEUED = 0,
	FRAMED_BACKPRESSURE = 1,
	FRAMED_DROPPED = 2,
	FRAMED_CLOSED = 3,
	FRAMED_INVALID = 4,
	FRAMED_NO_MEMORY = 5,
	FRAMED_UNSUPPORTED = 6
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
 * LOCAL      the module called framed_close() or framed_terminate()
 * TIMEOUT    no pong in time, or nothing taken of what waits
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

	/* A session is open: the first callback for it, before any message. */
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
};

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
};

enum framed_publish_flags {
	FRAMED_PUBLISH_SKIP_SENDER = 1 << 0 /* all but the publisher get it */
};

#define FRAMED_TOPIC_MAX         255        /* bytes of a topic's name */
#define FRAMED_SUBSCRIPTIONS_MAX 1024       /* topics of one session */
#define FRAMED_PUBLISH_MAX       (16 << 20) /* bytes of a published message */

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
		if (host->abi_major == FRAMED_ABI_MAJOR)              \
			framed_topics =                               \
			    FRAMED_CAST(const struct framed_topics *, \
			        host->group("topics/1"));             \
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
 * Begins the closing handshake: what was sent before goes out first, then one
 * Close frame. From now on no message comes and nothing can be sent. text is
 * UTF-8, cut at a character border to 123 bytes; NULL means none. The first
 * close wins: later ones do nothing and answer FRAMED_CLOSED. Returns
 * FRAMED_QUEUED, FRAMED_CLOSED, or FRAMED_INVALID when code may not be sent.
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

/* Ends the session because the module cannot go on: close code 1011. why goes
 * to the log and never to the peer. */
static inline void
framed_fail(struct framed_session *session, const char *why)
{
	framed_host->fail_session(session, why);
}

/*
 * Stops reading from the peer, once the running callback has returned: no
 * message comes until framed_resume(). Calls do not nest: one resume undoes any
 * number of pauses, and either does nothing when it is so already.
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

/* session_size bytes, zeroed before on_open, aligned for any type of C; NULL
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

/* The subprotocol agreed on, or NULL. */
static inline const char *
framed_subprotocol(const struct framed_session *session)
{
	return framed_host->subprotocol(session);
}

/* The peer's address as text, such as "192.0.2.1:50412" or "[2001:db8::1]:443".
 * Valid until the next call on this thread. */
static inline const char *
framed_peer(const struct framed_session *session)
{
	return framed_host->peer(session);
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

#ifdef __cplusplus
}
#endif

#endif
