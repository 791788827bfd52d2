/*
 * The client's side of the opening handshake: what it writes, which our own
 * server must let in, and which answers open the connection.
 */
#include "proto/handshake_client.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/harness.h"
#include "tests/unit/proto/head_sample.h"

/* The key of RFC 6455 §1.3, and what it is answered with. */
#define KEY_TEXT    "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT_TEXT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static const struct span offered[] = {
    SPAN_LITERAL("chat"), SPAN_LITERAL("v2.x")};

static struct handshake_client
client_plain(void)
{
	struct handshake_client client = {
	    .host = SPAN_LITERAL("h:1"),
	    .path = SPAN_LITERAL("/"),
	};

	memcpy(client.key, KEY_TEXT, sizeof(client.key));
	return client;
}

static struct handshake_client
client_full(void)
{
	struct handshake_client client = client_plain();

	client.path = SPAN_LITERAL("/a/b");
	client.query = SPAN_LITERAL("c?d");
	client.origin = SPAN_LITERAL("https://o");
	client.subprotocols = offered;
	client.subprotocol_count = ARRAY_LENGTH(offered);
	client.extensions = SPAN_LITERAL("permessage-deflate");
	client.extra_lines = SPAN_LITERAL("Cookie: x\r\nA: b\r\n");
	return client;
}

#define STANDARD                              \
	"Upgrade: websocket\r\n"              \
	"Connection: Upgrade\r\n"             \
	"Sec-WebSocket-Key: " KEY_TEXT "\r\n" \
	"Sec-WebSocket-Version: 13\r\n"
#define PLAIN "GET / HTTP/1.1\r\nHost: h:1\r\n" STANDARD "\r\n"
#define FULL                                              \
	"GET /a/b?c?d HTTP/1.1\r\nHost: h:1\r\n" STANDARD \
	"Origin: https://o\r\n"                           \
	"Sec-WebSocket-Protocol: chat, v2.x\r\n"          \
	"Sec-WebSocket-Extensions: permessage-deflate"    \
	"\r\nCookie: x\r\nA: b\r\n\r\n"

START_TEST(makes_the_key_of_the_rfc)
{
	char key[HANDSHAKE_KEY_LENGTH];

	handshake_client_key((const uint8_t *)"the sample nonce", key);
	assert_span(span_from(key, sizeof(key)), KEY_TEXT);
}
END_TEST

START_TEST(writes_what_is_asked_for_and_no_more)
{
	const struct handshake_client plain = client_plain();
	const struct handshake_client full = client_full();
	char buffer[512];
	size_t length;

	length = handshake_client_write(&plain, buffer, sizeof(buffer));
	assert_span(span_from(buffer, length), PLAIN);
	length = handshake_client_write(&full, buffer, sizeof(buffer));
	assert_span(span_from(buffer, length), FULL);
}
END_TEST

START_TEST(writes_whole_or_not_at_all)
{
	enum { WHOLE = sizeof(FULL) - 1 };
	const struct handshake_client client = client_full();
	char *buffer;

	for (size_t size = 0; size <= WHOLE; size++) {
		buffer = malloc(size > 0 ? size : 1);
		ck_assert_ptr_nonnull(buffer);
		ck_assert_uint_eq(handshake_client_write(&client, buffer, size),
		    size < WHOLE ? 0 : WHOLE);
		free(buffer);
	}
}
END_TEST

START_TEST(needs_no_more_than_it_says)
{
	const struct handshake_client client = client_full();
	size_t spans = client.host.length + client.path.length +
	    client.query.length + client.origin.length + offered[0].length +
	    offered[1].length + client.extensions.length +
	    client.extra_lines.length;

	ck_assert_uint_le(sizeof(FULL) - 1, 256 + spans + 2 * 2);
}
END_TEST

START_TEST(is_let_in_by_the_server)
{
	const struct handshake_client client = client_full();
	const struct handshake_answer answer = {.subprotocol = offered[1]};
	const struct http_head *request, *response;
	struct head_sample server, own;
	struct proto_error error;
	const char *text;
	char buffer[512];

	buffer[handshake_client_write(&client, buffer, sizeof(buffer))] = '\0';
	request = head_sample_request(&server, buffer);
	ck_assert_int_eq(handshake_check(request, &error), 0);
	assert_span(
	    http_slice_get(request->bytes, request->parser->query), "c?d");
	buffer[handshake_write_accept(
	    request, &answer, buffer, sizeof(buffer))] = '\0';
	response = head_sample_response(&own, buffer);
	ck_assert_int_eq(handshake_client_judge(&client, response, &text),
	    HANDSHAKE_ACCEPTED);
}
END_TEST

#define S101       "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE    "Upgrade: websocket\r\n"
#define CONNECTION "Connection: Upgrade\r\n"
#define ACCEPT     "Sec-WebSocket-Accept: " ACCEPT_TEXT "\r\n"
#define END        "\r\n"

#define WITH(lines)           S101 UPGRADE CONNECTION ACCEPT lines END
#define WITH_UPGRADE(line)    S101 line CONNECTION ACCEPT END
#define WITH_CONNECTION(line) S101 UPGRADE line ACCEPT END
#define WITH_ACCEPT(value) \
	S101 UPGRADE CONNECTION "Sec-WebSocket-Accept:" value "\r\n" END
#define PROTOCOL(value)  WITH("Sec-WebSocket-Protocol: " value "\r\n")
#define EXTENSION(value) WITH("Sec-WebSocket-Extensions: " value "\r\n")

struct answer {
	const char *head;
	enum handshake_verdict answer;
	const char *error; /* how it begins */
};

/* To a client that offered subprotocols and extensions. */
static const struct answer answers[] = {
    {WITH(""), HANDSHAKE_ACCEPTED, NULL},
    {"HTTP/1.1 101\r\n" ACCEPT "UPGRADE: WebSocket\r\ncOnnection: uPGRADE\r\n"
     "Server: x\r\n" END,
        HANDSHAKE_ACCEPTED, NULL},
    {"HTTP/1.2 101 x\r\n" UPGRADE CONNECTION ACCEPT END, HANDSHAKE_ACCEPTED,
        NULL},
    {WITH_CONNECTION("Connection: keep-alive\r\nConnection: a, upgrade\r\n"),
        HANDSHAKE_ACCEPTED, NULL},
    {PROTOCOL("chat"), HANDSHAKE_ACCEPTED, NULL},
    {PROTOCOL("v2.x"), HANDSHAKE_ACCEPTED, NULL},
    {EXTENSION("anything"), HANDSHAKE_ACCEPTED, NULL},
    /* interim: whatever they hold */
    {"HTTP/1.1 100 Continue\r\n" END, HANDSHAKE_INTERIM, NULL},
    {"HTTP/1.1 102 x\r\n" END, HANDSHAKE_INTERIM, NULL},
    {"HTTP/1.1 103 x\r\n" UPGRADE END, HANDSHAKE_INTERIM, NULL},
    {"HTTP/1.1 199 x\r\n" END, HANDSHAKE_INTERIM, NULL},
    /* 1. */
    {"HTTP/1.1 200 OK\r\n" UPGRADE CONNECTION ACCEPT END, HANDSHAKE_REFUSED,
        "the server"},
    {"HTTP/1.1 301 x\r\nLocation: /b\r\n" END, HANDSHAKE_REFUSED, "the server"},
    {"HTTP/1.1 401 x\r\n" END, HANDSHAKE_REFUSED, "the server"},
    {"HTTP/1.1 426 x\r\nSec-WebSocket-Version: 8\r\n" END, HANDSHAKE_REFUSED,
        "the server"},
    {"HTTP/1.0 503 x\r\n" END, HANDSHAKE_REFUSED, "the server"},
    {"HTTP/1.0 101 x\r\n" UPGRADE CONNECTION ACCEPT END, HANDSHAKE_WRONG,
        "an upgrade"},
    /* 2. */
    {WITH_UPGRADE(""), HANDSHAKE_WRONG, "Upgrade"},
    {WITH_UPGRADE("Upgrade:\r\n"), HANDSHAKE_WRONG, "Upgrade"},
    {WITH_UPGRADE("Upgrade: h2c\r\n"), HANDSHAKE_WRONG, "Upgrade"},
    {WITH_UPGRADE("Upgrade: websockets\r\n"), HANDSHAKE_WRONG, "Upgrade"},
    {WITH_UPGRADE("Upgrade: websocket, h2c\r\n"), HANDSHAKE_WRONG, "Upgrade"},
    {WITH_UPGRADE(UPGRADE UPGRADE), HANDSHAKE_WRONG, "Upgrade"},
    /* 3. */
    {WITH_CONNECTION(""), HANDSHAKE_WRONG, "Connection"},
    {WITH_CONNECTION("Connection: close\r\n"), HANDSHAKE_WRONG, "Connection"},
    {WITH_CONNECTION("Connection: not upgrade\r\n"), HANDSHAKE_WRONG,
        "Connection"},
    /* 4. */
    {S101 UPGRADE CONNECTION END, HANDSHAKE_WRONG, "missing or wrong"},
    {WITH_ACCEPT(""), HANDSHAKE_WRONG, "missing or wrong"},
    {WITH_ACCEPT(" " KEY_TEXT), HANDSHAKE_WRONG, "missing or wrong"},
    {WITH_ACCEPT("S3pPLMBiTxaQ9kYGzzhZRbK+xOo="), HANDSHAKE_WRONG,
        "missing or wrong"},
    {WITH_ACCEPT(ACCEPT_TEXT "="), HANDSHAKE_WRONG, "missing or wrong"},
    {WITH_ACCEPT("\"" ACCEPT_TEXT "\""), HANDSHAKE_WRONG, "missing or wrong"},
    {WITH_ACCEPT("s3pPLMBiTxaQ9kYGzzhZRbK+xOo"), HANDSHAKE_WRONG,
        "missing or wrong"},
    /* 6. */
    {PROTOCOL(""), HANDSHAKE_WRONG, "this subprotocol"},
    {PROTOCOL("Chat"), HANDSHAKE_WRONG, "this subprotocol"},
    {PROTOCOL("chat, v2.x"), HANDSHAKE_WRONG, "this subprotocol"},
    {PROTOCOL("other"), HANDSHAKE_WRONG, "this subprotocol"},
};

static void
check_answer(const struct handshake_client *client, const struct answer *wanted)
{
	struct head_sample sample;
	const struct http_head *response =
	    head_sample_response(&sample, wanted->head);
	const char *error = "";
	enum handshake_verdict answer =
	    handshake_client_judge(client, response, &error);

	ck_assert_msg(answer == wanted->answer, "%s", wanted->head);
	if (wanted->error != NULL)
		ck_assert_msg(
		    strncmp(error, wanted->error, strlen(wanted->error)) == 0,
		    "'%s' for %s", error, wanted->head);
}

START_TEST(judges_answers)
{
	const struct handshake_client client = client_full();

	check_answer(&client, &answers[_i]);
}
END_TEST

START_TEST(accepts_nothing_that_was_not_offered)
{
	static const struct answer unasked[] = {
	    {WITH(""), HANDSHAKE_ACCEPTED, NULL},
	    {PROTOCOL("chat"), HANDSHAKE_WRONG, "this subprotocol"},
	    {PROTOCOL(""), HANDSHAKE_WRONG, "this subprotocol"},
	    {EXTENSION("permessage-deflate"), HANDSHAKE_WRONG, "no extension"},
	    {EXTENSION(""), HANDSHAKE_WRONG, "no extension"},
	};
	const struct handshake_client client = client_plain();

	for (size_t i = 0; i < ARRAY_LENGTH(unasked); i++)
		check_answer(&client, &unasked[i]);
}
END_TEST

START_TEST(accepts_no_answer_to_another_key)
{
	const struct answer answer = {
	    WITH(""), HANDSHAKE_WRONG, "missing or wrong"};
	struct handshake_client client = client_plain();

	client.key[0] = 'e';
	check_answer(&client, &answer);
}
END_TEST

START_TEST(takes_requests_that_are_in_order)
{
	struct handshake_client client = client_plain();
	const char *error;

	ck_assert_int_eq(handshake_client_check(&client, &error), 0);
	client = client_full();
	ck_assert_int_eq(handshake_client_check(&client, &error), 0);
	client.host = SPAN_LITERAL("[::1]:65535");
	ck_assert_int_eq(handshake_client_check(&client, &error), 0);
	client.origin = SPAN_LITERAL("null");
	ck_assert_int_eq(handshake_client_check(&client, &error), 0);
}
END_TEST

/* Fails unless the client is refused with an error that begins so. */
static void
assert_refused(const struct handshake_client *client, const char *wanted)
{
	const char *error = "";

	ck_assert_int_eq(handshake_client_check(client, &error), -1);
	ck_assert_msg(strncmp(error, wanted, strlen(wanted)) == 0, "%s", error);
}

START_TEST(refuses_spans_that_would_break_the_head)
{
	static const struct {
		struct span span;
		size_t field;
		const char *error;
	} samples[] = {
#define IN(name) offsetof(struct handshake_client, name)
	    {SPAN_LITERAL(""), IN(host), "malformed host"},
	    {SPAN_LITERAL("a b"), IN(host), "malformed host"},
	    {SPAN_LITERAL("a\r\nX: y"), IN(host), "malformed host"},
	    {SPAN_LITERAL("a/"), IN(host), "malformed host"},
	    {SPAN_LITERAL(""), IN(path), "malformed path"},
	    {SPAN_LITERAL("a"), IN(path), "malformed path"},
	    {SPAN_LITERAL("/a b"), IN(path), "malformed path"},
	    {SPAN_LITERAL("/a#"), IN(path), "malformed path"},
	    {SPAN_LITERAL("/a?b"), IN(path), "malformed path"},
	    {SPAN_LITERAL("/\xc3\xa9"), IN(path), "malformed path"},
	    {SPAN_LITERAL("/a HTTP/1.1\r\n"), IN(path), "malformed path"},
	    {SPAN_LITERAL("a b"), IN(query), "malformed path"},
	    {SPAN_LITERAL("a#"), IN(query), "malformed path"},
	    {SPAN_LITERAL("a\r\n"), IN(query), "malformed path"},
	    {SPAN_LITERAL("a b"), IN(origin), "malformed origin"},
	    {SPAN_LITERAL("a\r\nX: y"), IN(origin), "malformed origin"},
	    {SPAN_LITERAL("a\0"), IN(origin), "malformed origin"},
	    {SPAN_LITERAL("A: b"), IN(extra_lines), "header lines"},
	    {SPAN_LITERAL("Host: b\r\n"), IN(extra_lines), "this header"},
#undef IN
	};

	for (size_t i = 0; i < ARRAY_LENGTH(samples); i++) {
		struct handshake_client client = client_full();

		memcpy((char *)&client + samples[i].field, &samples[i].span,
		    sizeof(struct span));
		assert_refused(&client, samples[i].error);
	}
}
END_TEST

START_TEST(refuses_subprotocols_that_no_server_would_take)
{
	static const struct span lists[][2] = {
	    {SPAN_LITERAL("a"), SPAN_LITERAL("a")},
	    {SPAN_LITERAL("a"), SPAN_LITERAL("")},
	    {SPAN_LITERAL("a b"), SPAN_LITERAL("c")},
	    {SPAN_LITERAL("a,b"), SPAN_LITERAL("c")},
	    {SPAN_LITERAL("a"), SPAN_LITERAL("b\r\n")},
	};
	struct handshake_client client = client_plain();

	client.subprotocol_count = 2;
	for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
		client.subprotocols = lists[i];
		assert_refused(&client, "malformed or repeated subprotocol");
	}
}
END_TEST

START_TEST(bounds_the_number_of_subprotocols)
{
	enum { MAX = HANDSHAKE_SUBPROTOCOLS_MAX };
	struct handshake_client client = client_plain();
	struct span many[MAX + 1];
	char names[MAX + 1][4];
	const char *error;

	for (unsigned i = 0; i <= MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "p%u", i);
		many[i] = span_from_string(names[i]);
	}
	client.subprotocols = many;
	client.subprotocol_count = MAX;
	ck_assert_int_eq(handshake_client_check(&client, &error), 0);
	client.subprotocol_count = MAX + 1;
	assert_refused(&client, "malformed or repeated subprotocol");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("handshake_client");
	TCase *tcase = tcase_create("handshake_client");

	tcase_add_test(tcase, makes_the_key_of_the_rfc);
	tcase_add_test(tcase, writes_what_is_asked_for_and_no_more);
	tcase_add_test(tcase, writes_whole_or_not_at_all);
	tcase_add_test(tcase, needs_no_more_than_it_says);
	tcase_add_test(tcase, is_let_in_by_the_server);
	tcase_add_loop_test(tcase, judges_answers, 0, ARRAY_LENGTH(answers));
	tcase_add_test(tcase, accepts_nothing_that_was_not_offered);
	tcase_add_test(tcase, accepts_no_answer_to_another_key);
	tcase_add_test(tcase, takes_requests_that_are_in_order);
	tcase_add_test(tcase, refuses_spans_that_would_break_the_head);
	tcase_add_test(tcase, refuses_subprotocols_that_no_server_would_take);
	tcase_add_test(tcase, bounds_the_number_of_subprotocols);
	suite_add_tcase(suite, tcase);
	return suite;
}
