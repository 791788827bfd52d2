/* Endpoints: their modules, their settings, and which one serves a request. */
#include "host/registry.h"

#include <stdlib.h>
#include <string.h>

#include "host/settings.h"
#include "proto/handshake.h"
#include "proto/http_host.h"

enum {
	SENTENCE_MAX = 512 /* bytes for what a loader or a module says */
};

/* The module of that name; opened when no endpoint has named it before. */
static const struct module *
registry_module(struct registry *registry, const char *directory,
    const struct conf_endpoint *conf, const struct framed_host *host,
    struct conf_report *report)
{
	char error[SENTENCE_MAX];
	struct module *module;

	for (module = registry->modules; module != NULL; module = module->next)
		if (strcmp(module->name, conf->module) == 0)
			return module;
	module =
	    module_open(directory, conf->module, host, error, sizeof(error));
	if (module == NULL) {
		conf_complain(report, conf->file, conf->line, "%s", error);
		return NULL;
	}
	module->next = registry->modules;
	registry->modules = module;
	return module;
}

/* Passes on what a module said against an endpoint. */
static void
complain_for_module(struct conf_report *report,
    const struct conf_endpoint *conf, const char *error)
{
	conf_complain(report, conf->file, conf->line, "module \"%s\": %s",
	    conf->module, error[0] != '\0' ? error : "failed without a reason");
}

static void
complain_of_unknown(
    const struct framed_settings *settings, struct conf_report *report)
{
	const struct conf_endpoint *conf = settings->endpoint;

	for (size_t i = 0; i < conf->setting_count; i++)
		if (!settings->asked[i])
			conf_complain(report, conf->settings[i].file,
			    conf->settings[i].line,
			    "unknown setting \"%s\" of module \"%s\"",
			    conf->settings[i].name, conf->module);
}

/* Has the module judge the settings; complains of what is wrong. */
static void
endpoint_check(const struct endpoint *endpoint, struct conf_report *report)
{
	const struct conf_endpoint *conf = endpoint->conf;
	struct framed_settings settings = {.endpoint = conf, .report = report};
	char error[SENTENCE_MAX] = "";

	if (endpoint->api->check == NULL) {
		if (conf->setting_count > 0)
			conf_complain(report, conf->settings[0].file,
			    conf->settings[0].line,
			    "module \"%s\" takes no settings", conf->module);
		return;
	}
	/* One too many, lest none at all look like a failure. */
	settings.asked =
	    calloc(conf->setting_count + 1, sizeof(*settings.asked));
	if (settings.asked == NULL) {
		conf_complain(report, conf->file, conf->line, "out of memory");
		return;
	}
	/* A module that gave up may not have asked for all it knows: what it
	 * left is not called unknown. */
	if (endpoint->api->check(&settings, error, sizeof(error)) == 0)
		complain_of_unknown(&settings, report);
	else
		complain_for_module(report, conf, error);
	free(settings.asked);
}

/* Whether the module takes what the endpoint gives: frames, or messages. */
static void
endpoint_check_raw(const struct endpoint *endpoint, struct conf_report *report)
{
	const struct conf_endpoint *conf = endpoint->conf;
	const struct framed_module *api = endpoint->api;

	if (conf->is_raw && api->on_frame == NULL)
		conf_complain(report, conf->file, conf->line,
		    "raw = true, but module \"%s\" has no on_frame",
		    conf->module);
	if (!conf->is_raw && api->on_frame != NULL && api->on_message == NULL)
		conf_complain(report, conf->file, conf->line,
		    "module \"%s\" has no on_message: it needs raw = true",
		    conf->module);
}

/* Fills in the registry's next endpoint. */
static struct endpoint *
registry_add(struct registry *registry, const struct conf_endpoint *conf,
    const struct framed_module *api)
{
	struct endpoint *endpoint =
	    &registry->endpoints[registry->endpoint_count++];

	endpoint->registry = registry;
	endpoint->conf = conf;
	endpoint->api = api;
	endpoint->rules = (struct frame_rules){
	    .max_frame_bytes = conf->limits.max_frame_bytes,
	    .max_message_bytes = conf->limits.max_message_bytes,
	    .role = FRAME_SERVER,
	    .is_raw = conf->is_raw,
	};
	endpoint->extended_rules = endpoint->rules;
	endpoint->extended_rules.rsv_allowed = FRAME_RSV1;
	endpoint->is_metered = conf->limits.messages_per_second > 0 ||
	    conf->limits.bytes_per_second > 0;
	return endpoint;
}

static struct registry *
registry_alloc(const struct conf *conf)
{
	struct registry *registry = calloc(1, sizeof(*registry));

	if (registry == NULL)
		return NULL;
	registry->conf = conf;
	registry->endpoints =
	    calloc(conf->endpoint_count, sizeof(*registry->endpoints));
	if (registry->endpoints == NULL)
		registry_free(&registry);
	return registry;
}

struct registry *
registry_new(const struct conf *conf, const char *directory,
    const struct framed_host *host, struct conf_report *report)
{
	unsigned complaints = report->count;
	struct registry *registry = registry_alloc(conf);

	if (registry == NULL) {
		conf_complain(report, conf->file, 0, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < conf->endpoint_count; i++) {
		const struct module *module = registry_module(
		    registry, directory, &conf->endpoints[i], host, report);
		struct endpoint *endpoint;

		if (module == NULL)
			continue;
		endpoint =
		    registry_add(registry, &conf->endpoints[i], &module->api);
		endpoint_check_raw(endpoint, report);
		endpoint_check(endpoint, report);
	}
	if (report->count != complaints)
		registry_free(&registry);
	return registry;
}

struct registry *
registry_new_builtin(const struct conf *conf, const struct framed_module *api)
{
	struct registry *registry = registry_alloc(conf);

	if (registry == NULL)
		return NULL;
	for (size_t i = 0; i < conf->endpoint_count; i++)
		registry_add(registry, &conf->endpoints[i], api);
	return registry;
}

static int
endpoint_load(struct endpoint *endpoint, struct conf_report *report)
{
	struct framed_settings settings = {
	    .endpoint = endpoint->conf,
	    .report = report,
	};
	unsigned complaints = report->count;
	char error[SENTENCE_MAX] = "";

	if (endpoint->api->load != NULL &&
	    endpoint->api->load(
	        &settings, &endpoint->instance, error, sizeof(error)) != 0) {
		complain_for_module(report, endpoint->conf, error);
		return -1;
	}
	endpoint->is_loaded = true;
	/* check() may have asked for another type than load() does. */
	return report->count == complaints ? 0 : -1;
}

int
registry_load(struct registry *registry, struct conf_report *report)
{
	for (size_t i = 0; i < registry->endpoint_count; i++)
		if (endpoint_load(&registry->endpoints[i], report) == -1)
			return -1;
	return 0;
}

void
registry_unload(struct registry *registry)
{
	for (size_t i = registry->endpoint_count; i-- > 0;) {
		struct endpoint *endpoint = &registry->endpoints[i];

		if (endpoint->is_loaded && endpoint->api->unload != NULL)
			endpoint->api->unload(endpoint->instance);
		endpoint->is_loaded = false;
	}
}

void
registry_free(struct registry **registry)
{
	struct registry *r = *registry;

	*registry = NULL;
	if (r == NULL)
		return;
	registry_unload(r);
	while (r->modules != NULL) {
		struct module *module = r->modules;

		r->modules = module->next;
		module_close(&module);
	}
	free(r->endpoints);
	free(r);
}

/*
 * How well an endpoint fits a request. The fields stand in order of weight;
 * in each, more is better.
 */
struct fit {
	bool names_host;
	size_t path; /* bytes of the prefix; SIZE_MAX for the whole path */
	size_t subprotocol; /* SIZE_MAX for the first of the client's offer,
			     * less for later ones, 0: names none */
};

static bool
fit_is_better(const struct fit *a, const struct fit *b)
{
	if (a->names_host != b->names_host)
		return a->names_host;
	if (a->path != b->path)
		return a->path > b->path;
	return a->subprotocol > b->subprotocol;
}

/* What routing looks at. */
struct target {
	struct span path;
	size_t offer_count;
	struct span offer[HANDSHAKE_SUBPROTOCOLS_MAX];
	char host[HTTP_HOST_MAX + 1]; /* "" when it is none we could name */
};

/* RFC 9110 §7.2: Host = uri-host [ ":" port ]. An IPv6 address has its colons
 * in brackets, and keeps them. */
static struct span
host_without_port(struct span host)
{
	size_t i = host.length;

	while (i > 0 && host.data[i - 1] >= '0' && host.data[i - 1] <= '9')
		i--;
	if (i > 0 && host.data[i - 1] == ':')
		host.length = i - 1;
	return host;
}

/* An offer of too many is read up to there; handshake_check() refuses it. */
static void
target_init(struct target *target, const struct http_head *request)
{
	struct span host = host_without_port(http_request_host(request));

	target->path = http_slice_get(request->bytes, request->parser->path);
	target->offer_count = handshake_offer(request, target->offer);
	if (target->offer_count > ARRAY_LENGTH(target->offer))
		target->offer_count = ARRAY_LENGTH(target->offer);
	http_host_normalize(host, target->host);
}

static bool
fit_host(struct fit *fit, const struct conf_endpoint *conf,
    const struct target *target)
{
	fit->names_host = conf->host != NULL;
	return conf->host == NULL || strcmp(conf->host, target->host) == 0;
}

static bool
fit_path(struct fit *fit, const struct conf_endpoint *conf,
    const struct target *target)
{
	struct span own = span_from_string(conf->path);
	struct span start = target->path;

	fit->path = conf->is_prefix ? own.length : SIZE_MAX;
	if (conf->is_prefix && start.length > own.length)
		start.length = own.length;
	return span_is_equal(own, start);
}

static bool
fit_subprotocol(struct fit *fit, const struct conf_endpoint *conf,
    const struct target *target)
{
	struct span own;
	size_t i = 0;

	fit->subprotocol = 0;
	if (conf->subprotocol == NULL)
		return true;
	own = span_from_string(conf->subprotocol);
	while (i < target->offer_count && !span_is_equal(own, target->offer[i]))
		i++;
	fit->subprotocol = SIZE_MAX - i;
	return i < target->offer_count;
}

enum route
registry_find(const struct registry *registry, const struct http_head *request,
    const struct endpoint **endpoint_out)
{
	enum route route = ROUTE_NO_PATH;
	struct fit best = {.names_host = false};
	struct target target;

	target_init(&target, request);
	for (size_t i = 0; i < registry->endpoint_count; i++) {
		const struct endpoint *endpoint = &registry->endpoints[i];
		struct fit fit;

		if (!fit_host(&fit, endpoint->conf, &target) ||
		    !fit_path(&fit, endpoint->conf, &target))
			continue;
		if (!fit_subprotocol(&fit, endpoint->conf, &target)) {
			if (route == ROUTE_NO_PATH)
				route = ROUTE_NO_SUBPROTOCOL;
			continue;
		}
		if (route != ROUTE_FOUND || fit_is_better(&fit, &best)) {
			*endpoint_out = endpoint;
			best = fit;
			route = ROUTE_FOUND;
		}
	}
	return route;
}
