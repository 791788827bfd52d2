#define _POSIX_C_SOURCE 200809L

#include "conf/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/check.h"
#include "conf/conf.h"
#include "conf/same.h"
#include "proto/closecode.h"

#define IN_GLOBAL(field)             \
	.scopes = 1 << SCOPE_GLOBAL, \
	.offset = {[SCOPE_GLOBAL] = offsetof(struct conf, field)}
#define IN_LISTENER(field)             \
	.scopes = 1 << SCOPE_LISTENER, \
	.offset = {[SCOPE_LISTENER] = offsetof(struct conf_listener, field)}
#define IN_ENDPOINT(field)             \
	.scopes = 1 << SCOPE_ENDPOINT, \
	.offset = {[SCOPE_ENDPOINT] = offsetof(struct conf_endpoint, field)}
#define IN_GLOBAL_AND_ENDPOINT(field)                                 \
	.scopes = 1 << SCOPE_GLOBAL | 1 << SCOPE_ENDPOINT,            \
	.offset = {                                                   \
	    [SCOPE_GLOBAL] = offsetof(struct conf, field),            \
	    [SCOPE_ENDPOINT] = offsetof(struct conf_endpoint, field), \
	}

static const char *
level_word(int64_t value)
{
	return log_level_name((enum log_level)value);
}

static const char *
target_word(int64_t value)
{
	return log_target_name((enum log_target)value);
}

static const char *
facility_word(int64_t value)
{
	return log_facility_name((enum log_facility)value);
}

static const char *
policy_word(int64_t value)
{
	return queue_policy_name((enum queue_policy)value);
}

static const char *
auth_word(int64_t value)
{
	return auth_type_name((enum auth_type)value);
}

static const char *
rate_word(int64_t value)
{
	return rate_policy_name((enum rate_policy)value);
}

static const char *
forwarded_word(int64_t value)
{
	return forwarded_family_name((enum forwarded_family)value);
}

static const char *
version_word(int64_t value)
{
	return tls_version_name((enum tls_version)value);
}

static const char *
verify_word(int64_t value)
{
	return tls_verify_name((enum tls_verify)value);
}

#define FACILITIES                                                         \
	"\"kern\", \"user\", \"mail\", \"daemon\", \"auth\", \"syslog\", " \
	"\"lpr\", \"news\", \"uucp\", \"cron\", \"authpriv\", \"ftp\", "   \
	"\"ntp\", "                                                        \
	"\"audit\", \"alert\", \"clock\", \"local0\", \"local1\", "        \
	"\"local2\", "                                                     \
	"\"local3\", \"local4\", \"local5\", \"local6\" or \"local7\""

/* For TLS 1.2: forward secrecy and AEAD only (RFC 9325 §4.2). */
#define TLS_CIPHERS                                                  \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

/* Options of one group stand together: conf_print() opens a group once. */
const struct option options[] = {
    {"workers", OPTION_COUNT, OPTION_RESTART, IN_GLOBAL(workers), .max = 255},
    {"async_threads", OPTION_COUNT, OPTION_RESTART, IN_GLOBAL(async_threads), 2,
        1, 64},
    {"async_queue", OPTION_COUNT, OPTION_RESTART, IN_GLOBAL(async_queue), 1024,
        1, 65536},
    {"user", OPTION_STRING, OPTION_RESTART, IN_GLOBAL(user)},
    {"group", OPTION_STRING, OPTION_RESTART, IN_GLOBAL(group), .needs = "user"},
    {"pid_file", OPTION_STRING, OPTION_RESTART, IN_GLOBAL(pid_file),
        .check = check_file},
    {"module_path", OPTION_STRING, 0, IN_GLOBAL(module_path),
        .fallback_string = FRAMED_MODULE_DIR},
    {"client_tls.verify", OPTION_BOOL, 0, IN_GLOBAL(verifies_servers), true,
        .max = 1},
    {"client_tls.ca", OPTION_STRING, 0, IN_GLOBAL(server_ca),
        .check = check_file},
    {"log.level", OPTION_WORD, 0, IN_GLOBAL(log.level), LOG_LEVEL_INFO,
        LOG_LEVEL_ERROR, LOG_LEVEL_DEBUG, .word = level_word,
        .words = "\"error\", \"warn\", \"info\" or \"debug\""},
    {"log.areas", OPTION_LIST, 0, IN_GLOBAL(log.areas), .check = check_area},
    {"log.target", OPTION_WORD, 0, IN_GLOBAL(log.target), LOG_TO_STDERR,
        LOG_TO_STDERR, LOG_TO_SYSLOG, .word = target_word,
        .words = "\"stderr\", \"file\" or \"syslog\""},
    {"log.file", OPTION_STRING, 0, IN_GLOBAL(log.file), .check = check_file},
    {"log.socket", OPTION_STRING, 0, IN_GLOBAL(log.socket),
        .fallback_string = "/dev/log", .check = check_socket},
    {"log.facility", OPTION_WORD, 0, IN_GLOBAL(log.facility), FACILITY_DAEMON,
        FACILITY_KERN, FACILITY_LOCAL7, .word = facility_word,
        .words = FACILITIES},
    {"log.rate", OPTION_COUNT, 0, IN_GLOBAL(log.rate), 100, .max = 1000000},

    {"address", OPTION_STRING, 0, IN_LISTENER(address), .check = check_address},
    {"port", OPTION_PORT, OPTION_REQUIRED, IN_LISTENER(port), .max = 65535,
        .needs = "address"},
    {"path", OPTION_STRING, 0, IN_LISTENER(path), .check = check_socket},
    {"fd_name", OPTION_STRING, 0, IN_LISTENER(fd_name), .check = check_fd_name},
    {"mode", OPTION_STRING, 0, IN_LISTENER(mode), .check = check_mode,
        .needs = "path"},
    {"owner", OPTION_STRING, 0, IN_LISTENER(owner), .needs = "path"},
    {"group", OPTION_STRING, 0, IN_LISTENER(group), .needs = "path"},
    {"backlog", OPTION_COUNT, 0, IN_LISTENER(backlog), 4096, 1, 65535},
    {"max_sessions", OPTION_COUNT, 0, IN_LISTENER(max_sessions),
        .max = 10000000},
    {"proxy_protocol", OPTION_BOOL, 0, IN_LISTENER(has_proxy_protocol),
        .max = 1},
    {"trusted_proxies", OPTION_LIST, 0, IN_LISTENER(trusted_proxies),
        .check = check_network},
    {"forwarded", OPTION_WORD, 0, IN_LISTENER(forwarded), FORWARDED_X,
        FORWARDED_OFF, FORWARDED_RFC7239, .word = forwarded_word,
        .words = "\"off\", \"x-forwarded\" or \"forwarded\"",
        .needs = "trusted_proxies"},
    {"tcp.user_timeout_ms", OPTION_MS, 0, IN_LISTENER(tcp.user_timeout_ms),
        .max = DAY_MS, .needs = "address"},
    {"tcp.keepalive_ms", OPTION_MS, 0, IN_LISTENER(tcp.keepalive_ms),
        .max = TCP_KEEPALIVE_MAX_MS, .needs = "address"},
    {"tcp.keepalive_interval_ms", OPTION_MS, 0,
        IN_LISTENER(tcp.keepalive_interval_ms), 75000, 1000,
        TCP_KEEPALIVE_MAX_MS, .needs = "address"},
    {"tcp.keepalive_probes", OPTION_SMALL, 0, IN_LISTENER(tcp.keepalive_probes),
        9, 1, 127, .needs = "address"},
    {"tls.certificate", OPTION_LIST, 0, IN_LISTENER(tls.certificates),
        .check = check_file},
    {"tls.key", OPTION_LIST, 0, IN_LISTENER(tls.keys), .check = check_file,
        .needs = "tls.certificate"},
    {"tls.min_version", OPTION_WORD, 0, IN_LISTENER(tls.min_version),
        TLS_VERSION_1_2, TLS_VERSION_1_2, TLS_VERSION_1_3, .word = version_word,
        .words = "\"TLSv1.2\" or \"TLSv1.3\"", .needs = "tls.certificate"},
    {"tls.ciphers", OPTION_STRING, 0, IN_LISTENER(tls.ciphers),
        .fallback_string = TLS_CIPHERS, .needs = "tls.certificate"},
    {"tls.ciphersuites", OPTION_STRING, 0, IN_LISTENER(tls.ciphersuites),
        .needs = "tls.certificate"},
    {"tls.groups", OPTION_STRING, 0, IN_LISTENER(tls.groups),
        .needs = "tls.certificate"},
    {"tls.prefer_server_ciphers", OPTION_BOOL, 0,
        IN_LISTENER(tls.prefers_server_ciphers), .max = 1,
        .needs = "tls.certificate"},
    {"tls.session_timeout_ms", OPTION_MS, 0,
        IN_LISTENER(tls.session_timeout_ms), 60 * 60 * 1000, 0, DAY_MS,
        .needs = "tls.certificate"},
    {"tls.verify_client", OPTION_WORD, 0, IN_LISTENER(tls.verify_client),
        TLS_VERIFY_OFF, TLS_VERIFY_OFF, TLS_VERIFY_REQUIRED,
        .word = verify_word, .words = "\"off\", \"optional\" or \"required\"",
        .needs = "tls.certificate"},
    {"tls.client_ca", OPTION_STRING, 0, IN_LISTENER(tls.client_ca),
        .check = check_file, .needs = "tls.certificate"},

    {"path", OPTION_ROUTE, OPTION_REQUIRED, IN_ENDPOINT(path),
        .check = check_path},
    {"module", OPTION_STRING, OPTION_REQUIRED, IN_ENDPOINT(module),
        .check = check_module},
    {"host", OPTION_STRING, 0, IN_ENDPOINT(host), .check = check_host},
    {"subprotocol", OPTION_STRING, 0, IN_ENDPOINT(subprotocol),
        .check = check_subprotocol},
    {"origins", OPTION_LIST, 0, IN_ENDPOINT(origins), .check = check_origin},
    {"queue_policy", OPTION_WORD, 0, IN_ENDPOINT(queue_policy),
        QUEUE_PAUSE_READING, QUEUE_PAUSE_READING, QUEUE_CLOSE,
        .word = policy_word,
        .words = "\"pause-reading\", \"drop-newest\", \"drop-oldest\", "
                 "\"conflate\" or \"close\""},
    {"raw", OPTION_BOOL, 0, IN_ENDPOINT(is_raw), .max = 1},
    {"auth.type", OPTION_WORD, 0, IN_ENDPOINT(auth.type), AUTH_OFF, AUTH_OFF,
        AUTH_JWT, .word = auth_word,
        .words = "\"off\", \"token-file\" or \"jwt\""},
    {"auth.file", OPTION_STRING, 0, IN_ENDPOINT(auth.file),
        .check = check_file},
    {"auth.from", OPTION_LIST, 0, IN_ENDPOINT(auth.places),
        .fallback_string = "bearer\n", .check = check_place,
        .needs = "auth.file"},
    {"auth.audience", OPTION_STRING, 0, IN_ENDPOINT(auth.audience),
        .needs = "auth.file"},
    {"auth.issuer", OPTION_STRING, 0, IN_ENDPOINT(auth.issuer),
        .needs = "auth.file"},
    {"auth.leeway_ms", OPTION_MS, 0, IN_ENDPOINT(auth.leeway_ms), 30000, 0,
        DAY_MS, .needs = "auth.file"},

    {"limits.max_sessions", OPTION_COUNT, 0,
        IN_GLOBAL_AND_ENDPOINT(limits.max_sessions), 100000, 1, 10000000},
    {"limits.max_message_bytes", OPTION_BYTES, 0,
        IN_GLOBAL_AND_ENDPOINT(limits.max_message_bytes), 1 << 20, 1, GIGABYTE},
    {"limits.max_frame_bytes", OPTION_BYTES, 0,
        IN_GLOBAL_AND_ENDPOINT(limits.max_frame_bytes), 1 << 20, 1, GIGABYTE},
    {"limits.queue_bytes", OPTION_BYTES, 0,
        IN_GLOBAL_AND_ENDPOINT(limits.queue_bytes), 1 << 20, 1024, GIGABYTE},
    {"limits.close_timeout_ms", OPTION_MS, 0,
        IN_GLOBAL_AND_ENDPOINT(limits.close_timeout_ms), 5000, 1, DAY_MS},
    {"limits.async_max", OPTION_COUNT, 0,
        IN_GLOBAL_AND_ENDPOINT(limits.async_max), 16, 1, 1024},
    {"limits.messages_per_second", OPTION_COUNT, 0,
        IN_GLOBAL_AND_ENDPOINT(limits.messages_per_second), .max = 1000000},
    {"limits.bytes_per_second", OPTION_BYTES, 0,
        IN_GLOBAL_AND_ENDPOINT(limits.bytes_per_second), .max = GIGABYTE},
    {"limits.rate_policy", OPTION_WORD, 0,
        IN_GLOBAL_AND_ENDPOINT(limits.rate_policy), RATE_DELAY, RATE_DELAY,
        RATE_CLOSE, .word = rate_word, .words = "\"delay\" or \"close\""},
    {"limits.max_age_ms", OPTION_MS, 0,
        IN_GLOBAL_AND_ENDPOINT(limits.max_age_ms), .max = AGE_MAX_MS},
    {"limits.max_age_jitter", OPTION_SMALL, 0,
        IN_GLOBAL_AND_ENDPOINT(limits.max_age_jitter), 10, 0, 90},
    {"limits.max_header_bytes", OPTION_BYTES, 0,
        IN_GLOBAL(limits.max_header_bytes), 16384, 256, 65536},
    {"limits.max_headers", OPTION_COUNT, 0, IN_GLOBAL(limits.max_headers), 100,
        1, 1000},
    {"limits.handshake_timeout_ms", OPTION_MS, 0,
        IN_GLOBAL(limits.handshake_timeout_ms), 10000, 1, DAY_MS},
    {"limits.max_handshakes", OPTION_COUNT, 0, IN_GLOBAL(limits.max_handshakes),
        .max = 10000000},
    {"limits.max_sessions_per_address", OPTION_COUNT, 0,
        IN_GLOBAL(limits.max_sessions_per_address), .max = 10000000},
    {"limits.connections_per_second", OPTION_COUNT, 0,
        IN_GLOBAL(limits.connections_per_second), .max = 1000000},

    {"drain.delay_ms", OPTION_MS, 0, IN_GLOBAL(drain.delay_ms), .max = DAY_MS},
    {"drain.spread_ms", OPTION_MS, 0, IN_GLOBAL(drain.spread_ms), 10000, 0,
        DAY_MS},
    {"drain.timeout_ms", OPTION_MS, 0, IN_GLOBAL(drain.timeout_ms), 30000, 1,
        DAY_MS},
    {"drain.close_code", OPTION_COUNT, 0, IN_GLOBAL(drain.close_code),
        CLOSECODE_GOING_AWAY, CLOSECODE_GOING_AWAY, CLOSECODE_RESTART,
        .check_number = check_drain_code},

    {"keepalive.ping_interval_ms", OPTION_MS, 0,
        IN_GLOBAL_AND_ENDPOINT(keepalive.ping_interval_ms), 25000, 0, DAY_MS},
    {"keepalive.timeout_ms", OPTION_MS, 0,
        IN_GLOBAL_AND_ENDPOINT(keepalive.timeout_ms), 15000, 1, DAY_MS},
    {"keepalive.any_traffic", OPTION_BOOL, 0,
        IN_GLOBAL_AND_ENDPOINT(keepalive.any_traffic), .max = 1},

    {"deflate.enabled", OPTION_BOOL, 0,
        IN_GLOBAL_AND_ENDPOINT(deflate.is_enabled), true, .max = 1},
    {"deflate.level", OPTION_SMALL, 0, IN_GLOBAL_AND_ENDPOINT(deflate.level), 1,
        1, DEFLATE_LEVEL_MAX},
    {"deflate.min_bytes", OPTION_BYTES, 0,
        IN_GLOBAL_AND_ENDPOINT(deflate.min_bytes), 256, 0, GIGABYTE},
    {"deflate.server_takeover", OPTION_BOOL, 0,
        IN_GLOBAL_AND_ENDPOINT(deflate.server_takeover), .max = 1},
    {"deflate.client_takeover", OPTION_BOOL, 0,
        IN_GLOBAL_AND_ENDPOINT(deflate.client_takeover), .max = 1},
    {"deflate.server_window_bits", OPTION_SMALL, 0,
        IN_GLOBAL_AND_ENDPOINT(deflate.server_window_bits), DEFLATE_WINDOW_MAX,
        DEFLATE_WINDOW_MIN, DEFLATE_WINDOW_MAX},
    {"deflate.client_window_bits", OPTION_SMALL, 0,
        IN_GLOBAL_AND_ENDPOINT(deflate.client_window_bits), DEFLATE_WINDOW_MAX,
        DEFLATE_WINDOW_MIN, DEFLATE_WINDOW_MAX},
    {"deflate.memory_level", OPTION_SMALL, 0,
        IN_GLOBAL_AND_ENDPOINT(deflate.memory_level), 5, 1,
        DEFLATE_MEMORY_LEVEL_MAX},
};

const size_t option_count = ARRAY_LENGTH(options);

static bool
is_in(const struct option *option, enum option_scope scope)
{
	return (option->scopes & 1u << scope) != 0;
}

const struct option *
option_find(enum option_scope scope, const char *path)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];

		if (is_in(option, scope) && strcmp(option->path, path) == 0)
			return option;
	}
	return NULL;
}

bool
option_is_group(enum option_scope scope, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < option_count; i++) {
		const char *path = options[i].path;

		if (is_in(&options[i], scope) &&
		    strncmp(path, name, length) == 0 && path[length] == '.')
			return true;
	}
	return false;
}

/* Two words are alike when they differ in one spot of at most two letters. */
static bool
is_alike(const char *a, const char *b)
{
	size_t a_length = strlen(a), b_length = strlen(b);

	while (*a != '\0' && *a == *b)
		a++, b++, a_length--, b_length--;
	while (
	    a_length > 0 && b_length > 0 && a[a_length - 1] == b[b_length - 1])
		a_length--, b_length--;
	return a_length <= 2 && b_length <= 2;
}

const struct option *
option_guess(enum option_scope scope, const char *path)
{
	for (size_t i = 0; i < option_count; i++)
		if (is_in(&options[i], scope) &&
		    is_alike(options[i].path, path))
			return &options[i];
	return NULL;
}

const char *
option_scope_name(enum option_scope scope)
{
	static const char *const names[] = {
	    [SCOPE_GLOBAL] = "",
	    [SCOPE_LISTENER] = "listeners[].",
	    [SCOPE_ENDPOINT] = "endpoints[].",
	};

	return names[scope];
}

const char *
option_wanted(const struct option *option)
{
	switch (option->type) {
	case OPTION_COUNT:
	case OPTION_SMALL:
	case OPTION_PORT:
	case OPTION_MS:
		return "an integer";
	case OPTION_BYTES:
		return "an integer or a size like \"64K\"";
	case OPTION_BOOL:
		return "true or false";
	case OPTION_WORD:
		return option->words;
	case OPTION_LIST:
		return "a string or an array of strings";
	case OPTION_STRING:
	case OPTION_ROUTE:
		break;
	}
	return "a string";
}

bool
option_is_string(const struct option *option)
{
	return option->type == OPTION_STRING || option->type == OPTION_ROUTE ||
	    option->type == OPTION_LIST;
}

bool
option_applies(
    const struct option *option, enum option_scope scope, const void *base)
{
	return option->needs == NULL ||
	    option_get_string(option_find(scope, option->needs), scope, base) !=
	    NULL;
}

static const void *
field(const struct option *option, enum option_scope scope, const void *base)
{
	return (const char *)base + option->offset[scope];
}

int64_t
option_get_number(
    const struct option *option, enum option_scope scope, const void *base)
{
	const void *at = field(option, scope, base);

	switch (option->type) {
	case OPTION_COUNT:
	case OPTION_BYTES:
	case OPTION_MS:
		return *(const uint32_t *)at;
	case OPTION_SMALL:
		return *(const uint8_t *)at;
	case OPTION_PORT:
		return *(const uint16_t *)at;
	case OPTION_BOOL:
		return *(const bool *)at;
	case OPTION_WORD:
		return *(const unsigned *)at;
	case OPTION_STRING:
	case OPTION_ROUTE:
	case OPTION_LIST:
		break;
	}
	assert(!"a string is not a number");
	return 0;
}

void
option_set_number(const struct option *option, enum option_scope scope,
    void *base, int64_t value)
{
	void *at = (char *)base + option->offset[scope];

	switch (option->type) {
	case OPTION_COUNT:
	case OPTION_BYTES:
	case OPTION_MS:
		*(uint32_t *)at = (uint32_t)value;
		break;
	case OPTION_SMALL:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case OPTION_PORT:
		*(uint16_t *)at = (uint16_t)value;
		break;
	case OPTION_BOOL:
		*(bool *)at = value != 0;
		break;
	case OPTION_WORD:
		*(unsigned *)at = (unsigned)value;
		break;
	case OPTION_STRING:
	case OPTION_ROUTE:
	case OPTION_LIST:
		assert(!"a string is not a number");
	}
}

const char *
option_get_string(
    const struct option *option, enum option_scope scope, const void *base)
{
	assert(option_is_string(option));
	return *(char *const *)field(option, scope, base);
}

void
option_set_string(const struct option *option, enum option_scope scope,
    void *base, char *text)
{
	char **at = (void *)((char *)base + option->offset[scope]);

	assert(option_is_string(option));
	free(*at);
	*at = text;
}

static int
set_default(const struct option *option, enum option_scope scope, void *base)
{
	char *text;

	if (!option_is_string(option)) {
		option_set_number(option, scope, base, option->fallback);
		return 0;
	}
	if (option->fallback_string == NULL)
		return 0;
	text = strdup(option->fallback_string);
	if (text == NULL)
		return -1;
	option_set_string(option, scope, base, text);
	return 0;
}

bool
option_is_equal(const struct option *option, enum option_scope scope,
    const void *a, const void *b)
{
	if (!option_is_string(option))
		return option_get_number(option, scope, a) ==
		    option_get_number(option, scope, b);
	return same_string(option_get_string(option, scope, a),
	    option_get_string(option, scope, b));
}

int
options_set_defaults(enum option_scope scope, void *base)
{
	for (size_t i = 0; i < option_count; i++)
		if (is_in(&options[i], scope) &&
		    set_default(&options[i], scope, base) == -1)
			return -1;
	return 0;
}

int
option_parse_bytes(const char *text, int64_t *value_out)
{
	static const char units[] = "kmg";
	int shift = 0;
	long long value;
	char *end;

	/* strtoll() would also take blanks and signs */
	if (!isdigit((unsigned char)text[0]))
		return -1;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0)
		return -1;
	if (*end != '\0') {
		const char *unit = strchr(units, tolower((unsigned char)*end));

		if (unit == NULL || end[1] != '\0')
			return -1;
		shift = 10 * (int)(unit - units + 1);
	}
	if (value > INT64_MAX >> shift)
		return -1;
	*value_out = value << shift;
	return 0;
}
