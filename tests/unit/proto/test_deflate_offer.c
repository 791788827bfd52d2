/* permessage-deflate: which offers are taken, and how they are answered. */
#include "proto/deflate_offer.h"

#include <stdio.h>

#include "tests/unit/harness.h"
#include "tests/unit/proto/head_sample.h"

#define PMD    "permessage-deflate"
#define S_NO   "; server_no_context_takeover"
#define C_NO   "; client_no_context_takeover"
#define S_BITS "; server_max_window_bits"
#define C_BITS "; client_max_window_bits"
#define LINE   "\r\nSec-WebSocket-Extensions: "

static const struct deflate_config disabled = {
    .server_window_bits = 15, .client_window_bits = 15};
static const struct deflate_config usual = {
    .is_enabled = true, .server_window_bits = 15, .client_window_bits = 15};
static const struct deflate_config generous = {
    .is_enabled = true,
    .server_takeover = true,
    .client_takeover = true,
    .server_window_bits = 15,
    .client_window_bits = 15,
};
static const struct deflate_config narrow = {
    .is_enabled = true,
    .server_takeover = true,
    .client_takeover = true,
    .server_window_bits = 11,
    .client_window_bits = 10,
};

static const struct {
	const struct deflate_config *config;
	const char *offer;    /* may go on in further lines */
	const char *response; /* NULL: none is accepted */
} offers[] = {
    /* without takeover, whether that is offered or not */
    {&usual, PMD, PMD S_NO C_NO},
    {&usual, PMD S_NO, PMD S_NO C_NO},
    {&usual, PMD C_NO, PMD S_NO C_NO},
    {&usual, PMD C_NO S_NO, PMD S_NO C_NO},
    {&usual, PMD C_BITS, PMD S_NO C_NO},
    {&disabled, PMD, NULL},
    /* with it, unless the client forbids */
    {&generous, PMD, PMD},
    {&generous, PMD S_NO, PMD S_NO},
    {&generous, PMD C_NO, PMD C_NO},
    {&generous, PMD S_NO C_NO, PMD S_NO C_NO},
    /* RFC 7692 sections 7.1.1 to 7.1.3 */
    {&generous, PMD S_BITS "=10", PMD S_BITS "=10"},
    {&generous, PMD C_BITS, PMD},
    {&generous, PMD C_BITS "=10", PMD C_BITS "=10"},
    {&generous, PMD C_BITS S_BITS "=10", PMD S_BITS "=10"},
    {&generous, PMD C_BITS S_BITS "=10, " PMD C_BITS, PMD S_BITS "=10"},
    {&generous, PMD S_BITS "=8, " PMD C_BITS, PMD},
    /* windows: what was asked is stated, what is ours alone as well */
    {&generous, PMD S_BITS "=15", PMD S_BITS "=15"},
    {&generous, PMD S_BITS "=9", PMD S_BITS "=9"},
    {&generous, PMD C_BITS "=8", PMD C_BITS "=8"},
    {&generous, PMD C_BITS "=9", PMD C_BITS "=9"},
    {&generous, PMD C_BITS "=15", PMD},
    {&narrow, PMD C_BITS, PMD S_BITS "=11" C_BITS "=10"},
    {&narrow, PMD C_BITS "=15" S_BITS "=15", PMD S_BITS "=11" C_BITS "=10"},
    {&narrow, PMD C_BITS "=9" S_BITS "=9", PMD S_BITS "=9" C_BITS "=9"},
    /* a client that has no such parameter gets no takeover instead */
    {&narrow, PMD, PMD C_NO S_BITS "=11"},
    /* other forms of writing the same */
    {&generous, PMD S_BITS "=\"10\"", PMD S_BITS "=10"},
    {&generous, PMD S_BITS "=\"\\1\\0\"", PMD S_BITS "=10"},
    {&generous, PMD ";server_max_window_bits = 10", PMD S_BITS "=10"},
    /* the first that suits, over all lines */
    {&generous, "x-webkit-deflate-frame, " PMD, PMD},
    {&generous, PMD "x, " PMD, PMD},
    {&generous, "foo" LINE PMD S_NO LINE PMD, PMD S_NO},
    {&generous, "foo; a=\"b\", , " PMD, PMD},
    {&generous, PMD "; foo, " PMD S_NO, PMD S_NO},
    /* declined: names */
    {&generous, "", NULL},
    {&generous, "foo", NULL},
    {&generous, PMD "s", NULL},
    {&generous, "permessage-deflat", NULL},
    {&generous, "Permessage-Deflate", NULL},
    {&generous, PMD "; foo", NULL},
    {&generous, PMD "; server_max_window_bit=10", NULL},
    {&generous, PMD "; Server_no_context_takeover", NULL},
    /* declined: repeated */
    {&generous, PMD S_NO S_NO, NULL},
    {&generous, PMD C_NO S_NO C_NO, NULL},
    {&generous, PMD S_BITS "=10" S_BITS "=10", NULL},
    {&generous, PMD C_BITS C_BITS "=10", NULL},
    {&generous, PMD C_BITS C_BITS, NULL},
    /* declined: values that may not be there, or must */
    {&generous, PMD S_NO "=1", NULL},
    {&generous, PMD S_NO "=10", NULL},
    {&generous, PMD C_NO "=true", NULL},
    {&generous, PMD S_BITS, NULL},
    /* declined: windows */
    {&generous, PMD S_BITS "=7", NULL},
    {&generous, PMD S_BITS "=8", NULL},
    {&generous, PMD S_BITS "=16", NULL},
    {&generous, PMD S_BITS "=19", NULL},
    {&generous, PMD S_BITS "=20", NULL},
    {&generous, PMD S_BITS "=100", NULL},
    {&generous, PMD S_BITS "=08", NULL},
    {&generous, PMD S_BITS "=09", NULL},
    {&generous, PMD S_BITS "=010", NULL},
    {&generous, PMD S_BITS "=+9", NULL},
    {&generous, PMD S_BITS "=-9", NULL},
    {&generous, PMD S_BITS "=9.0", NULL},
    {&generous, PMD S_BITS "=0x9", NULL},
    {&generous, PMD S_BITS "=1x", NULL},
    {&generous, PMD S_BITS "=a", NULL},
    {&generous, PMD C_BITS "=0", NULL},
    {&generous, PMD C_BITS "=7", NULL},
    {&generous, PMD C_BITS "=16", NULL},
    {&generous, PMD C_BITS "=08", NULL},
    {&generous, PMD C_BITS "=+9", NULL},
    {&generous, PMD C_BITS "=1.5", NULL},
    /* declined: malformed anywhere */
    {&generous, PMD ";", NULL},
    {&generous, PMD C_BITS "=", NULL},
    {&generous, PMD C_BITS "=\"\"", NULL},
    {&generous, PMD C_BITS "=\"10", NULL},
    {&generous, PMD ", foo bar", NULL},
    {&generous, PMD LINE "foo;", NULL},
};

static const struct http_head *
request_read(struct head_sample *sample, const char *offer, char head[1024])
{
	snprintf(head, 1024,
	    "GET / HTTP/1.1\r\nHost: h\r\nSec-WebSocket-Extensions: %s\r\n\r\n",
	    offer);
	return head_sample_request(sample, head);
}

START_TEST(answers_offers)
{
	struct head_sample sample;
	struct deflate_params params;
	char value[DEFLATE_VALUE_SIZE], head[1024];
	bool is_accepted = deflate_accept(offers[_i].config,
	    request_read(&sample, offers[_i].offer, head), &params);

	ck_assert_msg(is_accepted == (offers[_i].response != NULL), "%s",
	    offers[_i].offer);
	if (!is_accepted)
		return;
	ck_assert_uint_eq(
	    deflate_write_response(&params, value), strlen(value));
	ck_assert_str_eq(value, offers[_i].response);
}
END_TEST

static void
assert_params(const struct deflate_params *got, uint8_t server_bits,
    uint8_t client_bits, const char *takeover)
{
	ck_assert_uint_eq(got->server.window_bits, server_bits);
	ck_assert_uint_eq(got->client.window_bits, client_bits);
	ck_assert(got->server.has_takeover == (strchr(takeover, 's') != NULL));
	ck_assert(got->client.has_takeover == (strchr(takeover, 'c') != NULL));
}

/* The response leaves out what goes without saying; the params do not. */
START_TEST(gives_what_was_agreed)
{
	static const struct {
		const struct deflate_config *config;
		const char *offer;
		uint8_t server, client;
		const char *takeover;
	} agreed[] = {
	    {&usual, PMD, 15, 15, ""},
	    {&usual, PMD S_BITS "=10" C_BITS "=8", 10, 8, ""},
	    {&generous, PMD, 15, 15, "sc"},
	    {&generous, PMD S_NO C_BITS "=12", 15, 12, "c"},
	    {&generous, PMD C_NO C_BITS, 15, 15, "s"},
	    {&narrow, PMD, 11, 15, "s"},
	    {&narrow, PMD C_BITS, 11, 10, "sc"},
	};
	struct head_sample sample;
	struct deflate_params params;
	char head[1024];

	for (size_t i = 0; i < ARRAY_LENGTH(agreed); i++) {
		ck_assert(deflate_accept(agreed[i].config,
		    request_read(&sample, agreed[i].offer, head), &params));
		assert_params(&params, agreed[i].server, agreed[i].client,
		    agreed[i].takeover);
	}
}
END_TEST

START_TEST(offers_as_a_client)
{
	char value[DEFLATE_VALUE_SIZE];
	struct deflate_config all = narrow;

	ck_assert_uint_eq(deflate_write_offer(&usual, value), strlen(value));
	ck_assert_str_eq(value, PMD S_NO C_NO C_BITS);
	deflate_write_offer(&generous, value);
	ck_assert_str_eq(value, PMD C_BITS);
	all.server_takeover = all.client_takeover = false;
	ck_assert_uint_eq(
	    deflate_write_offer(&all, value), DEFLATE_VALUE_SIZE - 1);
	ck_assert_str_eq(value, PMD S_NO C_NO S_BITS "=11" C_BITS "=10");
}
END_TEST

static const struct {
	const struct deflate_config *config;
	const char *value;
	uint8_t server, client; /* 0: refused */
	const char *takeover;
} responses[] = {
    {&usual, PMD S_NO, 15, 15, ""},
    {&usual, PMD S_NO C_NO, 15, 15, ""},
    {&usual, PMD S_NO S_BITS "=8" C_BITS "=9", 8, 9, ""},
    {&generous, PMD, 15, 15, "sc"},
    {&generous, PMD S_NO, 15, 15, "c"},
    {&generous, PMD C_NO S_BITS "=\"12\"", 12, 15, "s"},
    {&narrow, PMD S_BITS "=11", 11, 10, "sc"},
    {&narrow, PMD S_BITS "=9" C_BITS "=10", 9, 10, "sc"},
    /* what was not offered, or is more than that */
    {&disabled, PMD S_NO C_NO, 0, 0, ""},
    {&usual, "foo", 0, 0, ""},
    {&usual, PMD S_NO ", foo", 0, 0, ""},
    {&usual, PMD S_NO ", " PMD S_NO, 0, 0, ""},
    {&usual, PMD, 0, 0, ""},
    {&usual, PMD C_NO, 0, 0, ""},
    {&narrow, PMD, 0, 0, ""},
    {&narrow, PMD S_BITS "=12", 0, 0, ""},
    {&narrow, PMD S_BITS "=11" C_BITS "=11", 0, 0, ""},
    /* a window that we cannot keep to */
    {&generous, PMD C_BITS "=8", 0, 0, ""},
    /* malformed */
    {&generous, "", 0, 0, ""},
    {&generous, PMD C_BITS, 0, 0, ""},
    {&generous, PMD S_BITS, 0, 0, ""},
    {&generous, PMD C_BITS "=16", 0, 0, ""},
    {&generous, PMD "; foo", 0, 0, ""},
    {&generous, PMD S_NO S_NO, 0, 0, ""},
    {&generous, PMD S_NO "=1", 0, 0, ""},
    {&generous, PMD ";", 0, 0, ""},
};

START_TEST(judges_responses)
{
	struct deflate_params params;
	int rc = deflate_confirm(responses[_i].config,
	    span_from_string(responses[_i].value), &params);

	ck_assert_msg(rc == (responses[_i].server > 0 ? 0 : -1), "%s",
	    responses[_i].value);
	if (rc == 0)
		assert_params(&params, responses[_i].server,
		    responses[_i].client, responses[_i].takeover);
}
END_TEST

/* Both roles of ours understand each other, and the same thing. */
START_TEST(both_sides_agree)
{
	const struct deflate_config *const configs[] = {
	    &usual, &generous, &narrow};
	const struct deflate_config *server = configs[_i / 3];
	const struct deflate_config *client = configs[_i % 3];
	struct head_sample sample;
	struct deflate_params ours, theirs;
	char value[DEFLATE_VALUE_SIZE], head[1024];

	deflate_write_offer(client, value);
	ck_assert(
	    deflate_accept(server, request_read(&sample, value, head), &ours));
	deflate_write_response(&ours, value);
	ck_assert_int_eq(
	    deflate_confirm(client, span_from_string(value), &theirs), 0);
	ck_assert_uint_eq(ours.server.window_bits, theirs.server.window_bits);
	ck_assert_uint_eq(ours.client.window_bits, theirs.client.window_bits);
	ck_assert(ours.server.has_takeover == theirs.server.has_takeover);
	ck_assert(ours.client.has_takeover == theirs.client.has_takeover);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("deflate_offer");
	TCase *tcase = tcase_create("deflate_offer");

	tcase_add_loop_test(tcase, answers_offers, 0, ARRAY_LENGTH(offers));
	tcase_add_test(tcase, gives_what_was_agreed);
	tcase_add_test(tcase, offers_as_a_client);
	tcase_add_loop_test(
	    tcase, judges_responses, 0, ARRAY_LENGTH(responses));
	tcase_add_loop_test(tcase, both_sides_agree, 0, 9);
	suite_add_tcase(suite, tcase);
	return suite;
}
