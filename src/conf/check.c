#define _POSIX_C_SOURCE 200809L

#include "conf/check.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "conf/same.h"
#include "proto/closecode.h"
#include "proto/credential.h"
#include "proto/handshake.h"
#include "proto/http_chars.h"
#include "proto/http_host.h"
#include "proto/network.h"

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

const char *
check_address(const char *text)
{
	if (!same_address(text, text))
		return "must be a numeric IPv4 or IPv6 address";
	return NULL;
}

/* Other bytes never stand in a request's path: such a route is a mistake. */
static bool
is_visible_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

const char *
check_path(const char *text)
{
	const char *star = strchr(text, '*');

	if (text[0] != '/')
		return "must start with \"/\"";
	if (star != NULL && (star[-1] != '/' || star[1] != '\0'))
		return "may hold \"*\" only in a final \"/*\"";
	if (strpbrk(text, "?#") != NULL)
		return "must not hold \"?\" or \"#\"";
	if (!is_visible_ascii(text))
		return "must be printable ASCII without blanks";
	return NULL;
}

const char *
check_module(const char *text)
{
	if (text[0] == '.' || strchr(text, '/') != NULL)
		return "must be a file name, without a folder or leading dot";
	return NULL;
}

/* The path goes to struct sockaddr_un, with its NUL. */
const char *
check_socket(const char *text)
{
	const struct sockaddr_un *un = NULL;

	if ((text[0] != '/' && text[0] != '@') || text[1] == '\0')
		return "must start with \"/\", or with \"@\" for an abstract "
		       "name";
	if (strlen(text) >= sizeof(un->sun_path))
		return "must be of at most 107 bytes";
	if (!is_visible_ascii(text))
		return "must be printable ASCII without blanks";
	return NULL;
}

const char *
check_area(const char *text)
{
	enum log_level level;
	enum log_area area;

	return log_parse_area(text, &area, &level) == 0
	    ? NULL
	    : "must be AREA:LEVEL, the areas being server, request, session "
	      "and module";
}

/* systemd.socket(5), FileDescriptorName= */
const char *
check_fd_name(const char *text)
{
	if (!is_visible_ascii(text) || strchr(text, ':') != NULL ||
	    strlen(text) > 255)
		return "must be printable ASCII without blanks or \":\", of at "
		       "most 255 bytes";
	return NULL;
}

const char *
check_mode(const char *text)
{
	size_t length = strspn(text, "01234567");

	if (length < 3 || length > 4 || text[length] != '\0' ||
	    (length == 4 && text[0] != '0'))
		return "must be three octal digits, like \"660\"";
	return NULL;
}

const char *
check_file(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return "must hold no control characters";
	return NULL;
}

/* Labels of letters and such, with dots between them; IPv4 passes as one. */
static bool
is_name(const char *text)
{
	return text[strspn(text, LETTERS DIGITS "-._")] == '\0' &&
	    text[0] != '.' && strstr(text, "..") == NULL;
}

const char *
check_host(const char *text)
{
	char ignored[HTTP_HOST_MAX + 1];

	if ((is_name(text) || text[0] == '[') &&
	    http_host_normalize(span_from_string(text), ignored) > 0)
		return NULL;
	return "must be a host name or address, without a port";
}

const char *
check_subprotocol(const char *text)
{
	if (!http_is_token(span_from_string(text)))
		return "must be a token: letters, digits and !#$%&'*+-.^_`|~";
	if (strlen(text) > HANDSHAKE_SUBPROTOCOL_LENGTH)
		return "must be of at most 255 bytes";
	return NULL;
}

/* What browsers send: scheme and host, and the port unless it is the scheme's
 * own (RFC 6454 §6.2). */
const char *
check_origin(const char *text)
{
	const char *host = strstr(text, "://");

	if (strcmp(text, "*") == 0 || strcmp(text, "null") == 0)
		return NULL;
	if (host == NULL || host == text || host[3] == '\0' ||
	    strpbrk(host + 3, "/?#@*\"\\") != NULL || !is_visible_ascii(text))
		return "must hold origins like \"https://example.org\", "
		       "\"null\" "
		       "or \"*\"";
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			return "must be in small letters, as browsers send it";
	return NULL;
}

const char *
check_network(const char *text)
{
	struct network network;

	if (strcmp(text, NETWORK_UNIX) == 0 ||
	    network_parse(span_from_string(text), &network) == 0)
		return NULL;
	return "must hold addresses, networks like \"192.0.2.0/24\", whose "
	       "other bits are zero, or \"unix\"";
}

const char *
check_place(const char *text)
{
	if (credential_is_place(span_from_string(text)))
		return NULL;
	return "must hold \"bearer\", \"cookie:NAME\", \"query:NAME\" or "
	       "\"subprotocol\"";
}

static size_t
count_list(const char *list)
{
	size_t count = 0;

	for (; *list != '\0'; list++)
		count += *list == '\n';
	return count;
}

const char *
check_drain_code(int64_t code)
{
	if (code != CLOSECODE_GOING_AWAY && code != CLOSECODE_RESTART)
		return "must be 1001, \"going away\", or 1012, \"service "
		       "restart\"";
	return NULL;
}

static void
check_tls(const struct conf_listener *listener, struct conf_report *report)
{
	const struct conf_tls *tls = &listener->tls;
	const char *wrong = NULL;

	if (tls->certificates == NULL)
		return;
	if (tls->certificates[0] == '\0')
		wrong = "\"listeners[].tls.certificate\" must name a file";
	else if (tls->keys != NULL &&
	    count_list(tls->keys) != count_list(tls->certificates))
		wrong = "\"listeners[].tls.key\" must name as many files as "
		        "\"tls.certificate\"";
	else if ((tls->client_ca == NULL) !=
	    (tls->verify_client == TLS_VERIFY_OFF))
		wrong = "\"listeners[].tls.verify_client\" and "
		        "\"tls.client_ca\" go together";
	if (wrong != NULL)
		conf_complain(
		    report, listener->file, listener->line, "%s", wrong);
}

static void
check_listener(
    const struct conf *conf, size_t index, struct conf_report *report)
{
	const struct conf_listener *listener = &conf->listeners[index];
	bool has_trusted = listener->trusted_proxies != NULL &&
	    listener->trusted_proxies[0] != '\0';

	if (listener->has_proxy_protocol && !has_trusted)
		conf_complain(report, listener->file, listener->line,
		    "\"listeners[].proxy_protocol\" needs "
		    "\"trusted_proxies\": who may say whom it speaks for");
	if (has_trusted && listener->path != NULL && listener->path[0] == '@' &&
	    network_list_has_unix(span_from_string(listener->trusted_proxies)))
		conf_complain(report, listener->file, listener->line,
		    "\"unix\" cannot be trusted on an abstract socket: "
		    "anybody may connect to it");
	check_tls(listener, report);
	for (size_t i = 0; i < index; i++) {
		const struct conf_listener *other = &conf->listeners[i];

		/* port 0 is another free port for each */
		if (!same_socket(other, listener) ||
		    (listener->address != NULL && listener->port == 0))
			continue;
		conf_complain(report, listener->file, listener->line,
		    "same %s as the listener at %s:%u",
		    listener->path != NULL          ? "path"
		        : listener->fd_name != NULL ? "fd_name"
		                                    : "address and port",
		    other->file, other->line);
		return;
	}
}

static void
check_auth(const struct conf_endpoint *endpoint, struct conf_report *report)
{
	const struct conf_auth *auth = &endpoint->auth;
	const char *wrong = NULL;

	if ((auth->type == AUTH_OFF) != (auth->file == NULL))
		wrong = "\"endpoints[].auth.type\" and \"auth.file\" go "
		        "together";
	else if (auth->type != AUTH_JWT &&
	    (auth->audience != NULL || auth->issuer != NULL))
		wrong = "\"endpoints[].auth.audience\" and \"auth.issuer\" are "
		        "for \"jwt\" only";
	else if (auth->places != NULL && auth->places[0] == '\0')
		wrong = "\"endpoints[].auth.from\" must name a place";
	if (wrong != NULL)
		conf_complain(
		    report, endpoint->file, endpoint->line, "%s", wrong);
}

static void
check_endpoint(
    const struct conf *conf, size_t index, struct conf_report *report)
{
	const struct conf_endpoint *endpoint = &conf->endpoints[index];

	check_auth(endpoint, report);
	for (size_t i = 0; i < index; i++) {
		const struct conf_endpoint *other = &conf->endpoints[i];

		if (!same_route(other, endpoint))
			continue;
		conf_complain(report, endpoint->file, endpoint->line,
		    "same path, host and subprotocol as the endpoint at %s:%u",
		    other->file, other->line);
		return;
	}
}

/* One that is closed in order must not have been cut before. */
static void
check_drain(const struct conf *conf, struct conf_report *report)
{
	if (conf->drain.timeout_ms < conf->drain.spread_ms)
		conf_complain(report, conf->file, 0,
		    "\"drain.timeout_ms\", %u, must be at least "
		    "\"drain.spread_ms\", %u",
		    conf->drain.timeout_ms, conf->drain.spread_ms);
}

static void
check_log(const struct conf *conf, struct conf_report *report)
{
	if ((conf->log.target == LOG_TO_FILE) != (conf->log.file != NULL))
		conf_complain(report, conf->file, 0,
		    "\"log.target\" \"file\" and \"log.file\" go together");
}

void
check_conf(const struct conf *conf, struct conf_report *report)
{
	check_log(conf, report);
	check_drain(conf, report);
	for (size_t i = 0; i < conf->listener_count; i++)
		check_listener(conf, i, report);
	for (size_t i = 0; i < conf->endpoint_count; i++)
		check_endpoint(conf, i, report);
}
