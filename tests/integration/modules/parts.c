/*
 * What each worker has for itself: how many messages it had for this endpoint.
 * "?" is answered with the worker's number and that count; other messages are
 * echoed. With the setting fail_on, the worker of that number does not start.
 */
#include <framed/module.h>

#include <stdio.h>
#include <stdlib.h>

struct part {
	unsigned count;
	unsigned sessions;
};

struct instance {
	int64_t fail_on;
};

static int
check(const struct framed_settings *settings, char *error, size_t size)
{
	(void)error;
	(void)size;
	framed_setting_int(settings, "fail_on", -1);
	return 0;
}

static int
load(const struct framed_settings *settings, void **instance_out, char *error,
    size_t size)
{
	struct instance *instance = malloc(sizeof(*instance));

	if (instance == NULL) {
		snprintf(error, size, "no memory");
		return -1;
	}
	instance->fail_on = framed_setting_int(settings, "fail_on", -1);
	*instance_out = instance;
	return 0;
}

static void
unload(void *instance)
{
	free(instance);
	framed_log(FRAMED_INFO, "unloaded");
}

static int
worker_start(
    struct framed_worker *worker, void **data_out, char *error, size_t size)
{
	const struct instance *instance = framed_worker_instance(worker);
	unsigned index = framed_worker_index(worker);

	if (index == instance->fail_on) {
		snprintf(error, size, "worker %u is \"ill\"", index);
		return -1;
	}
	*data_out = calloc(1, sizeof(struct part));
	if (*data_out == NULL)
		return -1;
	framed_log(FRAMED_INFO, "started worker=%u", index);
	return 0;
}

static void
worker_stop(struct framed_worker *worker, void *data)
{
	const struct part *part = data;

	framed_log(FRAMED_INFO, "stopped worker=%u sessions=%u",
	    framed_worker_index(worker), part->sessions);
	free(data);
}

static struct part *
part_of(struct framed_session *session)
{
	return framed_worker_data(framed_worker(session));
}

static void
on_open(struct framed_session *session)
{
	part_of(session)->sessions++;
}

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	struct part *part = part_of(session);
	char text[32];

	if (length == 1 && *(const char *)data == '?') {
		data = text;
		length = (size_t)snprintf(text, sizeof(text), "%u %u",
		    framed_worker_index(framed_worker(session)), part->count);
	}
	part->count++;
	framed_send(session, type, data, length);
}

static void
on_close(struct framed_session *session, const struct framed_close_info *reason)
{
	(void)reason;
	part_of(session)->sessions--;
}

FRAMED_MODULE(.name = "parts", .version = "0", .check = check, .load = load,
    .unload = unload, .on_open = on_open, .on_message = on_message,
    .on_close = on_close, .worker_start = worker_start,
    .worker_stop = worker_stop);
