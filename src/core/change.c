#include "core/change.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/same.h"
#include "core/server.h"
#include "core/worker.h"

/* Whether one before this place is kept as the old one: several may have port 0. */
static bool
is_taken(const struct change *change, size_t before, size_t old)
{
	for (size_t i = 0; i < before; i++)
		if (change->kept[i] == (ptrdiff_t)old)
			return true;
	return false;
}

/* Finds the listeners that stay. */
static void
match_listeners(struct change *change, const struct conf *old)
{
	const struct conf *conf = change->generation->conf;

	for (size_t i = 0; i < conf->listener_count; i++) {
		change->kept[i] = LISTENER_NEW;
		for (size_t j = 0; old != NULL && j < old->listener_count; j++)
			if (same_socket(
			        &conf->listeners[i], &old->listeners[j]) &&
			    !is_taken(change, i, j)) {
				change->kept[i] = (ptrdiff_t)j;
				break;
			}
	}
}

/* Begins the tenure on the worker's thread, and opens its new listeners. */
static int
part_open_doors(struct part *part)
{
	size_t count = part->change->generation->conf->listener_count;

	for (size_t i = 0; i < count; i++)
		if (part->doors[i] != NULL && door_open(part->doors[i]) == -1)
			return -1;
	return 0;
}

static void
part_prepare(struct part *part)
{
	struct tenure *tenure = part->tenure;

	tenures_add(part->worker, tenure);
	part->tenure = NULL;
	if (seats_open(&tenure->seats, part->worker,
	        tenure->generation->registry) == -1 ||
	    part_open_doors(part) == -1)
		atomic_store(&part->change->has_failed, true);
}

static void
free_doors(struct door ***doors, size_t count)
{
	for (size_t i = 0; *doors != NULL && i < count; i++)
		door_free(&(*doors)[i]);
	free(*doors);
	*doors = NULL;
}

static void
part_cancel(struct part *part)
{
	const struct conf *conf = part->change->generation->conf;

	free_doors(&part->doors, conf->listener_count);
	tenures_find(part->worker, conf)->is_over = true;
	tenures_end(part->worker);
}

/* Moves the doors of listeners that stay, and closes the others. */
static void
part_exchange_doors(struct part *part)
{
	const struct change *change = part->change;
	const struct conf *conf = change->generation->conf;
	struct worker *worker = part->worker;

	for (size_t i = 0; i < conf->listener_count; i++) {
		struct door **old;

		if (change->kept[i] == LISTENER_NEW)
			continue;
		old = &worker->doors[change->kept[i]];
		part->doors[i] = *old;
		*old = NULL;
		if (part->doors[i] != NULL)
			door_pass(part->doors[i], &conf->listeners[i]);
	}
	free_doors(&worker->doors, worker->door_count);
	worker->doors = part->doors;
	worker->door_count = conf->listener_count;
	part->doors = NULL;
}

static void
part_take(struct part *part)
{
	struct worker *worker = part->worker;

	worker->tenure = tenures_find(worker, part->change->generation->conf);
	/* one that drains has no doors any more */
	if (worker->phase != WORKER_RUNNING) {
		free_doors(&part->doors,
		    part->change->generation->conf->listener_count);
		return;
	}
	part_exchange_doors(part);
	for (size_t i = 0; i < worker->door_count; i++)
		if (worker->doors[i] != NULL &&
		    part->change->kept[i] == LISTENER_NEW)
			door_start(worker->doors[i]);
}

static void
step_deliver(struct worker *worker, struct post *post)
{
	struct change_post *told = (struct change_post *)post;
	struct part *part = told->part;

	switch ((enum change_step)(told - part->posts)) {
	case CHANGE_PREPARE:
		part_prepare(part);
		break;
	case CHANGE_CANCEL:
		part_cancel(part);
		break;
	case CHANGE_TAKE:
		part_take(part);
		break;
	case CHANGE_PART:
		tenures_part(worker);
		break;
	case CHANGE_STEPS:
		break;
	}
}

/* Behind this the worker does not touch the part again, until the next step. */
static void
step_free(struct post *post)
{
	struct change *change = ((struct change_post *)post)->part->change;
	struct server *server = change->server;

	atomic_fetch_add(&change->answers, 1);
	server_tell(server);
}

static const struct post_type step_type = {
    .deliver = step_deliver,
    .free = step_free,
};

static int
part_init(struct part *part, struct change *change, unsigned index)
{
	size_t count = change->generation->conf->listener_count;

	part->change = change;
	part->worker = &change->server->workers[index];
	for (size_t i = 0; i < CHANGE_STEPS; i++)
		part->posts[i] =
		    (struct change_post){.post.type = &step_type, .part = part};
	part->tenure = tenure_new(part->worker, change->generation);
	part->doors = calloc(count + 1, sizeof(struct door *));
	return part->tenure == NULL || part->doors == NULL ? -1 : 0;
}

struct change *
change_new(struct server *server, struct generation *generation)
{
	const struct generation *old = server->generation;
	struct change *change = calloc(1, sizeof(*change));

	if (change == NULL)
		return NULL;
	change->server = server;
	change->generation = generation;
	change->kept =
	    calloc(generation->conf->listener_count + 1, sizeof(*change->kept));
	change->parts = calloc(server->worker_count, sizeof(*change->parts));
	for (unsigned i = 0; change->parts != NULL && change->kept != NULL &&
	     part_init(&change->parts[i], change, i) == 0;)
		if (++i == server->worker_count) {
			match_listeners(change, old == NULL ? NULL : old->conf);
			if (old != NULL)
				generation_adopt(generation, old, change->kept);
			return change;
		}
	change_free(&change);
	return NULL;
}

void
change_free(struct change **change)
{
	struct change *c = *change;

	*change = NULL;
	if (c == NULL)
		return;
	for (unsigned i = 0; c->parts != NULL && i < c->server->worker_count;
	     i++) {
		tenure_free(&c->parts[i].tenure);
		free_doors(
		    &c->parts[i].doors, c->generation->conf->listener_count);
	}
	free(c->parts);
	free(c->kept);
	free(c);
}

void
change_post(struct change *change, enum change_step step)
{
	atomic_store(&change->answers, 0);
	for (unsigned i = 0; i < change->server->worker_count; i++)
		mailbox_post_control(&change->server->workers[i].mailbox,
		    &change->parts[i].posts[step].post);
}

int
change_give(struct change *change)
{
	for (unsigned i = 0; i < change->server->worker_count; i++) {
		struct part *part = &change->parts[i];

		tenures_add(part->worker, part->tenure);
		part->tenure = NULL;
		if (part_open_doors(part) == -1)
			return -1;
		part_take(part);
	}
	return 0;
}
