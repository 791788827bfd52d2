#include "conf/conf.h"

#include <stdlib.h>

static const char *const policies[] = {
    [QUEUE_PAUSE_READING] = "pause-reading",
    [QUEUE_DROP_NEWEST] = "drop-newest",
    [QUEUE_DROP_OLDEST] = "drop-oldest",
    [QUEUE_CONFLATE] = "conflate",
    [QUEUE_CLOSE] = "close",
};

const char *
queue_policy_name(enum queue_policy policy)
{
	return policies[policy];
}

const char *
auth_type_name(enum auth_type type)
{
	static const char *const names[] = {
	    [AUTH_OFF] = "off",
	    [AUTH_TOKEN_FILE] = "token-file",
	    [AUTH_JWT] = "jwt",
	};

	return names[type];
}

const char *
rate_policy_name(enum rate_policy policy)
{
	return policy == RATE_DELAY ? "delay" : "close";
}

const char *
tls_version_name(enum tls_version version)
{
	return version == TLS_VERSION_1_2 ? "TLSv1.2" : "TLSv1.3";
}

const char *
tls_verify_name(enum tls_verify verify)
{
	static const char *const names[] = {
	    [TLS_VERIFY_OFF] = "off",
	    [TLS_VERIFY_OPTIONAL] = "optional",
	    [TLS_VERIFY_REQUIRED] = "required",
	};

	return names[verify];
}

static void
tls_release(struct conf_tls *tls)
{
	free(tls->certificates);
	free(tls->keys);
	free(tls->ciphers);
	free(tls->ciphersuites);
	free(tls->groups);
	free(tls->client_ca);
}

static void
listener_release(struct conf_listener *listener)
{
	free(listener->address);
	free(listener->path);
	free(listener->fd_name);
	free(listener->mode);
	free(listener->owner);
	free(listener->group);
	tls_release(&listener->tls);
	free(listener->trusted_proxies);
	free(listener->file);
}

static void
setting_release(struct setting *setting)
{
	free(setting->name);
	free(setting->string);
	free(setting->file);
}

static void
endpoint_release(struct conf_endpoint *endpoint)
{
	for (size_t i = 0; i < endpoint->setting_count; i++)
		setting_release(&endpoint->settings[i]);
	free(endpoint->settings);
	free(endpoint->path);
	free(endpoint->host);
	free(endpoint->subprotocol);
	free(endpoint->module);
	free(endpoint->origins);
	free(endpoint->auth.file);
	free(endpoint->auth.places);
	free(endpoint->auth.audience);
	free(endpoint->auth.issuer);
	free(endpoint->file);
}

void
conf_free(struct conf **conf)
{
	struct conf *c = *conf;

	if (c == NULL)
		return;
	for (size_t i = 0; i < c->listener_count; i++)
		listener_release(&c->listeners[i]);
	for (size_t i = 0; i < c->endpoint_count; i++)
		endpoint_release(&c->endpoints[i]);
	free(c->listeners);
	free(c->endpoints);
	free(c->file);
	free(c->user);
	free(c->group);
	free(c->pid_file);
	free(c->module_path);
	free(c->server_ca);
	free(c->log.areas);
	free(c->log.file);
	free(c->log.socket);
	free(c);
	*conf = NULL;
}
