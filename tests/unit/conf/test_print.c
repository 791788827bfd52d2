#define _POSIX_C_SOURCE 200809L

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/load.h"
#include "tests/unit/conf/text_file.h"
#include "tests/unit/harness.h"

static const char smallest[] =
    "listeners = ({ address = \"::1\"; port = 0; });\n"
    "endpoints = ({ path = \"/\"; module = \"m\"; });\n";

/* Each option away from its default, and each kind of setting. */
static const char fullest[] =
    "workers = 3; async_threads = 4; async_queue = 5; user = \"u\"; group = "
    "\"g\"; module_path = \"/m p\";\n"
    "client_tls = { verify = false; ca = \"/ca\"; };\n"
    "log = { level = \"debug\"; areas = [ \"session:warn\", \"module:error\" "
    "];\n"
    "  target = \"file\"; file = \"/l\"; socket = \"@s\"; facility = "
    "\"local7\";\n"
    "  rate = 0; };\n"
    "limits = { max_sessions = 1; max_message_bytes = 2;\n"
    "  max_frame_bytes = 126; queue_bytes = \"2K\"; close_timeout_ms = 3;\n"
    "  async_max = 6; messages_per_second = 7; bytes_per_second = 8;\n"
    "  rate_policy = \"close\"; max_handshakes = 9;\n"
    "  max_sessions_per_address = 10; connections_per_second = 11;\n"
    "  max_header_bytes = 257; max_headers = 4; handshake_timeout_ms = 5;\n"
    "  max_age_ms = 12; max_age_jitter = 13; };\n"
    "drain = { delay_ms = 1; spread_ms = 2; timeout_ms = 3;\n"
    "  close_code = 1012; };\n"
    "keepalive = { ping_interval_ms = 0; timeout_ms = 6;\n"
    "  any_traffic = true; };\n"
    "deflate = { enabled = false; level = 2; min_bytes = 3;\n"
    "  server_takeover = true; client_takeover = true;\n"
    "  server_window_bits = 9; client_window_bits = 10; memory_level = 4; };\n"
    "listeners = ({ address = \"127.0.0.1\"; port = 65535; },\n"
    "  { address = \"::\"; port = 1; proxy_protocol = true;\n"
    "    trusted_proxies = [ \"::1\", \"10.0.0.0/8\" ]; forwarded = "
    "\"forwarded\"; backlog = 9; max_sessions = 8;\n"
    "    tcp = { user_timeout_ms = 1; keepalive_ms = 2000;\n"
    "      keepalive_interval_ms = 3000; keepalive_probes = 4; };\n"
    "    tls = { certificate = [ \"/a \\\"b\", \"/c\" ];\n"
    "      key = [ \"/d\", \"/e\" ]; min_version = \"TLSv1.3\";\n"
    "      ciphers = \"c\"; ciphersuites = \"s\"; groups = \"g\";\n"
    "      prefer_server_ciphers = true; session_timeout_ms = 0;\n"
    "      verify_client = \"optional\"; client_ca = \"/f\"; }; },\n"
    "  { path = \"/run/s\"; mode = \"0600\"; owner = \"o\"; group = \"7\"; "
    "},\n  { fd_name = \"ws\"; });\n"
    "endpoints = ({ path = \"/a/*\"; module = \"m\"; host = \"H.example\";\n"
    "  origins = [ \"https://a.org\", \"null\" ];\n"
    "  subprotocol = \"p\"; queue_policy = \"drop-newest\"; raw = true;\n"
    "  auth = { type = \"jwt\"; file = \"/t\"; from = [ \"subprotocol\",\n"
    "    \"cookie:c\" ]; audience = \"a\"; issuer = \"i\"; leeway_ms = 9; };\n"
    "  limits = { max_sessions = 9; max_message_bytes = 8;\n"
    "    max_frame_bytes = 127; queue_bytes = 4096; close_timeout_ms = 7;\n"
    "    async_max = 8; messages_per_second = 9; bytes_per_second = 10;\n"
    "    rate_policy = \"delay\"; max_age_ms = 11; max_age_jitter = 12; };\n"
    "  keepalive = { ping_interval_ms = 10; timeout_ms = 11;\n"
    "    any_traffic = false; };\n"
    "  deflate = { enabled = true; level = 5; min_bytes = 6;\n"
    "    server_takeover = false; client_takeover = false;\n"
    "    server_window_bits = 11; client_window_bits = 12;\n"
    "    memory_level = 7; };\n"
    "  settings = { text = \"a\\\"\\\\\\n\\x01\xc3\xa9 b\"; none = \"\";\n"
    "    large = 9223372036854775807; small = -9223372036854775808;\n"
    "    yes = true; no = false; whole = 3.0; huge = 1.5e300;\n"
    "    tenth = 0.1; }; },\n"
    "  { path = \"/b\"; module = \"n\"; queue_policy = \"close\";\n"
    "    origins = [ ]; });\n";

static const char smallest_printed[] =
    "workers = 0;\n"
    "async_threads = 2;\n"
    "async_queue = 1024;\n"
    "module_path = \"" FRAMED_MODULE_DIR "\";\n"
    "client_tls = {\n"
    "\tverify = true;\n"
    "};\n"
    "log = {\n"
    "\tlevel = \"info\";\n"
    "\ttarget = \"stderr\";\n"
    "\tsocket = \"/dev/log\";\n"
    "\tfacility = \"daemon\";\n"
    "\trate = 100;\n"
    "};\n"
    "limits = {\n"
    "\tmax_sessions = 100000;\n"
    "\tmax_message_bytes = 1048576;\n"
    "\tmax_frame_bytes = 1048576;\n"
    "\tqueue_bytes = 1048576;\n"
    "\tclose_timeout_ms = 5000;\n"
    "\tasync_max = 16;\n"
    "\tmessages_per_second = 0;\n"
    "\tbytes_per_second = 0;\n"
    "\trate_policy = \"delay\";\n"
    "\tmax_age_ms = 0;\n"
    "\tmax_age_jitter = 10;\n"
    "\tmax_header_bytes = 16384;\n"
    "\tmax_headers = 100;\n"
    "\thandshake_timeout_ms = 10000;\n"
    "\tmax_handshakes = 0;\n"
    "\tmax_sessions_per_address = 0;\n"
    "\tconnections_per_second = 0;\n"
    "};\n"
    "drain = {\n"
    "\tdelay_ms = 0;\n"
    "\tspread_ms = 10000;\n"
    "\ttimeout_ms = 30000;\n"
    "\tclose_code = 1001;\n"
    "};\n"
    "keepalive = {\n"
    "\tping_interval_ms = 25000;\n"
    "\ttimeout_ms = 15000;\n"
    "\tany_traffic = false;\n"
    "};\n"
    "deflate = {\n"
    "\tenabled = true;\n"
    "\tlevel = 1;\n"
    "\tmin_bytes = 256;\n"
    "\tserver_takeover = false;\n"
    "\tclient_takeover = false;\n"
    "\tserver_window_bits = 15;\n"
    "\tclient_window_bits = 15;\n"
    "\tmemory_level = 5;\n"
    "};\n"
    "listeners = (\n"
    "\t{\n"
    "\t\taddress = \"::1\";\n"
    "\t\tport = 0;\n"
    "\t\tbacklog = 4096;\n"
    "\t\tmax_sessions = 0;\n"
    "\t\tproxy_protocol = false;\n"
    "\t\ttcp = {\n"
    "\t\t\tuser_timeout_ms = 0;\n"
    "\t\t\tkeepalive_ms = 0;\n"
    "\t\t\tkeepalive_interval_ms = 75000;\n"
    "\t\t\tkeepalive_probes = 9;\n"
    "\t\t};\n"
    "\t}\n"
    ");\n"
    "endpoints = (\n"
    "\t{\n"
    "\t\tpath = \"/\";\n"
    "\t\tmodule = \"m\";\n"
    "\t\tqueue_policy = \"pause-reading\";\n"
    "\t\traw = false;\n"
    "\t\tauth = {\n"
    "\t\t\ttype = \"off\";\n"
    "\t\t};\n"
    "\t\tlimits = {\n"
    "\t\t\tmax_sessions = 100000;\n"
    "\t\t\tmax_message_bytes = 1048576;\n"
    "\t\t\tmax_frame_bytes = 1048576;\n"
    "\t\t\tqueue_bytes = 1048576;\n"
    "\t\t\tclose_timeout_ms = 5000;\n"
    "\t\t\tasync_max = 16;\n"
    "\t\t\tmessages_per_second = 0;\n"
    "\t\t\tbytes_per_second = 0;\n"
    "\t\t\trate_policy = \"delay\";\n"
    "\t\t\tmax_age_ms = 0;\n"
    "\t\t\tmax_age_jitter = 10;\n"
    "\t\t};\n"
    "\t\tkeepalive = {\n"
    "\t\t\tping_interval_ms = 25000;\n"
    "\t\t\ttimeout_ms = 15000;\n"
    "\t\t\tany_traffic = false;\n"
    "\t\t};\n"
    "\t\tdeflate = {\n"
    "\t\t\tenabled = true;\n"
    "\t\t\tlevel = 1;\n"
    "\t\t\tmin_bytes = 256;\n"
    "\t\t\tserver_takeover = false;\n"
    "\t\t\tclient_takeover = false;\n"
    "\t\t\tserver_window_bits = 15;\n"
    "\t\t\tclient_window_bits = 15;\n"
    "\t\t\tmemory_level = 5;\n"
    "\t\t};\n"
    "\t}\n"
    ");\n";

START_TEST(prints_defaults_too)
{
	struct conf *conf;
	char *text;

	text_file_write("a.conf", smallest);
	conf = text_file_load_good("a.conf");
	text = text_file_print(conf);
	ck_assert_str_eq(text, smallest_printed);
	free(text);
	conf_free(&conf);
}
END_TEST

static void
assert_same_setting(const struct setting *a, const struct setting *b)
{
	ck_assert_str_eq(a->name, b->name);
	ck_assert_int_eq(a->type, b->type);
	ck_assert_pstr_eq(a->string, b->string);
	ck_assert_int_eq(a->integer, b->integer);
	ck_assert_double_eq(a->number, b->number);
}

/*
 * Printing is by the table and could leave out the same thing twice; settings
 * are compared one by one.
 */
START_TEST(what_is_printed_loads_to_the_same)
{
	struct conf *conf, *again;
	char *first, *second;

	text_file_write("a.conf", fullest);
	conf = text_file_load_good("a.conf");
	first = text_file_print(conf);
	text_file_write("b.conf", first);
	again = text_file_load_good("b.conf");
	second = text_file_print(again);
	ck_assert_str_eq(first, second);
	ck_assert_uint_eq(conf->endpoints[0].setting_count, 9);
	ck_assert_uint_eq(again->endpoints[0].setting_count, 9);
	for (size_t i = 0; i < 9; i++)
		assert_same_setting(&conf->endpoints[0].settings[i],
		    &again->endpoints[0].settings[i]);
	free(first);
	free(second);
	conf_free(&conf);
	conf_free(&again);
}
END_TEST

START_TEST(says_when_the_stream_failed)
{
	struct conf *conf;
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	text_file_write("a.conf", smallest);
	conf = text_file_load_good("a.conf");
	ck_assert_int_eq(conf_print(conf, full), -1);
	ck_assert_int_eq(errno, ENOSPC);
	fclose(full);
	conf_free(&conf);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("print");
	TCase *tc = tcase_create("print");

	tcase_add_checked_fixture(tc, text_file_enter, text_file_leave);
	tcase_add_test(tc, prints_defaults_too);
	tcase_add_test(tc, what_is_printed_loads_to_the_same);
	tcase_add_test(tc, says_when_the_stream_failed);
	suite_add_tcase(suite, tc);
	return suite;
}
