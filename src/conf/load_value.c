/*
 * Takes values out of what libconfig read: each type of option has its own
 * reader, and each complains of what it cannot take.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/loader.h"

struct source_place
loader_place(const struct loader *l, const config_setting_t *setting)
{
	return source_place(l->source, config_setting_source_line(setting));
}

void
loader_complain(const struct loader *l, const config_setting_t *setting,
    const char *format, ...)
{
	struct source_place place = loader_place(l, setting);
	va_list args;

	va_start(args, format);
	conf_complain_args(l->report, place.file, place.line, format, args);
	va_end(args);
}

char *
loader_copy(struct loader *l, const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		l->is_out_of_memory = true;
	return copy;
}

const char *
loader_kind(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_GROUP:
		return "a group";
	case CONFIG_TYPE_LIST:
		return "a list";
	case CONFIG_TYPE_ARRAY:
		return "an array";
	case CONFIG_TYPE_STRING:
		return "a string";
	case CONFIG_TYPE_BOOL:
		return "a boolean";
	case CONFIG_TYPE_FLOAT:
		return "a floating-point number";
	default:
		return "an integer";
	}
}

/* Whether some strings are right for the option: then it is not the kind. */
static bool
takes_text(const struct option *option)
{
	return option->type == OPTION_BYTES || option->type == OPTION_WORD;
}

static void
complain_value(struct loader *l, const struct target *target,
    const config_setting_t *setting, const struct option *option)
{
	const char *scope = option_scope_name(target->scope);
	const char *wanted = option_wanted(option);

	if (config_setting_type(setting) == CONFIG_TYPE_STRING &&
	    takes_text(option))
		loader_complain(l, setting, "\"%s%s\" must be %s", scope,
		    option->path, wanted);
	else
		loader_complain(l, setting, "\"%s%s\" must be %s, not %s",
		    scope, option->path, wanted, loader_kind(setting));
}

/*
 * Only 64 bit integers are read: source.c makes all of them such. One that it
 * overlooked would be of CONFIG_TYPE_INT, cut perhaps, and is refused here.
 * Returns 0, or -1 when the setting is no such number.
 */
static int
read_integer(const config_setting_t *setting, const struct option *option,
    int64_t *value_out)
{
	if (config_setting_type(setting) == CONFIG_TYPE_INT64) {
		*value_out = config_setting_get_int64(setting);
		return 0;
	}
	if (option->type != OPTION_BYTES ||
	    config_setting_type(setting) != CONFIG_TYPE_STRING)
		return -1;
	return option_parse_bytes(
	    config_setting_get_string(setting), value_out);
}

static void
load_integer(struct loader *l, const struct target *target,
    const config_setting_t *setting, const struct option *option)
{
	const char *wrong = NULL;
	int64_t value;

	if (read_integer(setting, option, &value) == -1) {
		complain_value(l, target, setting, option);
		return;
	}
	if (value < option->min || value > option->max) {
		loader_complain(l, setting,
		    "\"%s%s\" must be from %lld to %lld, not %lld",
		    option_scope_name(target->scope), option->path,
		    (long long)option->min, (long long)option->max,
		    (long long)value);
		return;
	}
	if (option->check_number != NULL)
		wrong = option->check_number(value);
	if (wrong != NULL) {
		loader_complain(l, setting, "\"%s%s\" %s",
		    option_scope_name(target->scope), option->path, wrong);
		return;
	}
	option_set_number(option, target->scope, target->base, value);
}

static void
load_bool(struct loader *l, const struct target *target,
    const config_setting_t *setting, const struct option *option)
{
	if (config_setting_type(setting) == CONFIG_TYPE_BOOL)
		option_set_number(option, target->scope, target->base,
		    config_setting_get_bool(setting));
	else
		complain_value(l, target, setting, option);
}

static void
load_word(struct loader *l, const struct target *target,
    const config_setting_t *setting, const struct option *option)
{
	const char *text = config_setting_get_string(setting);

	for (int64_t v = option->min; text != NULL && v <= option->max; v++) {
		if (strcmp(text, option->word(v)) != 0)
			continue;
		option_set_number(option, target->scope, target->base, v);
		return;
	}
	complain_value(l, target, setting, option);
}

static void
load_string(struct loader *l, const struct target *target,
    const config_setting_t *setting, const struct option *option)
{
	const char *text = config_setting_get_string(setting);
	const char *wrong = NULL;

	if (text == NULL) {
		complain_value(l, target, setting, option);
		return;
	}
	if (text[0] == '\0')
		wrong = "must not be empty";
	else if (option->check != NULL)
		wrong = option->check(text);
	if (wrong != NULL) {
		loader_complain(l, setting, "\"%s%s\" %s",
		    option_scope_name(target->scope), option->path, wrong);
		return;
	}
	option_set_string(
	    option, target->scope, target->base, loader_copy(l, text));
}

/* Appends a string of a list, and LF. Returns 0; or -1 after a complaint, or for
 * lack of memory. */
static int
append_element(struct loader *l, const struct target *target,
    const config_setting_t *element, const struct option *option, char **list)
{
	const char *text = config_setting_get_string(element);
	const char *wrong = text == NULL
	    ? "must be a string or an array of strings"
	    : option->check(text);
	size_t length = strlen(*list);
	char *longer;

	if (wrong != NULL) {
		loader_complain(l, element, "\"%s%s\" %s",
		    option_scope_name(target->scope), option->path, wrong);
		return -1;
	}
	longer = realloc(*list, length + strlen(text) + 2);
	if (longer == NULL) {
		l->is_out_of_memory = true;
		return -1;
	}
	sprintf(longer + length, "%s\n", text);
	*list = longer;
	return 0;
}

/* A list of one, or NULL after a complaint, or for lack of memory. */
static char *
load_single(struct loader *l, const struct target *target,
    const config_setting_t *setting, const struct option *option)
{
	char *list = loader_copy(l, "");

	if (list != NULL &&
	    append_element(l, target, setting, option, &list) == -1) {
		free(list);
		list = NULL;
	}
	return list;
}

static void
load_list(struct loader *l, const struct target *target,
    const config_setting_t *setting, const struct option *option)
{
	char *list = NULL;
	int i = 0, count = config_setting_length(setting);

	if (config_setting_is_array(setting) || config_setting_is_list(setting))
		list = loader_copy(l, "");
	else if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		list = load_single(l, target, setting, option);
	else
		complain_value(l, target, setting, option);
	while (list != NULL && i < count &&
	    append_element(l, target,
	        config_setting_get_elem(setting, (unsigned)i), option,
	        &list) == 0)
		i++;
	/* owned by the option, even when it is not whole */
	option_set_string(option, target->scope, target->base, list);
}

void
loader_take(struct loader *l, const struct target *target,
    const config_setting_t *setting, const struct option *option)
{
	switch (option->type) {
	case OPTION_COUNT:
	case OPTION_SMALL:
	case OPTION_PORT:
	case OPTION_BYTES:
	case OPTION_MS:
		load_integer(l, target, setting, option);
		break;
	case OPTION_BOOL:
		load_bool(l, target, setting, option);
		break;
	case OPTION_WORD:
		load_word(l, target, setting, option);
		break;
	case OPTION_STRING:
	case OPTION_ROUTE:
		load_string(l, target, setting, option);
		break;
	case OPTION_LIST:
		load_list(l, target, setting, option);
		break;
	}
}
