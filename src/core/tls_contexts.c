/* Making and keeping of TLS contexts. */
#include "core/tls_contexts.h"

#include <stdlib.h>

int
tls_contexts_init(struct tls_contexts *contexts, const struct conf *conf,
    struct conf_report *report)
{
	unsigned before = report->count;
	char error[TLS_ERROR_MAX];

	*contexts = (struct tls_contexts){0};
	pthread_mutex_init(&contexts->lock, NULL);
	contexts->listeners =
	    calloc(conf->listener_count + 1, sizeof(*contexts->listeners));
	if (contexts->listeners == NULL) {
		conf_complain(report, conf->file, 0, "out of memory");
		return -1;
	}
	contexts->count = conf->listener_count;
	for (size_t i = 0; i < conf->listener_count; i++) {
		const struct conf_listener *listener = &conf->listeners[i];

		if (listener->tls.certificates == NULL)
			continue;
		contexts->listeners[i] = tls_context_new(&listener->tls, error);
		if (contexts->listeners[i] == NULL)
			conf_complain(report, listener->file, listener->line,
			    "tls: %s", error);
	}
	/* what the owner names is read at once, while it can be */
	if (conf->server_ca != NULL &&
	    tls_contexts_client(contexts, conf, error) == NULL)
		conf_complain(report, conf->file, 0, "client_tls: %s", error);
	return report->count == before ? 0 : -1;
}

void
tls_contexts_release(struct tls_contexts *contexts)
{
	for (size_t i = 0; i < contexts->count; i++)
		tls_context_free(&contexts->listeners[i]);
	free(contexts->listeners);
	tls_context_free(&contexts->client);
	pthread_mutex_destroy(&contexts->lock);
	*contexts = (struct tls_contexts){0};
}

const struct tls_context *
tls_contexts_client(struct tls_contexts *contexts, const struct conf *conf,
    char error[TLS_ERROR_MAX])
{
	struct tls_context *client;

	pthread_mutex_lock(&contexts->lock);
	if (contexts->client == NULL)
		contexts->client = tls_context_new_client(
		    conf->verifies_servers ? TLS_TRUST_SYSTEM : TLS_TRUST_ALL,
		    conf->server_ca, error);
	client = contexts->client;
	pthread_mutex_unlock(&contexts->lock);
	return client;
}
