/*
 * Endpoints: their settings, their life, and the way to them. The modules are
 * those of test_loader.c.
 */
#include "host/registry.h"

#include "proto/handshake.h"
#include "tests/unit/harness.h"
#include "tests/unit/host/support.h"
#include "tests/unit/proto/alloc_fail.h"

static struct complaints complaints;

static void
setup(void)
{
	complaints_init(&complaints);
	support_log_clear();
}

static void
teardown(void)
{
	complaints_release(&complaints);
}

static struct registry *
open_registry(const struct conf *conf)
{
	return registry_new(
	    conf, TEST_MODULE_DIR, &support_host, &complaints.report);
}

/* A registry for a configuration in which nothing is wrong. */
static struct registry *
open_good_registry(const struct conf *conf)
{
	struct registry *registry = open_registry(conf);

	complaints_expect(&complaints, "");
	ck_assert_ptr_nonnull(registry);
	return registry;
}

/* A configuration of one endpoint, at x.conf:1. */
#define ONE_ENDPOINT(...)                                                      \
	{                                                                      \
		.file = TEXT("x.conf"), .endpoint_count = 1,                   \
		.endpoints = (struct conf_endpoint[])                          \
		{                                                              \
			{                                                      \
				.file = TEXT("x.conf"), .line = 1, __VA_ARGS__ \
			}                                                      \
		}                                                              \
	}

/* The settings of an endpoint, which begin in line 2. */
#define SETTINGS(...)                                \
	.settings = (struct setting[]){__VA_ARGS__}, \
	.setting_count = ARRAY_LENGTH(((struct setting[]){__VA_ARGS__}))
#define STRING(at, key, value)                                            \
	{                                                                 \
		.name = TEXT(key), .type = SETTING_STRING,                \
		.string = TEXT(value), .file = TEXT("x.conf"), .line = at \
	}
#define INT(at, key, value)                                               \
	{                                                                 \
		.name = TEXT(key), .type = SETTING_INT, .integer = value, \
		.file = TEXT("x.conf"), .line = at                        \
	}
#define BOOL(at, key, value)                                               \
	{                                                                  \
		.name = TEXT(key), .type = SETTING_BOOL, .integer = value, \
		.file = TEXT("x.conf"), .line = at                         \
	}

static const struct {
	struct conf conf;
	const char *complaints;
} wrong[] = {
    {ONE_ENDPOINT(.module = TEXT("no_symbol")),
        "framed: x.conf:1: module \"no_symbol\" has no symbol "
        "framed_module_entry\n"},
    {ONE_ENDPOINT(.module = TEXT("plain"),
         SETTINGS(INT(2, "most", 1), INT(3, "least", 0))),
        "framed: x.conf:2: module \"plain\" takes no settings\n"},
    {ONE_ENDPOINT(.module = TEXT("good"),
         SETTINGS(INT(2, "mots", 1), STRING(3, "room", "attic"),
             BOOL(4, "rooms", 1))),
        "framed: x.conf:2: unknown setting \"mots\" of module \"good\"\n"
        "framed: x.conf:4: unknown setting \"rooms\" of module \"good\"\n"},
    {ONE_ENDPOINT(.module = TEXT("good"),
         SETTINGS(STRING(2, "most", "1"), INT(3, "room", 1))),
        "framed: x.conf:2: setting \"most\" of module \"good\" must be an "
        "integer, not a string\n"
        "framed: x.conf:3: setting \"room\" of module \"good\" must be a "
        "string, not an integer\n"},
    {ONE_ENDPOINT(.module = TEXT("good"), SETTINGS(INT(2, "most", 11))),
        "framed: x.conf:1: module \"good\": most must be up to 10\n"},
    {ONE_ENDPOINT(.module = TEXT("plain"), .is_raw = true),
        "framed: x.conf:1: raw = true, but module \"plain\" has no on_frame\n"},
    {ONE_ENDPOINT(.module = TEXT("raw")),
        "framed: x.conf:1: module \"raw\" has no on_message: it needs "
        "raw = true\n"},
    /* it gave up before it asked: "room" may be known to it */
    {ONE_ENDPOINT(.module = TEXT("mute"), SETTINGS(STRING(2, "room", "attic"))),
        "framed: x.conf:1: module \"mute\": failed without a reason\n"},
};

START_TEST(refuses_what_is_wrong_with_an_endpoint)
{
	ck_assert_ptr_null(open_registry(&wrong[_i].conf));
	complaints_expect(&complaints, wrong[_i].complaints);
}
END_TEST

START_TEST(complains_of_every_endpoint)
{
	struct conf_endpoint endpoints[] = {
	    {.module = TEXT("plain"), .file = TEXT("x.conf"), .line = 1},
	    {.module = TEXT("absent"),
	        .file = TEXT("x.conf"),
	        .line = 2,
	        SETTINGS(INT(3, "most", 1))},
	    {.module = TEXT("mute"), .file = TEXT("y.conf"), .line = 4},
	};
	const struct conf conf = {
	    .endpoints = endpoints, .endpoint_count = ARRAY_LENGTH(endpoints)};

	ck_assert_ptr_null(open_registry(&conf));
	complaints_expect(&complaints,
	    "framed: x.conf:2: module \"absent\" cannot be "
	    "opened: " TEST_MODULE_DIR "/absent.so: No "
	    "such file or directory\n"
	    "framed: y.conf:4: module \"mute\": failed without a reason\n");
}
END_TEST

START_TEST(counts_only_its_own_complaints)
{
	const struct conf conf = ONE_ENDPOINT(.module = TEXT("plain"));
	struct registry *registry;

	complaints.report.count = 1;
	registry = open_registry(&conf);
	ck_assert_ptr_nonnull(registry);
	registry_free(&registry);
}
END_TEST

START_TEST(opens_each_module_once)
{
	struct conf_endpoint endpoints[] = {
	    {.module = TEXT("good")},
	    {.module = TEXT("plain")},
	    {.module = TEXT("good")},
	};
	const struct conf conf = {
	    .endpoints = endpoints, .endpoint_count = ARRAY_LENGTH(endpoints)};
	struct registry *registry = open_good_registry(&conf);

	ck_assert_uint_eq(registry->endpoint_count, 3);
	ck_assert_ptr_eq(
	    registry->endpoints[0].api, registry->endpoints[2].api);
	ck_assert_ptr_ne(
	    registry->endpoints[0].api, registry->endpoints[1].api);
	ck_assert_ptr_null(registry->modules->next->next);
	registry_free(&registry);
	ck_assert_ptr_null(registry);
}
END_TEST

START_TEST(takes_the_frame_rules_from_the_limits)
{
	const struct conf conf = ONE_ENDPOINT(.module = TEXT("plain"),
	    .limits = {.max_frame_bytes = 1000, .max_message_bytes = 500});
	struct registry *registry = open_good_registry(&conf);
	const struct frame_rules *rules = &registry->endpoints[0].rules;

	ck_assert_uint_eq(rules->max_frame_bytes, 1000);
	ck_assert_uint_eq(rules->max_message_bytes, 500);
	ck_assert_int_eq(rules->role, FRAME_SERVER);
	ck_assert_uint_eq(rules->rsv_allowed, 0);
	ck_assert(!rules->is_raw);
	registry_free(&registry);
}
END_TEST

START_TEST(raw_endpoints_have_raw_frames)
{
	const struct conf conf =
	    ONE_ENDPOINT(.module = TEXT("raw"), .is_raw = true);
	struct registry *registry = open_good_registry(&conf);

	ck_assert(registry->endpoints[0].rules.is_raw);
	registry_free(&registry);
}
END_TEST

/* Two modules, three endpoints, settings: all that registry_new() allocates. */
START_TEST(module_may_be_part_of_the_program)
{
	static const struct framed_module api = {.name = "builtin"};
	const struct conf conf =
	    ONE_ENDPOINT(.path = TEXT("/"), .limits = {.max_frame_bytes = 7});
	struct registry *registry = registry_new_builtin(&conf, &api);

	ck_assert_ptr_nonnull(registry);
	ck_assert_uint_eq(registry->endpoint_count, 1);
	ck_assert_ptr_eq(registry->endpoints[0].api, &api);
	ck_assert_ptr_eq(registry->endpoints[0].conf, &conf.endpoints[0]);
	ck_assert_uint_eq(registry->endpoints[0].rules.max_frame_bytes, 7);
	registry_free(&registry);
}
END_TEST

START_TEST(running_out_of_memory_is_one_complaint)
{
	struct conf_endpoint endpoints[] = {
	    {.module = TEXT("good"),
	        .file = TEXT("x.conf"),
	        .line = 1,
	        SETTINGS(STRING(2, "room", "attic"))},
	    {.module = TEXT("plain"), .file = TEXT("x.conf"), .line = 3},
	    {.module = TEXT("good"), .file = TEXT("x.conf"), .line = 4},
	};
	const struct conf conf = {.file = TEXT("x.conf"),
	    .endpoints = endpoints,
	    .endpoint_count = ARRAY_LENGTH(endpoints)};
	struct registry *registry;
	size_t count;

	alloc_fail_start(0);
	registry = open_registry(&conf);
	count = alloc_fail_stop();
	ck_assert_ptr_nonnull(registry);
	registry_free(&registry);
	/* registry, endpoints; twice module and name; twice what was asked */
	ck_assert_uint_eq(count, 8);
	for (size_t n = 1; n <= count; n++) {
		complaints_release(&complaints);
		complaints_init(&complaints);
		alloc_fail_start(n);
		registry = open_registry(&conf);
		alloc_fail_stop();
		ck_assert_ptr_null(registry);
		fflush(complaints.report.stream);
		ck_assert_msg(strstr(complaints.text, "out of memory") != NULL,
		    "allocation %zu: %s", n, complaints.text);
		ck_assert_uint_eq(complaints.report.count, 1);
	}
}
END_TEST

START_TEST(loads_in_order_and_unloads_backwards_and_once)
{
	struct conf_endpoint endpoints[] = {
	    {.module = TEXT("good"), SETTINGS(STRING(2, "room", "attic"))},
	    {.module = TEXT("plain")},
	    {.module = TEXT("good")},
	};
	const struct conf conf = {
	    .endpoints = endpoints, .endpoint_count = ARRAY_LENGTH(endpoints)};
	struct registry *registry = open_good_registry(&conf);

	ck_assert_str_eq(support_log(), "");
	ck_assert_int_eq(registry_load(registry, &complaints.report), 0);
	ck_assert_str_eq(registry->endpoints[0].instance, "attic");
	ck_assert_ptr_null(registry->endpoints[1].instance);
	ck_assert_str_eq(registry->endpoints[2].instance, "hall");
	registry_unload(registry);
	registry_free(&registry);
	ck_assert_str_eq(support_log(),
	    "load attic\nload hall\nunload hall\nunload attic\n");
	complaints_expect(&complaints, "");
}
END_TEST

START_TEST(unloads_only_what_was_loaded)
{
	struct conf_endpoint endpoints[] = {
	    {.module = TEXT("good"), SETTINGS(STRING(2, "room", "attic"))},
	    {.module = TEXT("good"),
	        SETTINGS(BOOL(4, "fail_load", 1)),
	        .file = TEXT("x.conf"),
	        .line = 3},
	    {.module = TEXT("good"), SETTINGS(STRING(6, "room", "lobby"))},
	};
	const struct conf conf = {
	    .endpoints = endpoints, .endpoint_count = ARRAY_LENGTH(endpoints)};
	struct registry *registry = open_good_registry(&conf);

	ck_assert_int_eq(registry_load(registry, &complaints.report), -1);
	registry_free(&registry);
	ck_assert_str_eq(
	    support_log(), "load attic\nload hall\nunload attic\n");
	complaints_expect(&complaints,
	    "framed: x.conf:3: module \"good\": no luck with hall\n");
}
END_TEST

START_TEST(unloads_nothing_that_was_only_checked)
{
	const struct conf conf = ONE_ENDPOINT(.module = TEXT("good"));
	struct registry *registry = open_good_registry(&conf);

	registry_free(&registry);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(fails_a_load_that_asks_for_another_type_than_the_check)
{
	const struct conf conf = ONE_ENDPOINT(.module = TEXT("fickle"),
	    SETTINGS(BOOL(2, "mood", 1)));
	struct registry *registry = open_good_registry(&conf);

	ck_assert_int_eq(registry_load(registry, &complaints.report), -1);
	registry_free(&registry);
	complaints_expect(&complaints,
	    "framed: x.conf:2: setting \"mood\" of module \"fickle\" must be "
	    "an integer, not a boolean\n");
}
END_TEST

/*
 * Routing. The endpoints are told apart by their line, and stand so that the
 * better one comes first in one pair and last in the next.
 */
static struct conf_endpoint routes[] = {
    {.line = 1, .path = TEXT("/chat"), .module = TEXT("plain")},
    {.line = 2,
        .path = TEXT("/chat/"),
        .is_prefix = true,
        .module = TEXT("plain")},
    {.line = 3,
        .path = TEXT("/chat/rooms/"),
        .is_prefix = true,
        .module = TEXT("plain")},
    {.line = 4, .path = TEXT("/chat/rooms/1"), .module = TEXT("plain")},
    {.line = 5,
        .path = TEXT("/chat/rooms/1"),
        .subprotocol = TEXT("v1"),
        .module = TEXT("plain")},
    {.line = 6,
        .path = TEXT("/chat/rooms/1"),
        .subprotocol = TEXT("v2"),
        .module = TEXT("plain")},
    {.line = 7,
        .path = TEXT("/v2"),
        .subprotocol = TEXT("v2"),
        .module = TEXT("plain")},
    {.line = 8,
        .path = TEXT("/"),
        .is_prefix = true,
        .host = TEXT("example.org"),
        .module = TEXT("plain")},
    {.line = 9,
        .path = TEXT("/six"),
        .host = TEXT("[2001:db8::1]"),
        .module = TEXT("plain")},
    {.line = 10,
        .path = TEXT("/dot"),
        .host = TEXT("dot.example"),
        .module = TEXT("plain")},
    {.line = 11,
        .path = TEXT("/strict"),
        .subprotocol = TEXT("v1"),
        .host = TEXT("strict.example"),
        .module = TEXT("plain")},
    {.line = 12, .path = TEXT("/strict"), .module = TEXT("plain")},
};

static const struct conf routes_conf = {
    .endpoints = routes,
    .endpoint_count = ARRAY_LENGTH(routes),
};

/* The line of the endpoint found, 0 for no path, -1 for no subprotocol. */
static const struct {
	const char *target;
	const char *headers;
	int line;
} requests[] = {
    /* paths */
    {"/chat", "Host: a\r\n", 1},
    {"/chat?x=/y", "Host: a\r\n", 1},
    {"/Chat", "Host: a\r\n", 0},
    {"/cha", "Host: a\r\n", 0},
    {"/chats", "Host: a\r\n", 0},
    {"/", "Host: a\r\n", 0},
    {"/chat/", "Host: a\r\n", 2},
    {"/chat/rooms", "Host: a\r\n", 2},
    {"/chat/rooms/", "Host: a\r\n", 3},
    {"/chat/rooms/2", "Host: a\r\n", 3},
    {"/chat/rooms/1", "Host: a\r\n", 4},
    {"/chat/rooms/%31", "Host: a\r\n", 3},
    {"ws://a/chat", "Host: a\r\n", 1},

    /* subprotocols */
    {"/chat/rooms/1", "Host: a\r\nSec-WebSocket-Protocol: v3\r\n", 4},
    {"/chat/rooms/1", "Host: a\r\nSec-WebSocket-Protocol: V1\r\n", 4},
    {"/chat/rooms/1", "Host: a\r\nSec-WebSocket-Protocol: v1\r\n", 5},
    {"/chat/rooms/1", "Host: a\r\nSec-WebSocket-Protocol: x, v1, v2\r\n", 5},
    {"/chat/rooms/1", "Host: a\r\nSec-WebSocket-Protocol: v2, v1\r\n", 6},
    {"/chat/rooms/1",
        "Sec-WebSocket-Protocol: v2\r\nHost: a\r\n"
        "Sec-WebSocket-Protocol: v1\r\n",
        6},
    {"/v2", "Host: a\r\nSec-WebSocket-Protocol: v2\r\n", 7},
    {"/v2", "Host: a\r\nSec-WebSocket-Protocol: v1\r\n", -1},
    {"/v2", "Host: a\r\n", -1},

    /* hosts */
    {"/chat/rooms/1", "Host: example.org\r\n", 8},
    {"/nowhere", "Host: EXAMPLE.org.:8080\r\n", 8},
    {"/v2", "Host: example.org\r\n", 8},
    {"/nowhere", "Host: example.or\r\n", 0},
    {"/nowhere", "Host: www.example.org\r\n", 0},
    {"http://example.org:80/nowhere", "Host: a\r\n", 8},
    {"http://a/nowhere", "Host: example.org\r\n", 0},
    {"/six", "Host: [2001:DB8::1]\r\n", 9},
    {"/six", "Host: [2001:db8::1]:443\r\n", 9},
    {"/six", "Host: [2001:0db8:0::0001]\r\n", 9},
    {"/six", "Host: [2001:db8::2]\r\n", 0},
    {"/dot", "Host: dot.example\r\n", 10},
    {"/dot", "Host: dot.example.:1\r\n", 10},
    {"/strict", "Host: strict.example\r\nSec-WebSocket-Protocol: v1\r\n", 11},
    /* one that does not fit does not stand in another's way */
    {"/strict", "Host: strict.example\r\n", 12},
};

static int
route_line(const struct registry *registry, const char *head)
{
	struct http_header headers[8];
	struct http_parser parser;
	struct http_head request = {&parser, span_from_string(head)};
	const struct http_limits limits = {1024, ARRAY_LENGTH(headers)};
	const struct endpoint *endpoint = NULL;
	struct proto_error error;
	int line = -2;

	http_parser_init(&parser, &limits, headers);
	ck_assert_int_eq(
	    http_parse(&parser, request.bytes, &error), PARSE_DONE);
	switch (registry_find(registry, &request, &endpoint)) {
	case ROUTE_FOUND:
		return (int)endpoint->conf->line;
	case ROUTE_NO_PATH:
		line = 0;
		break;
	case ROUTE_NO_SUBPROTOCOL:
		line = -1;
		break;
	}
	ck_assert_ptr_null(endpoint);
	return line;
}

START_TEST(finds_the_endpoint_that_fits_best)
{
	struct registry *registry = open_good_registry(&routes_conf);
	char head[512];

	snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\n%s\r\n",
	    requests[_i].target, requests[_i].headers);
	ck_assert_int_eq(route_line(registry, head), requests[_i].line);
	registry_free(&registry);
}
END_TEST

/* handshake_check() refuses longer offers: nobody need read them. */
START_TEST(reads_an_offer_up_to_what_is_allowed)
{
	struct registry *registry = open_good_registry(&routes_conf);
	char head[512] = "GET /v2 HTTP/1.1\r\nHost: a\r\n"
	                 "Sec-WebSocket-Protocol: p";

	for (int i = 1; i < HANDSHAKE_SUBPROTOCOLS_MAX - 1; i++)
		strcat(head, ",p");
	strcat(head, ",v2\r\n\r\n");
	ck_assert_int_eq(route_line(registry, head), 7);
	memmove(strstr(head, "p,p") + 2, strstr(head, "p,p"),
	    strlen(strstr(head, "p,p")) + 1);
	ck_assert_int_eq(route_line(registry, head), -1);
	registry_free(&registry);
}
END_TEST

START_TEST(finds_an_endpoint_for_any_host_without_a_host)
{
	struct registry *registry = open_good_registry(&routes_conf);

	ck_assert_int_eq(route_line(registry, "GET /chat HTTP/1.0\r\n\r\n"), 1);
	ck_assert_int_eq(
	    route_line(registry, "GET /nowhere HTTP/1.0\r\n\r\n"), 0);
	registry_free(&registry);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("registry");
	TCase *tcase = tcase_create("registry");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, refuses_what_is_wrong_with_an_endpoint, 0,
	    (int)ARRAY_LENGTH(wrong));
	tcase_add_test(tcase, complains_of_every_endpoint);
	tcase_add_test(tcase, counts_only_its_own_complaints);
	tcase_add_test(tcase, opens_each_module_once);
	tcase_add_test(tcase, takes_the_frame_rules_from_the_limits);
	tcase_add_test(tcase, raw_endpoints_have_raw_frames);
	tcase_add_test(tcase, module_may_be_part_of_the_program);
	tcase_add_test(tcase, running_out_of_memory_is_one_complaint);
	tcase_add_test(tcase, loads_in_order_and_unloads_backwards_and_once);
	tcase_add_test(tcase, unloads_only_what_was_loaded);
	tcase_add_test(tcase, unloads_nothing_that_was_only_checked);
	tcase_add_test(
	    tcase, fails_a_load_that_asks_for_another_type_than_the_check);
	tcase_add_loop_test(tcase, finds_the_endpoint_that_fits_best, 0,
	    (int)ARRAY_LENGTH(requests));
	tcase_add_test(tcase, reads_an_offer_up_to_what_is_allowed);
	tcase_add_test(tcase, finds_an_endpoint_for_any_host_without_a_host);
	suite_add_tcase(suite, tcase);
	return suite;
}
