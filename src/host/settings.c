/*
 * Settings by name. Endpoints have a handful of them and modules ask at start
 * only: a walk over the array will do.
 */
#include "host/settings.h"

#include <string.h>

static const char *
setting_type_name(enum setting_type type)
{
	switch (type) {
	case SETTING_STRING:
		return "a string";
	case SETTING_INT:
		return "an integer";
	case SETTING_BOOL:
		return "a boolean";
	case SETTING_FLOAT:
		return "a floating-point number";
	}
	return "of no known type";
}

/* The setting of that name, or NULL. One of a wrong type counts as asked for:
 * it is known, only wrong. */
static const struct setting *
settings_find(const struct framed_settings *settings, const char *name)
{
	const struct conf_endpoint *endpoint = settings->endpoint;

	for (size_t i = 0; i < endpoint->setting_count; i++) {
		if (strcmp(endpoint->settings[i].name, name) != 0)
			continue;
		if (settings->asked != NULL)
			settings->asked[i] = true;
		return &endpoint->settings[i];
	}
	return NULL;
}

static void
complain_of_type(const struct framed_settings *settings,
    const struct setting *setting, enum setting_type wanted)
{
	conf_complain(settings->report, setting->file, setting->line,
	    "setting \"%s\" of module \"%s\" must be %s, not %s", setting->name,
	    settings->endpoint->module, setting_type_name(wanted),
	    setting_type_name(setting->type));
}

/* The setting of that name and type, or NULL. */
static const struct setting *
settings_get(const struct framed_settings *settings, const char *name,
    enum setting_type wanted)
{
	const struct setting *setting = settings_find(settings, name);

	if (setting == NULL || setting->type == wanted)
		return setting;
	complain_of_type(settings, setting, wanted);
	return NULL;
}

const char *
settings_string(const struct framed_settings *settings, const char *name,
    const char *fallback)
{
	const struct setting *setting =
	    settings_get(settings, name, SETTING_STRING);

	return setting != NULL ? setting->string : fallback;
}

int64_t
settings_int(
    const struct framed_settings *settings, const char *name, int64_t fallback)
{
	const struct setting *setting =
	    settings_get(settings, name, SETTING_INT);

	return setting != NULL ? setting->integer : fallback;
}

int
settings_bool(
    const struct framed_settings *settings, const char *name, int fallback)
{
	const struct setting *setting =
	    settings_get(settings, name, SETTING_BOOL);

	return setting != NULL ? setting->integer != 0 : fallback;
}

double
settings_float(
    const struct framed_settings *settings, const char *name, double fallback)
{
	const struct setting *setting = settings_find(settings, name);

	if (setting == NULL)
		return fallback;
	if (setting->type == SETTING_FLOAT)
		return setting->number;
	if (setting->type == SETTING_INT)
		return (double)setting->integer;
	complain_of_type(settings, setting, SETTING_FLOAT);
	return fallback;
}
