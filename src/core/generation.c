#include "core/generation.h"

#include <stdlib.h>
#include <string.h>

#include "conf/same.h"
#include "core/host_api.h"

/* Makes what is counted; sockets are bound later. */
static int
make_tallies(struct generation *generation)
{
	const struct conf *conf = generation->conf;
	struct registry *registry = generation->registry;

	/* one too many, lest none at all look like a failure */
	generation->listener_sessions = calloc(
	    conf->listener_count + 1, sizeof(*generation->listener_sessions));
	generation->socket_files =
	    calloc(conf->listener_count + 1, sizeof(*generation->socket_files));
	if (generation->listener_sessions == NULL ||
	    generation->socket_files == NULL)
		return -1;
	for (size_t i = 0; i < conf->listener_count; i++) {
		generation->listener_sessions[i] = tally_new();
		if (generation->listener_sessions[i] == NULL)
			return -1;
	}
	for (size_t i = 0; i < registry->endpoint_count; i++) {
		registry->endpoints[i].sessions = tally_new();
		if (registry->endpoints[i].sessions == NULL)
			return -1;
	}
	return 0;
}

int
generation_init(struct generation *generation, struct conf *conf,
    struct registry *registry, struct conf_report *report)
{
	unsigned before = report->count;

	*generation = (struct generation){
	    .conf = conf, .registry = registry, .number = 1};
	if (make_tallies(generation) == -1)
		conf_complain(report, conf->file, 0, "out of memory");
	/* both, for all complaints */
	if (tls_contexts_init(&generation->tls, conf, report) == -1)
		assert(report->count > before);
	if (auth_set_init(&generation->auth, conf, report) == -1)
		assert(report->count > before);
	return report->count == before ? 0 : -1;
}

void
generation_close(struct generation *generation)
{
	const struct conf *conf = generation->conf;

	for (size_t i = 0;
	     generation->socket_files != NULL && i < conf->listener_count; i++)
		socket_file_remove(
		    &generation->socket_files[i], &conf->listeners[i]);
}

void
generation_release(struct generation *generation)
{
	const struct conf *conf = generation->conf;
	struct registry *registry = generation->registry;

	if (conf == NULL)
		return;
	generation_close(generation);
	for (size_t i = 0;
	     generation->listener_sessions != NULL && i < conf->listener_count;
	     i++)
		tally_release_hold(&generation->listener_sessions[i]);
	for (size_t i = 0; i < registry->endpoint_count; i++)
		tally_release_hold(&registry->endpoints[i].sessions);
	free(generation->listener_sessions);
	free(generation->socket_files);
	tls_contexts_release(&generation->tls);
	auth_set_release(&generation->auth);
	*generation = (struct generation){.conf = NULL};
}

struct generation *
generation_load(
    const struct generation_source *source, struct conf_report *report)
{
	struct conf *conf = conf_load(source->file, report);
	struct generation *generation = NULL;
	struct registry *registry = NULL;

	if (conf != NULL)
		registry = registry_new(conf,
		    source->module_path != NULL ? source->module_path
		                                : conf->module_path,
		    host_api(), report);
	if (registry == NULL)
		goto fail;
	generation = calloc(1, sizeof(*generation));
	if (generation == NULL) {
		conf_complain(report, conf->file, 0, "out of memory");
		goto fail;
	}
	if (generation_init(generation, conf, registry, report) == 0)
		return generation;
	generation_free(&generation);
	return NULL;
fail:
	registry_free(&registry);
	conf_free(&conf);
	return NULL;
}

void
generation_free(struct generation **generation)
{
	struct conf *conf;
	struct registry *registry;

	if (*generation == NULL)
		return;
	assert(atomic_load(&(*generation)->tenures) == 0);
	conf = (*generation)->conf;
	registry = (*generation)->registry;
	/* modules may use the host until unload() has returned */
	registry_unload(registry);
	generation_release(*generation);
	registry_free(&registry);
	conf_free(&conf);
	free(*generation);
	*generation = NULL;
}

void
generations_unload(struct generation *generations)
{
	for (; generations != NULL; generations = generations->next)
		registry_unload(generations->registry);
}

void
generations_free(struct generation **generations)
{
	while (*generations != NULL) {
		struct generation *generation = *generations;

		*generations = generation->next;
		generation_free(&generation);
	}
}

/* Holds the tally of an old one in place of the own. */
static void
adopt(struct tally **own, struct tally *old)
{
	tally_release_hold(own);
	*own = tally_hold(old);
}

void
generation_adopt(struct generation *generation, const struct generation *old,
    const ptrdiff_t *kept)
{
	const struct registry *registry = generation->registry;
	const struct registry *before = old->registry;

	for (size_t i = 0; i < generation->conf->listener_count; i++)
		if (kept[i] != -1)
			adopt(&generation->listener_sessions[i],
			    old->listener_sessions[kept[i]]);
	for (size_t i = 0; i < registry->endpoint_count; i++)
		for (size_t j = 0; j < before->endpoint_count; j++)
			if (same_route(registry->endpoints[i].conf,
			        before->endpoints[j].conf))
				adopt(&registry->endpoints[i].sessions,
				    before->endpoints[j].sessions);
}
