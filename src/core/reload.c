#include "core/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "conf/options.h"
#include "core/listen.h"
#include "core/server.h"
#include "core/worker.h"

enum { US_NS = 1000 };

/* Says each line of the complaints, which are written for a terminal. */
static void
log_complaints(char *text)
{
	static const char name[] = "framed: ";
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (strncmp(line, name, sizeof(name) - 1) == 0)
			line += sizeof(name) - 1;
		if (*line != '\0')
			log_errorx("%s", line);
	}
}

/* Loads the next generation. Returns NULL after saying in the log what is wrong. */
static struct generation *
load(const struct generation_source *source)
{
	struct generation *generation = NULL;
	struct conf_report report = {.count = 0};
	char *text = NULL;
	size_t length;

	report.stream = open_memstream(&text, &length);
	if (report.stream == NULL) {
		log_error("cannot load the configuration");
		return NULL;
	}
	generation = generation_load(source, &report);
	if (generation != NULL &&
	    registry_load(generation->registry, &report) == -1)
		generation_free(&generation);
	if (fclose(report.stream) == 0)
		log_complaints(text);
	free(text);
	return generation;
}

/* Names what only another start changes. */
static void
warn_of_constants(const struct conf *old, const struct conf *conf)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];
		const enum option_scope scope = SCOPE_GLOBAL;

		if (!(option->scopes & 1u << scope) ||
		    !(option->flags & OPTION_RESTART) ||
		    option_is_equal(option, scope, old, conf))
			continue;
		log_warnx(
		    "option needs a restart to change option=%s", option->path);
	}
}

static void
conclude(struct reload *reload)
{
	change_free(&reload->change);
	server_notify_ready(reload->server);
	if (!reload->is_wanted)
		return;
	reload->is_wanted = false;
	reload_begin(reload);
}

/* Makes the change from a generation, with all that can fail here. Returns 0, or
 * -1 after saying why in the log; the generation is then the caller's. */
static int
make_change(struct reload *reload, struct generation *generation)
{
	struct server *server = reload->server;

	reload->change = change_new(server, generation);
	if (reload->change != NULL &&
	    listen_open(reload->change) == SERVER_OK &&
	    server_start_pool(server, generation) == 0)
		return 0;
	if (reload->change == NULL)
		log_error("no memory to reload");
	change_free(&reload->change);
	return -1;
}

void
reload_begin(struct reload *reload)
{
	struct server *server = reload->server;
	struct generation *generation;

	if (reload->change != NULL) {
		reload->is_wanted = true;
		return;
	}
	/* without the time, newer managers would wait for it (sd_notify(3));
	 * the watchdog is not fed before modules are loaded */
	notify_send("RELOADING=1\nWATCHDOG=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)(clock_now_ns() / US_NS));
	log_info("reloading file=%s", reload->source->file);
	generation = load(reload->source);
	if (generation == NULL || make_change(reload, generation) == -1) {
		generation_free(&generation);
		log_errorx("not reloaded: all stays as it was");
		server_notify_ready(server);
		return;
	}
	generation->number = server->generations->number + 1;
	generation->next = server->generations;
	server->generations = generation;
	reload->step = CHANGE_PREPARE;
	change_post(reload->change, CHANGE_PREPARE);
}

/* All workers serve the new generation. */
static void
settle(struct reload *reload)
{
	struct server *server = reload->server;
	struct generation *generation = reload->change->generation;
	struct generation *old = server->generation;

	warn_of_constants(old->conf, generation->conf);
	listen_take(reload->change);
	generation_close(old);
	server->generation = generation;
	if (log_configure(&generation->conf->log) == -1)
		log_warn("the log stays as it was");
	log_info("reloaded generation=%u", generation->number);
}

/* The workers have done a step: what follows. */
static void
follow(struct reload *reload)
{
	switch (reload->step) {
	case CHANGE_PREPARE:
		reload->step = CHANGE_TAKE;
		if (atomic_load(&reload->change->has_failed) ||
		    server_set_limits(
		        reload->server, reload->change->generation->conf) == -1)
			reload->step = CHANGE_CANCEL;
		break;
	case CHANGE_CANCEL:
		log_errorx("not reloaded: all stays as it was");
		conclude(reload);
		return;
	case CHANGE_TAKE:
		settle(reload);
		reload->step = CHANGE_PART;
		break;
	case CHANGE_PART:
	case CHANGE_STEPS:
		conclude(reload);
		return;
	}
	change_post(reload->change, reload->step);
}

/* Frees what no worker has any more. */
static void
free_old(struct reload *reload)
{
	const struct server *server = reload->server;
	struct generation **place = &reload->server->generations;

	while (*place != NULL) {
		struct generation *generation = *place;

		if (generation == server->generation ||
		    (reload->change != NULL &&
		        generation == reload->change->generation) ||
		    atomic_load(&generation->tenures) > 0) {
			place = &generation->next;
			continue;
		}
		*place = generation->next;
		log_info(
		    "generation is over generation=%u", generation->number);
		generation_free(&generation);
	}
}

void
reload_go_on(struct reload *reload)
{
	if (reload->change != NULL &&
	    atomic_load(&reload->change->answers) ==
	        reload->server->worker_count)
		follow(reload);
	free_old(reload);
}

void
reload_end(struct reload *reload)
{
	/* what is still in a mailbox points into it */
	for (unsigned i = 0;
	     reload->change != NULL && i < reload->server->worker_count; i++) {
		struct worker *worker = &reload->server->workers[i];
		unsigned signals;
		struct post *posts = mailbox_take(&worker->mailbox, &signals);

		posts_free(&worker->inbox);
		posts_free(&posts);
	}
	change_free(&reload->change);
}
