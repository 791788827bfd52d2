/* A module with everything the tests of the host look at. Tells the host's log
 * what is called, and fails where its settings say so. */
#include <framed/module.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
good_check(const struct framed_settings *settings, char *error, size_t size)
{
	int64_t most = framed_setting_int(settings, "most", 1);

	framed_setting_string(settings, "room", "hall");
	framed_setting_bool(settings, "fail_load", 0);
	if (most <= 10)
		return 0;
	snprintf(error, size, "most must be up to 10");
	return -1;
}

static int
good_load(const struct framed_settings *settings, void **instance_out,
    char *error, size_t size)
{
	const char *room = framed_setting_string(settings, "room", "hall");
	char *instance;

	framed_log(FRAMED_INFO, "load %s", room);
	if (framed_setting_bool(settings, "fail_load", 0)) {
		snprintf(error, size, "no luck with %s", room);
		return -1;
	}
	instance = malloc(strlen(room) + 1);
	if (instance == NULL)
		return -1;
	strcpy(instance, room);
	*instance_out = instance;
	return 0;
}

static void
good_unload(void *instance)
{
	framed_log(FRAMED_INFO, "unload %s", (const char *)instance);
	free(instance);
}

FRAMED_MODULE(.session_size = 1 << 20, .name = "good", .version = "1.2.3",
    .check = good_check, .load = good_load, .unload = good_unload);
