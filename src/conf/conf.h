/*
 * The configuration, as plain structs: immutable once loaded. What each field
 * means stands in framed.conf(5); defaults and bounds in conf/options.c.
 */
#ifndef FRAMED_CONF_CONF_H
#define FRAMED_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/guard.h"
#include "base/log.h"
#include "proto/deflate_offer.h"
#include "proto/forwarded.h"

/* What no time and no size is above. */
enum {
	DAY_MS = 24 * 60 * 60 * 1000,
	AGE_MAX_MS = 7 * DAY_MS,
	GIGABYTE = 1 << 30,
	TCP_KEEPALIVE_MAX_MS = 32767 * 1000 /* tcp(7) */
};

/*
 * What happens to a message when a session's queue is at queue_bytes.
 * PAUSE_READING also stops reading from the session above half of that, so
 * that replies cannot pile up; if others fill the queue it ends like CLOSE.
 */
enum queue_policy {
	QUEUE_PAUSE_READING,
	QUEUE_DROP_NEWEST, /* the new message is not taken, and counted */
	QUEUE_DROP_OLDEST, /* the oldest make room for it, and are counted */
	QUEUE_CONFLATE, /* one with its key makes room, or it ends as CLOSE */
	QUEUE_CLOSE     /* the session ends with 1013 */
};

/* What happens to a session of which too much comes in a second. */
enum rate_policy {
	RATE_DELAY, /* it is not read from for a while */
	RATE_CLOSE  /* it ends with 1008 */
};

struct conf_limits {
	uint32_t max_sessions;
	uint32_t max_message_bytes;
	uint32_t max_frame_bytes;
	uint32_t queue_bytes;
	uint32_t close_timeout_ms;
	uint32_t async_max;           /* unfinished works of one session */
	uint32_t messages_per_second; /* of one session; 0: any number … */
	uint32_t bytes_per_second;    /* … and the same of their payload */
	enum rate_policy rate_policy;
	uint32_t max_age_ms;    /* of a session; 0: any … */
	uint8_t max_age_jitter; /* … and by how many percent less at most */
	/* these are not per endpoint: they rule before the route is known */
	uint32_t max_header_bytes;
	uint32_t max_headers;
	uint32_t handshake_timeout_ms;
	uint32_t max_handshakes;           /* under way; 0: by max_sessions */
	uint32_t max_sessions_per_address; /* 0: any number */
	uint32_t connections_per_second;   /* 0: any number */
};

struct conf_keepalive {
	uint32_t ping_interval_ms; /* 0: no pings */
	uint32_t timeout_ms;
	bool any_traffic;
};

/* The end in order. timeout_ms is counted from the end of the delay, as is
 * spread_ms. */
struct conf_drain {
	uint32_t delay_ms;   /* still serves, while /healthz says no */
	uint32_t spread_ms;  /* over which sessions are closed */
	uint32_t timeout_ms; /* after which those that are left are cut */
	uint32_t close_code;
};

/* Of the connections of a TCP listener. */
struct conf_tcp {
	uint32_t user_timeout_ms; /* 0: the system's (TCP_USER_TIMEOUT) */
	uint32_t keepalive_ms;    /* 0: no probes (SO_KEEPALIVE) */
	uint32_t keepalive_interval_ms;
	uint8_t keepalive_probes;
};

enum tls_version { TLS_VERSION_1_2, TLS_VERSION_1_3 };

/* What is asked of a client's certificate. */
enum tls_verify {
	TLS_VERIFY_OFF,      /* none is asked for */
	TLS_VERIFY_OPTIONAL, /* there may be none; a bad one fails */
	TLS_VERIFY_REQUIRED
};

struct conf_tls {
	/* files, each with LF behind it; NULL: the listener has no TLS */
	char *certificates;
	char *keys; /* as many, or NULL: in the same files */
	enum tls_version min_version;
	char *ciphers;      /* of TLS 1.2 */
	char *ciphersuites; /* of TLS 1.3; NULL: OpenSSL's */
	char *groups;       /* NULL: OpenSSL's */
	bool prefers_server_ciphers;
	uint32_t session_timeout_ms; /* 0: no resumption */
	enum tls_verify verify_client;
	char *client_ca; /* file; NULL with TLS_VERIFY_OFF */
};

/* Has either an address and a port, or a path, or the name of a socket that was
 * passed to the program. */
struct conf_listener {
	const struct conf *conf; /* that it is of */
	char *address;           /* numeric IPv4 or IPv6; NULL: a Unix socket */
	uint16_t port;           /* 0: any free one */
	char *path;              /* of the socket, or "@" and a name */
	char *fd_name;           /* of an inherited socket: net/inherit.h */
	char *mode;              /* in octal digits; NULL: 0660 */
	char *owner;             /* user name or number; NULL: unchanged */
	char *group;             /* the same of a group */
	uint32_t backlog;
	uint32_t max_sessions; /* 0: as many as there may be in all */
	struct conf_tcp tcp;
	struct conf_tls tls;
	bool has_proxy_protocol; /* each connection begins with its header */
	/* networks, or "unix", each with LF behind it: whom it is believed
	 * whom they speak for, by that header or by those of HTTP */
	char *trusted_proxies;
	enum forwarded_family forwarded;
	char *file;
	unsigned line;
};

/* A setting handed to a module: endpoints' `settings` group, flattened. */
enum setting_type { SETTING_STRING, SETTING_INT, SETTING_BOOL, SETTING_FLOAT };

struct setting {
	char *name;
	enum setting_type type;
	char *string;
	int64_t integer; /* also a bool's 0 or 1 */
	double number;
	char *file;
	unsigned line;
};

/* How clients of an endpoint show who they are. */
enum auth_type {
	AUTH_OFF,        /* not at all */
	AUTH_TOKEN_FILE, /* by a token that stands in a file */
	AUTH_JWT         /* by one that is signed with the secret in it */
};

struct conf_auth {
	enum auth_type type;
	char *file;     /* NULL with AUTH_OFF */
	char *places;   /* where tokens are looked for, LF behind each */
	char *audience; /* AUTH_JWT: has to be named; NULL: need not */
	char *issuer;   /* the same */
	uint32_t leeway_ms;
};

struct conf_endpoint {
	char *path; /* "/chat", or with is_prefix "/chat/" for "/chat/…" */
	char *host; /* as http_host_normalize() has it; NULL: any */
	char *subprotocol; /* NULL: none */
	char *module;
	/* allowed in Origin, each with LF behind it; NULL: the same only */
	char *origins;
	bool is_prefix; /* the file's path ended in "/…*" */
	bool is_raw;    /* the module gets frames, not messages */
	enum queue_policy queue_policy;
	struct conf_limits
	    limits; /* global ones with the endpoint's overrides */
	struct conf_keepalive keepalive;
	struct deflate_config deflate;
	struct conf_auth auth;
	struct setting *settings;
	size_t setting_count;
	char *file;
	unsigned line;
};

struct conf {
	char *file;
	uint32_t workers; /* 0: one per CPU */
	uint32_t async_threads;
	uint32_t async_queue; /* works that wait for a thread */
	char *user;           /* NULL: no change of identity */
	char *group;          /* NULL: the user's own */
	char *pid_file;       /* NULL: none */
	char *module_path;
	bool verifies_servers; /* of client sessions over TLS */
	char *server_ca; /* file: whom to believe; NULL: as the system does */
	struct log_config log;
	struct conf_limits limits;
	struct conf_keepalive keepalive;
	struct deflate_config deflate;
	struct conf_drain drain;
	struct conf_listener *listeners;
	size_t listener_count;
	struct conf_endpoint *endpoints;
	size_t endpoint_count;
};

/* Frees a configuration and clears *conf; NULL is fine. */
void conf_free(struct conf **conf);

/* "pause-reading", "drop-newest", "drop-oldest", "conflate", "close" */
const char *queue_policy_name(enum queue_policy policy);

/* "off", "token-file", "jwt" */
const char *auth_type_name(enum auth_type type);

/* "delay", "close" */
const char *rate_policy_name(enum rate_policy policy);

/* "TLSv1.2", "TLSv1.3" */
const char *tls_version_name(enum tls_version version);

/* "off", "optional", "required" */
const char *tls_verify_name(enum tls_verify verify);

#endif
