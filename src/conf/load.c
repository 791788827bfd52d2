/*
 * Walks what libconfig read, with the table of options as the only authority.
 * Everything wrong is complained about and the walk goes on, so that one run
 * shows all. Running out of memory is noted and told once.
 */
#define _POSIX_C_SOURCE 200809L

#include "conf/load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/loader.h"
#include "proto/http_host.h"

/* Room for the path of any option; longer ones are unknown all the same. */
enum { PATH_BYTES = 128 };

/* Zeroed room for count things, and one spare so that none is not NULL. */
static void *
make_array(struct loader *l, size_t count, size_t size)
{
	void *array = calloc(count + 1, size);

	if (array == NULL)
		l->is_out_of_memory = true;
	return array;
}

static void
complain_unknown(struct loader *l, const struct target *target,
    const config_setting_t *setting, const char *path)
{
	const struct option *guess = option_guess(target->scope, path);
	const char *scope = option_scope_name(target->scope);

	if (strchr(path, '.') != NULL && option_find(SCOPE_GLOBAL, path))
		loader_complain(l, setting,
		    "\"%s%s\" cannot be set for an endpoint: it rules before "
		    "one is chosen",
		    scope, path);
	else if (guess != NULL)
		loader_complain(l, setting,
		    "unknown option \"%s%s\", did you mean \"%s\"?", scope,
		    path, guess->path);
	else
		loader_complain(
		    l, setting, "unknown option \"%s%s\"", scope, path);
}

static void
load_known(struct loader *l, const struct target *target,
    const config_setting_t *setting, const char *path)
{
	const struct option *option = option_find(target->scope, path);

	if (option != NULL)
		loader_take(l, target, setting, option);
	else
		complain_unknown(l, target, setting, path);
}

/* Options of a group, such as limits = { … }. */
static void
load_group(struct loader *l, const struct target *target,
    const config_setting_t *group)
{
	const char *name = config_setting_name(group);
	char path[PATH_BYTES];

	if (!config_setting_is_group(group)) {
		loader_complain(l, group, "\"%s%s\" must be a group, not %s",
		    option_scope_name(target->scope), name, loader_kind(group));
		return;
	}
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member =
		    config_setting_get_elem(group, (unsigned)i);

		snprintf(path, sizeof path, "%s.%s", name,
		    config_setting_name(member));
		load_known(l, target, member, path);
	}
}

static void
load_member(struct loader *l, const struct target *target,
    const config_setting_t *setting)
{
	const char *name = config_setting_name(setting);

	if (option_is_group(target->scope, name))
		load_group(l, target, setting);
	else
		load_known(l, target, setting, name);
}

/* Whether the group has a setting of this path. */
static const config_setting_t *
find_setting(const config_setting_t *group, const char *path)
{
	/* libconfig only reads the group */
	return config_setting_lookup(
	    (config_setting_t *)(uintptr_t)group, path);
}

/* Complains of an option that is not there and should be, or the other way
 * round. */
static void
judge_presence(struct loader *l, const struct target *target,
    const config_setting_t *group, const struct option *option)
{
	const char *scope = option_scope_name(target->scope);
	const config_setting_t *setting = find_setting(group, option->path);
	bool applies =
	    option->needs == NULL || find_setting(group, option->needs) != NULL;

	if (setting != NULL && !applies)
		loader_complain(l, setting, "\"%s%s\" needs \"%s\"", scope,
		    option->path, option->needs);
	if (setting == NULL && applies && option->flags & OPTION_REQUIRED)
		loader_complain(
		    l, group, "\"%s%s\" is missing", scope, option->path);
}

static void
check_presence(struct loader *l, const struct target *target,
    const config_setting_t *group)
{
	for (size_t i = 0; i < option_count; i++)
		if (option_find(target->scope, options[i].path) == &options[i])
			judge_presence(l, target, group, &options[i]);
}

/* Returns 0, or -1 after noting that memory ran out. */
static int
set_defaults(struct loader *l, const struct target *target)
{
	if (options_set_defaults(target->scope, target->base) == 0)
		return 0;
	l->is_out_of_memory = true;
	return -1;
}

static void
load_listener(struct loader *l, const config_setting_t *group)
{
	struct conf_listener *listener =
	    &l->conf->listeners[l->conf->listener_count++];
	struct target target = {SCOPE_LISTENER, listener};
	struct source_place place = loader_place(l, group);

	listener->file = loader_copy(l, place.file);
	listener->line = place.line;
	if (set_defaults(l, &target) == -1)
		return;
	for (int i = 0; i < config_setting_length(group); i++)
		load_member(
		    l, &target, config_setting_get_elem(group, (unsigned)i));
	if ((find_setting(group, "address") != NULL) +
	        (find_setting(group, "path") != NULL) +
	        (find_setting(group, "fd_name") != NULL) !=
	    1)
		loader_complain(l, group,
		    "a listener has either \"address\" and \"port\", or "
		    "\"path\", or \"fd_name\"");
	check_presence(l, &target, group);
}

static void
read_number(
    struct loader *l, const config_setting_t *from, struct setting *setting)
{
	setting->type = SETTING_FLOAT;
	setting->number = config_setting_get_float(from);
	if (!isfinite(setting->number))
		loader_complain(l, from,
		    "\"settings.%s\" is too large a number", setting->name);
}

/* Not through the table: only the module knows its settings. */
static void
load_setting(
    struct loader *l, const config_setting_t *from, struct setting *setting)
{
	struct source_place place = loader_place(l, from);

	setting->file = loader_copy(l, place.file);
	setting->line = place.line;
	setting->name = loader_copy(l, config_setting_name(from));
	if (l->is_out_of_memory)
		return;
	switch (config_setting_type(from)) {
	case CONFIG_TYPE_STRING:
		setting->type = SETTING_STRING;
		setting->string =
		    loader_copy(l, config_setting_get_string(from));
		break;
	case CONFIG_TYPE_INT64:
		setting->type = SETTING_INT;
		setting->integer = config_setting_get_int64(from);
		break;
	case CONFIG_TYPE_BOOL:
		setting->type = SETTING_BOOL;
		setting->integer = config_setting_get_bool(from);
		break;
	case CONFIG_TYPE_FLOAT:
		read_number(l, from, setting);
		break;
	default:
		loader_complain(l, from,
		    "\"settings.%s\" must be a string, number or boolean, "
		    "not %s",
		    setting->name, loader_kind(from));
	}
}

static void
load_settings(struct loader *l, struct conf_endpoint *endpoint,
    const config_setting_t *group)
{
	int count = config_setting_length(group);

	if (!config_setting_is_group(group)) {
		loader_complain(l, group,
		    "\"endpoints[].settings\" must be a group, not %s",
		    loader_kind(group));
		return;
	}
	endpoint->settings =
	    make_array(l, (size_t)count, sizeof *endpoint->settings);
	if (endpoint->settings == NULL)
		return;
	for (int i = 0; i < count; i++)
		load_setting(l, config_setting_get_elem(group, (unsigned)i),
		    &endpoint->settings[endpoint->setting_count++]);
}

/* From the file's form of path and host to that of struct conf_endpoint. */
static void
settle_route(struct loader *l, struct conf_endpoint *endpoint)
{
	size_t length = endpoint->path == NULL ? 0 : strlen(endpoint->path);
	char host[HTTP_HOST_MAX + 1];

	if (length > 0 && endpoint->path[length - 1] == '*') {
		endpoint->path[length - 1] = '\0';
		endpoint->is_prefix = true;
	}
	if (endpoint->host == NULL)
		return;
	http_host_normalize(span_from_string(endpoint->host), host);
	free(endpoint->host);
	endpoint->host = loader_copy(l, host);
}

static void
load_endpoint(struct loader *l, const config_setting_t *group)
{
	struct conf_endpoint *endpoint =
	    &l->conf->endpoints[l->conf->endpoint_count++];
	struct target target = {SCOPE_ENDPOINT, endpoint};
	struct source_place place = loader_place(l, group);

	endpoint->file = loader_copy(l, place.file);
	endpoint->line = place.line;
	if (set_defaults(l, &target) == -1)
		return;
	endpoint->limits = l->conf->limits;
	endpoint->keepalive = l->conf->keepalive;
	endpoint->deflate = l->conf->deflate;
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member =
		    config_setting_get_elem(group, (unsigned)i);

		if (strcmp(config_setting_name(member), "settings") == 0)
			load_settings(l, endpoint, member);
		else
			load_member(l, &target, member);
	}
	check_presence(l, &target, group);
	settle_route(l, endpoint);
}

/* Returns NULL after a complaint, or a list, empty after one. */
static config_setting_t *
find_list(struct loader *l, const char *name)
{
	config_setting_t *list =
	    config_setting_get_member(config_root_setting(&l->config), name);

	if (list == NULL) {
		conf_complain(l->report, l->conf->file, 0, "no %s", name);
		return NULL;
	}
	if (!config_setting_is_list(list)) {
		loader_complain(l, list, "\"%s\" must be a list, not %s", name,
		    loader_kind(list));
		return NULL;
	}
	if (config_setting_length(list) == 0)
		loader_complain(l, list, "no %s", name);
	return list;
}

static void
load_groups(struct loader *l, config_setting_t *list,
    void (*load_one)(struct loader *l, const config_setting_t *group))
{
	for (int i = 0; i < config_setting_length(list); i++) {
		const config_setting_t *element =
		    config_setting_get_elem(list, (unsigned)i);

		if (config_setting_is_group(element))
			load_one(l, element);
		else
			loader_complain(l, element,
			    "\"%s\" must hold groups, not %s",
			    config_setting_name(list), loader_kind(element));
	}
}

static void
load_listeners(struct loader *l)
{
	config_setting_t *list = find_list(l, "listeners");

	if (list == NULL)
		return;
	l->conf->listeners = make_array(
	    l, (size_t)config_setting_length(list), sizeof *l->conf->listeners);
	if (l->conf->listeners == NULL)
		return;
	load_groups(l, list, load_listener);
	for (size_t i = 0; i < l->conf->listener_count; i++)
		l->conf->listeners[i].conf = l->conf;
}

static void
load_endpoints(struct loader *l)
{
	config_setting_t *list = find_list(l, "endpoints");

	if (list == NULL)
		return;
	l->conf->endpoints = make_array(
	    l, (size_t)config_setting_length(list), sizeof *l->conf->endpoints);
	if (l->conf->endpoints != NULL)
		load_groups(l, list, load_endpoint);
}

/* The lists come last: endpoints begin with the global limits, complete. */
static void
load_root(struct loader *l)
{
	config_setting_t *root = config_root_setting(&l->config);
	struct target target = {SCOPE_GLOBAL, l->conf};

	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *member =
		    config_setting_get_elem(root, (unsigned)i);
		const char *name = config_setting_name(member);

		if (strcmp(name, "listeners") != 0 &&
		    strcmp(name, "endpoints") != 0)
			load_member(l, &target, member);
	}
	check_presence(l, &target, root);
	load_listeners(l);
	load_endpoints(l);
}

static void
parse(struct loader *l)
{
	struct source_place place;

	if (config_read_string(&l->config, source_text(l->source))) {
		load_root(l);
		check_conf(l->conf, l->report);
		return;
	}
	place =
	    source_place(l->source, (unsigned)config_error_line(&l->config));
	conf_complain(l->report, place.file, place.line, "%s",
	    config_error_text(&l->config));
}

struct conf *
conf_load(const char *file, struct conf_report *report)
{
	unsigned before = report->count;
	struct loader l = {.report = report};
	struct target target = {SCOPE_GLOBAL, NULL};

	config_init(&l.config);
	l.source = source_read(file, report);
	if (l.source == NULL)
		goto out;
	target.base = l.conf = make_array(&l, 1, sizeof *l.conf);
	if (l.conf == NULL)
		goto out;
	l.conf->file = loader_copy(&l, file);
	if (l.conf->file != NULL && set_defaults(&l, &target) == 0)
		parse(&l);
out:
	if (l.is_out_of_memory)
		conf_complain(report, file, 0, "out of memory");
	if (report->count > before)
		conf_free(&l.conf);
	source_free(&l.source);
	config_destroy(&l.config);
	return l.conf;
}
