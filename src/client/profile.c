/* Limits and defaults of framed-cat. */
#include "client/profile.h"

#include <stdlib.h>
#include <string.h>

#include "conf/options.h"

enum {
	MESSAGE_BYTES_MAX = 64 << 20, /* from the server */
	CLOSE_TIMEOUT_MS = 2000,
	SESSIONS_MAX = 16 /* the one before may not be gone yet */
};

/* Limits and defaults, for a client of servers that it trusts somewhat. */
static void
adjust(struct conf *conf, const struct arguments *arguments)
{
	conf->workers = 1;
	conf->verifies_servers = !arguments->trusts_all;
	conf->limits.max_sessions = SESSIONS_MAX;
	conf->limits.max_message_bytes = MESSAGE_BYTES_MAX;
	conf->limits.max_frame_bytes = MESSAGE_BYTES_MAX;
	conf->limits.close_timeout_ms = CLOSE_TIMEOUT_MS;
	conf->limits.handshake_timeout_ms = arguments->timeout_seconds * 1000;
	conf->keepalive.ping_interval_ms = arguments->ping_seconds * 1000;
	conf->deflate.server_takeover = true;
	conf->deflate.client_takeover = true;
}

struct conf *
profile_new(const struct arguments *arguments)
{
	struct conf *conf = calloc(1, sizeof(*conf));
	struct conf_endpoint *endpoint = calloc(1, sizeof(*endpoint));

	if (conf == NULL || endpoint == NULL) {
		free(conf);
		free(endpoint);
		return NULL;
	}
	conf->endpoints = endpoint;
	conf->endpoint_count = 1;
	if (options_set_defaults(SCOPE_GLOBAL, conf) == 0 &&
	    options_set_defaults(SCOPE_ENDPOINT, endpoint) == 0)
		endpoint->path = strdup("/");
	if (endpoint->path == NULL)
		conf_free(&conf);
	if (conf == NULL)
		return NULL;
	adjust(conf, arguments);
	if (arguments->ca_file != NULL) {
		conf->server_ca = strdup(arguments->ca_file);
		if (conf->server_ca == NULL)
			conf_free(&conf);
	}
	if (conf == NULL)
		return NULL;
	endpoint->limits = conf->limits;
	endpoint->keepalive = conf->keepalive;
	endpoint->deflate = conf->deflate;
	return conf;
}
