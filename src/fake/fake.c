/* The fake host as a whole: its module, endpoints and workers. */
#include "fake/parts.h"

#include <stdio.h>
#include <stdlib.h>

struct framed_fake *framed_fake_current;

static void
complain(struct framed_fake *fake, const char *why)
{
	snprintf(fake->error, sizeof(fake->error), "%s", why);
}

/* The loader of the daemon looks more closely, in its own words. */
static void
judge(struct framed_fake *fake, const struct framed_module *shown)
{
	if (shown == NULL)
		complain(fake, "the module gave no struct");
	else if (shown->magic != FRAMED_ABI_MAGIC ||
	    shown->abi_major != FRAMED_ABI_MAJOR ||
	    shown->abi_minor > FRAMED_ABI_MINOR ||
	    shown->size < offsetof(struct framed_module, check))
		complain(fake, "the module is not of this host's ABI");
	else if (shown->name == NULL || shown->version == NULL)
		complain(fake, "the module lacks its name or version");
	else {
		memcpy(&fake->api, shown,
		    shown->size < sizeof(fake->api) ? shown->size
		                                    : sizeof(fake->api));
		fake->is_fit = 1;
	}
}

struct framed_fake *
framed_fake_new(framed_fake_entry_fn entry, unsigned flags)
{
	struct framed_fake *fake = NULL;

	if (framed_fake_current == NULL)
		fake = calloc(1, sizeof(*fake));
	if (fake == NULL)
		return NULL;
	fake->flags = flags;
	fake->dues_end = &fake->dues;
	fake->notes_end = &fake->notes;
	framed_fake_current = fake;
	judge(fake, entry(framed_fake_host()));
	return fake;
}

const struct framed_module *
framed_fake_module(const struct framed_fake *fake)
{
	return fake->is_fit ? &fake->api : NULL;
}

const char *
framed_fake_error(const struct framed_fake *fake)
{
	return fake->error;
}

static struct fake_endpoint *
endpoint_new(struct framed_fake *fake, const struct framed_fake_endpoint *conf)
{
	struct fake_endpoint *endpoint = NULL;

	if (fake->is_fit)
		endpoint = calloc(1, sizeof(*endpoint));
	if (endpoint == NULL) {
		if (fake->is_fit)
			complain(fake, "out of memory");
		return NULL;
	}
	endpoint->fake = fake;
	if (conf != NULL)
		endpoint->conf = *conf;
	if (endpoint->conf.async_max == 0)
		endpoint->conf.async_max = FAKE_ASYNC_MAX;
	return endpoint;
}

int
framed_fake_check(
    struct framed_fake *fake, const struct framed_fake_endpoint *conf)
{
	struct fake_endpoint *endpoint = endpoint_new(fake, conf);
	int rc = -1;

	if (endpoint != NULL)
		rc = framed_fake_check_settings(endpoint);
	free(endpoint);
	return rc;
}

static struct framed_worker *
worker_new(struct fake_endpoint *endpoint)
{
	struct framed_fake *fake = endpoint->fake;
	struct framed_worker *worker = calloc(1, sizeof(*worker));
	char said[512] = "";
	int rc = 0;

	if (worker == NULL) {
		complain(fake, "out of memory");
		return NULL;
	}
	worker->endpoint = endpoint;
	worker->index = endpoint->worker_count;
	worker->next = endpoint->workers;
	endpoint->workers = worker;
	fake->is_in_callback = 1;
	if (fake->api.worker_start != NULL)
		rc = fake->api.worker_start(
		    worker, &worker->data, said, sizeof(said));
	fake->is_in_callback = 0;
	if (rc != 0) {
		complain(
		    fake, said[0] != '\0' ? said : "failed without a reason");
		return NULL;
	}
	worker->is_started = 1;
	endpoint->worker_count++;
	return worker;
}

struct framed_worker *
framed_fake_load(
    struct framed_fake *fake, const struct framed_fake_endpoint *conf)
{
	struct fake_endpoint *endpoint = endpoint_new(fake, conf);

	if (endpoint == NULL)
		return NULL;
	if (framed_fake_check_settings(endpoint) == -1 ||
	    framed_fake_load_settings(endpoint) == -1) {
		free(endpoint);
		return NULL;
	}
	endpoint->next = fake->endpoints;
	fake->endpoints = endpoint;
	return worker_new(endpoint);
}

struct framed_worker *
framed_fake_add_worker(struct framed_worker *worker)
{
	worker->endpoint->fake->error[0] = '\0';
	return worker_new(worker->endpoint);
}

static void
endpoint_free(struct fake_endpoint *endpoint)
{
	const struct framed_module *api = &endpoint->fake->api;
	struct framed_worker *worker;

	while ((worker = endpoint->workers) != NULL) {
		endpoint->workers = worker->next;
		if (worker->is_started && api->worker_stop != NULL)
			api->worker_stop(worker, worker->data);
		free(worker);
	}
	if (api->unload != NULL)
		api->unload(endpoint->instance);
	free(endpoint);
}

/* Sessions stay until the module is gone: it might still know their pointers. */
static void
free_sessions(struct framed_fake *fake)
{
	struct framed_session *session;

	while ((session = fake->sessions) != NULL) {
		fake->sessions = session->next;
		framed_fake_free_session(session);
	}
}

void
framed_fake_free(struct framed_fake **fake)
{
	struct framed_fake *f = *fake;
	struct fake_endpoint *endpoint;

	*fake = NULL;
	if (f == NULL)
		return;
	f->is_stopping = 1;
	for (struct framed_session *session = f->sessions; session != NULL;
	     session = session->next)
		framed_fake_end(session, FRAMED_BY_SHUTDOWN,
		    FRAMED_CLOSE_GOING_AWAY, "server shutting down");
	(void)framed_fake_settle(f);
	f->is_in_callback = 1;
	while ((endpoint = f->endpoints) != NULL) {
		f->endpoints = endpoint->next;
		endpoint_free(endpoint);
	}
	framed_fake_free_dues(f);
	framed_fake_free_notes(f);
	free_sessions(f);
	framed_fake_current = NULL;
	free(f);
}
