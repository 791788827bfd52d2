/* Offers of permessage-deflate and the answers to them. */
#include "proto/deflate_offer.h"

#include <stdio.h>

#include "proto/extension.h"

static const char extension_name[] = "permessage-deflate";

enum param {
	SERVER_NO_TAKEOVER,
	CLIENT_NO_TAKEOVER,
	SERVER_WINDOW,
	CLIENT_WINDOW,
	PARAM_COUNT
};

static const char *const param_names[PARAM_COUNT] = {
    [SERVER_NO_TAKEOVER] = "server_no_context_takeover",
    [CLIENT_NO_TAKEOVER] = "client_no_context_takeover",
    [SERVER_WINDOW] = "server_max_window_bits",
    [CLIENT_WINDOW] = "client_max_window_bits",
};

/* The parameters of an offer or a response, as they were written. */
struct params {
	bool has[PARAM_COUNT];
	uint8_t bits[PARAM_COUNT]; /* of windows; 0: no value was given */
};

/* Which one this is, or PARAM_COUNT. */
static enum param
param_find(struct span name)
{
	enum param i = 0;

	while (i < PARAM_COUNT &&
	    !span_is_equal(name, span_from_string(param_names[i])))
		i++;
	return i;
}

/*
 * "A decimal integer value without leading zeroes between 8 to 15 inclusive"
 * (RFC 7692 §7.1.2). Returns it, or 0.
 */
static uint8_t
read_bits(const struct extension_param *param)
{
	uint8_t text[2];
	size_t length = extension_param_value(param, text, sizeof(text));

	if (length == 1 && (text[0] == '8' || text[0] == '9'))
		return text[0] - '0';
	if (length == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5')
		return 10 + text[1] - '0';
	return 0;
}

static int
param_read(const struct extension_param *param, struct params *params)
{
	enum param which = param_find(param->name);
	bool is_window = which == SERVER_WINDOW || which == CLIENT_WINDOW;

	if (which == PARAM_COUNT || params->has[which])
		return -1;
	params->has[which] = true;
	/* This one alone may stand without a value, and only in an offer. */
	if (!param->has_value)
		return which == SERVER_WINDOW ? -1 : 0;
	params->bits[which] = read_bits(param);
	return is_window && params->bits[which] > 0 ? 0 : -1;
}

/* Returns -1 when it is another extension, or any parameter is not right. */
static int
params_read(struct span element, struct params *params_out)
{
	struct extension extension;
	struct extension_param param;
	enum extension_step step;

	*params_out = (struct params){0};
	if (extension_init(&extension, element) == -1 ||
	    !span_is_equal(extension.name, span_from_string(extension_name)))
		return -1;
	while ((step = extension_next(&extension, &param)) == EXTENSION_PARAM)
		if (param_read(&param, params_out) == -1)
			return -1;
	return step == EXTENSION_END ? 0 : -1;
}

/* The window that a parameter leaves; without it, or its value, the whole. */
static uint8_t
window_of(const struct params *params, enum param which)
{
	return params->bits[which] > 0 ? params->bits[which]
	                               : DEFLATE_WINDOW_MAX;
}

static uint8_t
smaller(uint8_t a, uint8_t b)
{
	return a < b ? a : b;
}

static bool
offer_judge(const struct deflate_config *config, const struct params *offer,
    struct deflate_params *out)
{
	uint8_t server = window_of(offer, SERVER_WINDOW);
	uint8_t client = window_of(offer, CLIENT_WINDOW);

	if (server < DEFLATE_WINDOW_MIN)
		return false;
	/* A client that does not say so cannot be limited: §7.1.2.2. */
	if (offer->has[CLIENT_WINDOW])
		client = smaller(client, config->client_window_bits);
	out->server.window_bits = smaller(server, config->server_window_bits);
	out->server.has_takeover =
	    config->server_takeover && !offer->has[SERVER_NO_TAKEOVER];
	out->client.window_bits = client;
	out->client.has_takeover = config->client_takeover &&
	    !offer->has[CLIENT_NO_TAKEOVER] &&
	    client <= config->client_window_bits;
	out->is_server_window_asked = offer->has[SERVER_WINDOW];
	return true;
}

bool
deflate_accept(const struct deflate_config *config,
    const struct http_head *request, struct deflate_params *params_out)
{
	struct http_list list;
	struct span element;
	struct params offer;

	if (!config->is_enabled || !extension_list_is_valid(request))
		return false;
	http_list_init(&list, request, extension_header);
	while (http_list_next(&list, &element))
		if (params_read(element, &offer) == 0 &&
		    offer_judge(config, &offer, params_out))
			return true;
	return false;
}

/* Three bits for a window, one for takeover. */
static unsigned
side_pack(struct deflate_side side)
{
	return (side.window_bits & 7u) | (side.has_takeover ? 8u : 0);
}

static struct deflate_side
side_unpack(unsigned packed)
{
	return (struct deflate_side){
	    .window_bits = (uint8_t)(8 + (packed & 7)),
	    .has_takeover = (packed & 8) != 0,
	};
}

uint8_t
deflate_params_pack(const struct deflate_params *params)
{
	return (uint8_t)(side_pack(params->server) << 4 |
	    side_pack(params->client));
}

struct deflate_params
deflate_params_unpack(uint8_t packed)
{
	return (struct deflate_params){
	    .server = side_unpack(packed >> 4),
	    .client = side_unpack(packed & 15u),
	};
}

static size_t
params_write(const struct params *params, char out[DEFLATE_VALUE_SIZE])
{
	size_t length = (size_t)sprintf(out, "%s", extension_name);

	for (enum param i = 0; i < PARAM_COUNT; i++) {
		if (!params->has[i])
			continue;
		length += (size_t)sprintf(out + length, "; %s", param_names[i]);
		if (params->bits[i] > 0)
			length += (size_t)sprintf(
			    out + length, "=%d", params->bits[i]);
	}
	return length;
}

/* States what was agreed, unless it is what goes without saying. */
size_t
deflate_write_response(
    const struct deflate_params *params, char out[DEFLATE_VALUE_SIZE])
{
	uint8_t server = params->server.window_bits;
	uint8_t client = params->client.window_bits;
	struct params response = {
	    .has =
	        {
	            [SERVER_NO_TAKEOVER] = !params->server.has_takeover,
	            [CLIENT_NO_TAKEOVER] = !params->client.has_takeover,
	            [SERVER_WINDOW] = params->is_server_window_asked ||
	                server < DEFLATE_WINDOW_MAX,
	            [CLIENT_WINDOW] = client < DEFLATE_WINDOW_MAX,
	        },
	    .bits = {[SERVER_WINDOW] = server, [CLIENT_WINDOW] = client},
	};

	return params_write(&response, out);
}

/* Our own window may always be limited further; hence it always stands there,
 * without a value when it is the whole. */
static struct params
offer_make(const struct deflate_config *config)
{
	uint8_t server = config->server_window_bits;
	uint8_t client = config->client_window_bits;

	return (struct params){
	    .has =
	        {
	            [SERVER_NO_TAKEOVER] = !config->server_takeover,
	            [CLIENT_NO_TAKEOVER] = !config->client_takeover,
	            [SERVER_WINDOW] = server < DEFLATE_WINDOW_MAX,
	            [CLIENT_WINDOW] = true,
	        },
	    .bits =
	        {
	            [SERVER_WINDOW] = server,
	            [CLIENT_WINDOW] = client < DEFLATE_WINDOW_MAX ? client : 0,
	        },
	};
}

size_t
deflate_write_offer(
    const struct deflate_config *config, char out[DEFLATE_VALUE_SIZE])
{
	struct params offer = offer_make(config);

	return params_write(&offer, out);
}

/* Whether the server honours what was asked for. A client_max_window_bits that
 * is missing leaves us at the window we offered. */
static bool
response_suits(
    const struct deflate_config *config, const struct params *response)
{
	uint8_t client = window_of(response, CLIENT_WINDOW);

	if (!config->server_takeover && !response->has[SERVER_NO_TAKEOVER])
		return false;
	if (window_of(response, SERVER_WINDOW) > config->server_window_bits)
		return false;
	if (!response->has[CLIENT_WINDOW])
		return true;
	return response->bits[CLIENT_WINDOW] > 0 &&
	    client >= DEFLATE_WINDOW_MIN &&
	    client <= config->client_window_bits;
}

int
deflate_confirm(const struct deflate_config *config, struct span value,
    struct deflate_params *params_out)
{
	struct params response;

	if (!config->is_enabled || params_read(value, &response) == -1 ||
	    !response_suits(config, &response))
		return -1;
	*params_out = (struct deflate_params){
	    .server = {window_of(&response, SERVER_WINDOW),
	        !response.has[SERVER_NO_TAKEOVER]},
	    .client = {smaller(window_of(&response, CLIENT_WINDOW),
	                   config->client_window_bits),
	        config->client_takeover && !response.has[CLIENT_NO_TAKEOVER]},
	};
	return 0;
}
