/*
 * counter: answers each message with its number and size, and reminds a peer
 * that is quiet. An example of a module of your own.
 *
 * Settings: most (integer, 1000), messages of a session, after which it is
 * closed; quiet_ms (integer, 60000), at most a day, 0 for never.
 */
#include <framed/module.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	REMIND = 1, /* the token of the one timer */
	DAY_MS = 86400000
};

/* One endpoint: read only once loaded, so all threads may look. */
struct counter {
	int64_t most;
	int64_t quiet_ms;
};

/* What is kept for each session; the host zeroes and frees it. */
struct visit {
	int64_t messages;
};

static void
read_settings(const struct framed_settings *settings, struct counter *counter)
{
	counter->most = framed_setting_int(settings, "most", 1000);
	counter->quiet_ms = framed_setting_int(settings, "quiet_ms", 60000);
}

static int
counter_check(const struct framed_settings *settings, char *error, size_t size)
{
	struct counter counter;

	read_settings(settings, &counter);
	if (counter.most < 1) {
		snprintf(error, size, "most must be at least 1, not %" PRId64,
		    counter.most);
		return -1;
	}
	if (counter.quiet_ms < 0 || counter.quiet_ms > DAY_MS) {
		snprintf(error, size,
		    "quiet_ms must be from 0 to %d, not %" PRId64, DAY_MS,
		    counter.quiet_ms);
		return -1;
	}
	return 0;
}

static int
counter_load(const struct framed_settings *settings, void **instance_out,
    char *error, size_t size)
{
	struct counter *counter = malloc(sizeof(*counter));

	if (counter == NULL) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	read_settings(settings, counter);
	*instance_out = counter;
	return 0;
}

static void
counter_unload(void *instance)
{
	free(instance);
}

static void
watch(struct framed_session *session)
{
	const struct counter *counter = framed_instance(session);

	if (counter->quiet_ms > 0)
		framed_timer(session, (uint32_t)counter->quiet_ms, REMIND);
}

static void
counter_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	const struct counter *counter = framed_instance(session);
	struct visit *visit = framed_storage(session);
	char line[64];

	(void)type;
	(void)data;
	snprintf(line, sizeof(line), "message %" PRId64 ": %zu bytes",
	    ++visit->messages, length);
	framed_send(session, FRAMED_TEXT, line, strlen(line));
	if (visit->messages == counter->most)
		framed_close(session, FRAMED_CLOSE_POLICY, "enough");
	else
		watch(session);
}

static void
counter_timer(struct framed_session *session, uint64_t token)
{
	static const char line[] = "still there?";

	if (token == REMIND)
		framed_send(session, FRAMED_TEXT, line, sizeof(line) - 1);
}

FRAMED_MODULE(.session_size = sizeof(struct visit), .name = "counter",
    .version = "1.0", .check = counter_check, .load = counter_load,
    .unload = counter_unload, .on_open = watch, .on_message = counter_message,
    .on_timer = counter_timer);
