/*
 * A module that is built twice, and tells which build it is. A message "work MS"
 * is answered by a work that takes so long; "call URL" begins a client session;
 * every other one with "EDITION TEXT", the text being the setting of that name.
 * The setting "fails" names the callback that does: load, or worker.
 */
#define _POSIX_C_SOURCE 200809L

#include <framed/module.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct edition {
	char text[64];
	int fails_in_worker;
};

static int
edition_check(const struct framed_settings *settings, char *error, size_t size)
{
	const char *text = framed_setting_string(settings, "text", "");

	(void)framed_setting_string(settings, "fails", "");
	if (strlen(text) < sizeof(((struct edition *)0)->text))
		return 0;
	snprintf(error, size, "text is too long");
	return -1;
}

static int
edition_load(const struct framed_settings *settings, void **instance_out,
    char *error, size_t size)
{
	const char *fails = framed_setting_string(settings, "fails", "");
	struct edition *edition = calloc(1, sizeof(*edition));

	if (edition == NULL || strcmp(fails, "load") == 0) {
		free(edition);
		snprintf(error, size, "load fails");
		return -1;
	}
	snprintf(edition->text, sizeof(edition->text), "%s",
	    framed_setting_string(settings, "text", ""));
	edition->fails_in_worker = strcmp(fails, "worker") == 0;
	*instance_out = edition;
	return 0;
}

static void
edition_unload(void *instance)
{
	free(instance);
}

static int
edition_worker_start(
    struct framed_worker *worker, void **data_out, char *error, size_t size)
{
	const struct edition *edition = framed_worker_instance(worker);

	/* one of them: the others are to take it back */
	if (edition->fails_in_worker && framed_worker_index(worker) == 1) {
		snprintf(error, size, "worker fails");
		return -1;
	}
	*data_out = malloc(1);
	return *data_out == NULL ? -1 : 0;
}

static void
edition_worker_stop(struct framed_worker *worker, void *data)
{
	(void)worker;
	free(data);
}

/* Begins a client session, of which nothing is told. */
static void
call(struct framed_session *session, const char *url)
{
	const struct framed_connect_options options = {
	    .size = sizeof(options), .url = url};

	framed_connect(framed_worker(session), &options, NULL);
}

static void
answer(struct framed_session *session)
{
	const struct edition *edition = framed_instance(session);
	char text[96];

	snprintf(text, sizeof(text), "%s %s", EDITION, edition->text);
	framed_send(session, FRAMED_TEXT, text, strlen(text));
}

static void
edition_on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	char text[128] = "";

	(void)type;
	if (length < sizeof(text))
		memcpy(text, data, length);
	if (strncmp(text, "work ", 5) == 0)
		framed_async(session, 0, text + 5, length - 5 + 1);
	else if (strncmp(text, "call ", 5) == 0)
		call(session, text + 5);
	else
		answer(session);
}

static void
edition_async_work(struct framed_work *work)
{
	long ms = atol(work->data);
	const struct timespec pause = {
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

static void
edition_on_async_done(struct framed_session *session, struct framed_work *work)
{
	if (!work->gone)
		answer(session);
}

FRAMED_MODULE(.name = "edition", .version = EDITION, .check = edition_check,
    .load = edition_load, .unload = edition_unload,
    .worker_start = edition_worker_start, .worker_stop = edition_worker_stop,
    .on_message = edition_on_message, .async_work = edition_async_work,
    .on_async_done = edition_on_async_done, );
