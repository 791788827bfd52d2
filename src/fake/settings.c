/* An endpoint's settings: check, load, and what they ask for. */
#include "fake/parts.h"

#include <stdio.h>
#include <stdlib.h>

static const char *
type_name(enum framed_fake_type type)
{
	switch (type) {
	case FRAMED_FAKE_TYPE_STRING:
		return "a string";
	case FRAMED_FAKE_TYPE_INT:
		return "an integer";
	case FRAMED_FAKE_TYPE_FLOAT:
		return "a floating-point number";
	case FRAMED_FAKE_TYPE_BOOL:
		return "a boolean";
	}
	return "of no known type";
}

static void
complain_of_type(struct framed_fake *fake,
    const struct framed_fake_setting *setting, enum framed_fake_type wanted)
{
	if (fake->error[0] == '\0')
		snprintf(fake->error, sizeof(fake->error),
		    "setting \"%s\" must be %s, not %s", setting->name,
		    type_name(wanted), type_name(setting->type));
}

/* The setting of that name, or NULL. Whether settings still live is not asked
 * of them, but of the fake. */
static const struct framed_fake_setting *
settings_find(
    const struct framed_settings *settings, const char *name, const char *call)
{
	struct framed_fake *fake = framed_fake_current;

	if (fake == NULL || !fake->is_setting || settings == NULL) {
		framed_fake_blame(fake, call, "not in check or load");
		return NULL;
	}
	for (size_t i = 0; i < settings->count; i++) {
		if (strcmp(settings->list[i].name, name) != 0)
			continue;
		settings->asked[i] = 1;
		return &settings->list[i];
	}
	return NULL;
}

/* The same, if it is of that type. */
static const struct framed_fake_setting *
settings_get(const struct framed_settings *settings, const char *name,
    enum framed_fake_type wanted, const char *call)
{
	const struct framed_fake_setting *setting =
	    settings_find(settings, name, call);

	if (setting == NULL || setting->type == wanted)
		return setting;
	complain_of_type(settings->fake, setting, wanted);
	return NULL;
}

static const char *
call_setting_string(const struct framed_settings *settings, const char *name,
    const char *fallback)
{
	const struct framed_fake_setting *setting = settings_get(
	    settings, name, FRAMED_FAKE_TYPE_STRING, "framed_setting_string");

	return setting != NULL ? setting->string : fallback;
}

static int64_t
call_setting_int(
    const struct framed_settings *settings, const char *name, int64_t fallback)
{
	const struct framed_fake_setting *setting = settings_get(
	    settings, name, FRAMED_FAKE_TYPE_INT, "framed_setting_int");

	return setting != NULL ? setting->integer : fallback;
}

static int
call_setting_bool(
    const struct framed_settings *settings, const char *name, int fallback)
{
	const struct framed_fake_setting *setting = settings_get(
	    settings, name, FRAMED_FAKE_TYPE_BOOL, "framed_setting_bool");

	return setting != NULL ? setting->integer != 0 : fallback;
}

static double
call_setting_float(
    const struct framed_settings *settings, const char *name, double fallback)
{
	const struct framed_fake_setting *setting =
	    settings_find(settings, name, "framed_setting_float");

	if (setting == NULL)
		return fallback;
	if (setting->type == FRAMED_FAKE_TYPE_FLOAT)
		return setting->number;
	if (setting->type == FRAMED_FAKE_TYPE_INT)
		return (double)setting->integer;
	complain_of_type(settings->fake, setting, FRAMED_FAKE_TYPE_FLOAT);
	return fallback;
}

void
framed_fake_add_settings(struct framed_host *host)
{
	host->setting_string = call_setting_string;
	host->setting_int = call_setting_int;
	host->setting_float = call_setting_float;
	host->setting_bool = call_setting_bool;
}

/* Returns 0, or -1 for want of memory. */
static int
settings_init(
    struct framed_settings *settings, const struct fake_endpoint *endpoint)
{
	struct framed_fake *fake = endpoint->fake;

	memset(settings, 0, sizeof(*settings));
	fake->error[0] = '\0';
	settings->fake = fake;
	settings->list = endpoint->conf.settings;
	while (settings->list != NULL &&
	    settings->list[settings->count].name != NULL)
		settings->count++;
	settings->asked = calloc(settings->count + 1, 1);
	if (settings->asked != NULL)
		return 0;
	snprintf(fake->error, sizeof(fake->error), "out of memory");
	return -1;
}

static void
complain_of_unknown(const struct framed_settings *settings)
{
	struct framed_fake *fake = settings->fake;

	for (size_t i = 0; i < settings->count; i++)
		if (!settings->asked[i] && fake->error[0] == '\0')
			snprintf(fake->error, sizeof(fake->error),
			    "unknown setting \"%s\"", settings->list[i].name);
}

/* What a module said; the fake's own complaint, of a type, comes first. */
static void
complain_for_module(struct framed_fake *fake, const char *said)
{
	if (fake->error[0] == '\0')
		snprintf(fake->error, sizeof(fake->error), "%s",
		    said[0] != '\0' ? said : "failed without a reason");
}

int
framed_fake_check_settings(struct fake_endpoint *endpoint)
{
	struct framed_fake *fake = endpoint->fake;
	struct framed_settings settings;
	char said[512] = "";

	if (settings_init(&settings, endpoint) == -1)
		return -1;
	if (fake->api.check == NULL) {
		if (settings.count > 0)
			complain_for_module(fake, "takes no settings");
	} else {
		fake->is_setting = fake->is_in_callback = 1;
		if (fake->api.check(&settings, said, sizeof(said)) == 0)
			complain_of_unknown(&settings);
		else
			complain_for_module(fake, said);
		fake->is_setting = fake->is_in_callback = 0;
	}
	free(settings.asked);
	return fake->error[0] == '\0' ? 0 : -1;
}

int
framed_fake_load_settings(struct fake_endpoint *endpoint)
{
	struct framed_fake *fake = endpoint->fake;
	struct framed_settings settings;
	char said[512] = "";
	int rc = 0;

	if (settings_init(&settings, endpoint) == -1)
		return -1;
	fake->is_setting = fake->is_in_callback = 1;
	if (fake->api.load != NULL)
		rc = fake->api.load(
		    &settings, &endpoint->instance, said, sizeof(said));
	fake->is_setting = 0;
	if (rc != 0)
		complain_for_module(fake, said);
	else if (fake->error[0] != '\0' && fake->api.unload != NULL)
		fake->api.unload(endpoint->instance);
	fake->is_in_callback = 0;
	free(settings.asked);
	return fake->error[0] == '\0' ? 0 : -1;
}
