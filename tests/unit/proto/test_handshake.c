/* The opening handshake: what is let in, and what else is answered how. */
#include <check.h>
#include <stdio.h>

#include "proto/handshake.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/head_sample.h"

/* The key of RFC 6455 §1.3, and what it is answered with. */
#define KEY_TEXT    "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT_TEXT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define GET        "GET / HTTP/1.1\r\nHost: h\r\n"
#define UPGRADE    "Upgrade: websocket\r\n"
#define CONNECTION "Connection: Upgrade\r\n"
#define VERSION    "Sec-WebSocket-Version: 13\r\n"
#define KEY        "Sec-WebSocket-Key: " KEY_TEXT "\r\n"
#define END        "\r\n"

#define WITH(lines)        GET UPGRADE CONNECTION VERSION KEY lines END
#define WITH_KEY(key)      GET UPGRADE CONNECTION VERSION key END
#define WITH_VERSION(line) GET UPGRADE CONNECTION KEY line END
#define OFFER(list)        WITH("Sec-WebSocket-Protocol: " list "\r\n")

static const struct {
	unsigned status; /* 0: let in */
	const char *head;
} samples[] = {
    {0, WITH("")},
    {0, WITH("Origin: http://h\r\n")},
    {0, WITH("Content-Length: 0\r\n")},
    {0, GET KEY VERSION "UPGRADE: WebSocket\r\ncOnnection: uPGRADE\r\n" END},
    {0,
        GET KEY VERSION
        "Upgrade: h2c, websocket\r\n"
        "Connection: keep-alive\r\nConnection: a, upgrade\r\n" END},
    /* bits that no byte takes, as in RFC 6455 section 4.1 */
    {0, WITH_KEY("Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==\r\n")},
    {0, OFFER("chat")},
    {0, OFFER("a, B, b,, c")},
    {0, OFFER("a\r\nSec-WebSocket-Protocol: b")},
    /* 405 comes before all else */
    {405, "POST / HTTP/1.1\r\nHost: h\r\n" UPGRADE CONNECTION VERSION KEY END},
    {405, "get / HTTP/1.1\r\nHost: h\r\n" UPGRADE CONNECTION VERSION KEY END},
    {405, "HEAD / HTTP/1.0\r\n\r\n"},
    {405, "GETS / HTTP/1.1\r\nHost: h\r\n" END},
    /* no upgrade */
    {426, GET END},
    {426, "GET / HTTP/1.0\r\n" UPGRADE CONNECTION VERSION KEY END},
    {426, GET CONNECTION VERSION KEY END},
    {426, GET UPGRADE VERSION KEY END},
    {426, GET "Upgrade: websocket/13\r\n" CONNECTION VERSION KEY END},
    {426, GET "Upgrade: websockets\r\n" CONNECTION VERSION KEY END},
    {426, GET "Upgrade: h2c\r\n" CONNECTION VERSION KEY END},
    {426, GET UPGRADE "Connection: close\r\n" VERSION KEY END},
    {426, GET UPGRADE "Connection: not-upgrade\r\n" VERSION KEY END},
    {426, GET UPGRADE "Connection: keep-alive upgrade\r\n" VERSION KEY END},
    /* version, before the key */
    {426, WITH_VERSION("")},
    {426, WITH_VERSION("Sec-WebSocket-Version:\r\n")},
    {426, WITH_VERSION("Sec-WebSocket-Version: 8\r\n")},
    {426, WITH_VERSION("Sec-WebSocket-Version: 14\r\n")},
    {426, WITH_VERSION("Sec-WebSocket-Version: 013\r\n")},
    {426, WITH_VERSION("Sec-WebSocket-Version: +13\r\n")},
    {426, WITH_VERSION("Sec-WebSocket-Version: 13, 8\r\n")},
    {426, GET UPGRADE CONNECTION "Content-Length: 1\r\n" END},
    /* key */
    {400, WITH_KEY("")},
    {400, WITH_KEY("Sec-WebSocket-Key:\r\n")},
    {400, WITH_KEY("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n")},
    {400, WITH_KEY("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTE=\r\n")},
    {400, WITH_KEY("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n")},
    {400, WITH_KEY("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n")},
    {400, WITH_KEY("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ===\r\n")},
    {400, WITH_KEY("Sec-WebSocket-Key: dGhl-HNhbXBsZSBub25jZQ==\r\n")},
    {400, WITH_KEY("Sec-WebSocket-Key: dGhl HNhbXBsZSBub25jZQ==\r\n")},
    /* body */
    {400, WITH("Content-Length: 1\r\n")},
    {400, WITH("Content-Length: 18446744073709551615\r\n")},
    {400, WITH("Transfer-Encoding: chunked\r\n")},
    {400, WITH("Transfer-Encoding: identity\r\n")},
    {400, WITH("Transfer-Encoding:\r\n")},
    {400, WITH("transfer-encoding: chunked\r\nContent-Length: 0\r\n")},
    /* subprotocols */
    {400, OFFER("")},
    {400, OFFER(" , ,")},
    {400, OFFER("a b")},
    {400, OFFER("a/b")},
    {400, OFFER("\"a\"")},
    {400, OFFER("a;b=c")},
    {400, OFFER("\xc3\xa9")},
    {400, OFFER("a, b, a")},
    {400, OFFER("a\r\nSec-WebSocket-Protocol: a")},
};

START_TEST(judges_requests)
{
	struct head_sample sample;
	struct proto_error error = {0, NULL};
	int rc = handshake_check(
	    head_sample_request(&sample, samples[_i].head), &error);

	ck_assert_msg(error.code == samples[_i].status, "%u: %s", error.code,
	    samples[_i].head);
	ck_assert_int_eq(rc, error.code == 0 ? 0 : -1);
}
END_TEST

/* A request that offers p0, p1 and so on. */
static const struct http_head *
request_with_offer(struct head_sample *sample, unsigned count)
{
	static const char start[] = GET UPGRADE CONNECTION VERSION KEY;
	static char head[2048];
	int length = snprintf(head, sizeof(head), "%s", start);

	for (unsigned i = 0; i < count; i++)
		length += snprintf(head + length, sizeof(head) - length,
		    "%s p%u", i == 0 ? "Sec-WebSocket-Protocol:" : ",", i);
	snprintf(head + length, sizeof(head) - length, "\r\n\r\n");
	return head_sample_request(sample, head);
}

START_TEST(bounds_the_number_of_subprotocols)
{
	enum { MAX = HANDSHAKE_SUBPROTOCOLS_MAX };
	struct span offered[MAX + 1] = {[MAX] = SPAN_LITERAL("untouched")};
	struct head_sample sample;
	const struct http_head *request = request_with_offer(&sample, MAX);
	struct proto_error error;

	ck_assert_uint_eq(handshake_offer(request, offered), MAX);
	ck_assert_int_eq(handshake_check(request, &error), 0);
	for (unsigned count = MAX + 1; count <= MAX + 3; count++) {
		request = request_with_offer(&sample, count);
		ck_assert_uint_eq(handshake_offer(request, offered), MAX + 1);
		assert_span(offered[MAX - 1], "p63");
		assert_span(offered[MAX], "untouched");
		ck_assert_int_eq(handshake_check(request, &error), -1);
		ck_assert_uint_eq(error.code, 400);
	}
}
END_TEST

START_TEST(gives_the_offer_in_the_order_of_the_client)
{
	struct head_sample sample;
	struct span offered[HANDSHAKE_SUBPROTOCOLS_MAX];
	const struct http_head *request = head_sample_request(
	    &sample, OFFER("Chat, v2.x\r\nSec-WebSocket-Protocol: last"));

	ck_assert_uint_eq(handshake_offer(request, offered), 3);
	assert_span(offered[0], "Chat");
	assert_span(offered[1], "v2.x");
	assert_span(offered[2], "last");
	request = head_sample_request(&sample, WITH(""));
	ck_assert_uint_eq(handshake_offer(request, offered), 0);
}
END_TEST

START_TEST(answers_the_key_of_the_rfc)
{
	char accept[HANDSHAKE_ACCEPT_LENGTH];

	ck_assert_int_eq(handshake_accept(SPAN_LITERAL(KEY_TEXT), accept), 0);
	assert_span(span_from(accept, sizeof(accept)), ACCEPT_TEXT);
}
END_TEST

START_TEST(refuses_keys_of_another_length)
{
	char accept[HANDSHAKE_ACCEPT_LENGTH];

	ck_assert_int_eq(handshake_accept(SPAN_LITERAL(""), accept), -1);
	ck_assert_int_eq(
	    handshake_accept(SPAN_LITERAL(KEY_TEXT "="), accept), -1);
}
END_TEST

#define ANSWER                                 \
	"HTTP/1.1 101 Switching Protocols\r\n" \
	"Upgrade: websocket\r\n"               \
	"Connection: Upgrade\r\n"              \
	"Sec-WebSocket-Accept: " ACCEPT_TEXT "\r\n"

START_TEST(writes_the_answer)
{
	struct head_sample sample;
	const struct http_head *request =
	    head_sample_request(&sample, WITH(""));
	struct handshake_answer answer = {.headers = {NULL, 0}};
	char buffer[HANDSHAKE_ACCEPT_SIZE + 40];
	size_t length;

	length = handshake_write_accept(
	    request, &answer, buffer, HANDSHAKE_ACCEPT_SIZE);
	assert_span(span_from(buffer, length), ANSWER "\r\n");
	answer.subprotocol = SPAN_LITERAL("chat");
	answer.extensions = SPAN_LITERAL("x; y=1");
	answer.headers = SPAN_LITERAL("A: b\r\nC: d\r\n");
	length =
	    handshake_write_accept(request, &answer, buffer, sizeof(buffer));
	assert_span(span_from(buffer, length),
	    ANSWER "Sec-WebSocket-Protocol: chat\r\n"
	           "Sec-WebSocket-Extensions: x; y=1\r\n"
	           "A: b\r\nC: d\r\n\r\n");
}
END_TEST

START_TEST(writes_the_answer_whole_or_not_at_all)
{
	struct head_sample sample;
	const struct http_head *request =
	    head_sample_request(&sample, WITH(""));
	const struct handshake_answer chat = {
	    .subprotocol = SPAN_LITERAL("chat")};
	char buffer[256];
	size_t whole =
	    handshake_write_accept(request, &chat, buffer, sizeof(buffer));

	ck_assert_uint_gt(whole, 0);
	for (size_t size = 0; size <= whole; size++)
		ck_assert_uint_eq(
		    handshake_write_accept(request, &chat, buffer, size), 0);
}
END_TEST

START_TEST(writes_no_answer_without_a_key)
{
	const struct handshake_answer answer = {.headers = {NULL, 0}};
	struct head_sample sample;
	char buffer[256];

	ck_assert_uint_eq(
	    handshake_write_accept(head_sample_request(&sample, GET END),
	        &answer, buffer, sizeof(buffer)),
	    0);
}
END_TEST

START_TEST(says_with_a_refusal_what_would_do)
{
	ck_assert_str_eq(handshake_refusal_headers(405), "Allow: GET\r\n");
	ck_assert_str_eq(handshake_refusal_headers(426),
	    "Upgrade: websocket\r\nConnection: Upgrade, close\r\n"
	    "Sec-WebSocket-Version: 13\r\n");
	ck_assert_str_eq(handshake_refusal_headers(503), "Retry-After: 5\r\n");
	ck_assert_str_eq(handshake_refusal_headers(400), "");
}
END_TEST

/* What http.h promises of a buffer of 512 bytes. */
START_TEST(writes_every_refusal_into_512_bytes)
{
	struct head_sample sample;
	struct proto_error error;
	char buffer[512];

	for (size_t i = 0; i < ARRAY_LENGTH(samples); i++) {
		struct http_response response = {.status = 0};

		if (samples[i].status == 0)
			continue;
		ck_assert_int_eq(
		    handshake_check(
		        head_sample_request(&sample, samples[i].head), &error),
		    -1);
		response.status = error.code;
		response.extra_headers = handshake_refusal_headers(error.code);
		response.text = error.text;
		ck_assert_uint_gt(
		    http_response_write(&response, buffer, sizeof(buffer)), 0);
	}
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("handshake");
	TCase *tcase = tcase_create("handshake");

	tcase_add_loop_test(tcase, judges_requests, 0, ARRAY_LENGTH(samples));
	tcase_add_test(tcase, bounds_the_number_of_subprotocols);
	tcase_add_test(tcase, gives_the_offer_in_the_order_of_the_client);
	tcase_add_test(tcase, answers_the_key_of_the_rfc);
	tcase_add_test(tcase, refuses_keys_of_another_length);
	tcase_add_test(tcase, writes_the_answer);
	tcase_add_test(tcase, writes_the_answer_whole_or_not_at_all);
	tcase_add_test(tcase, writes_no_answer_without_a_key);
	tcase_add_test(tcase, says_with_a_refusal_what_would_do);
	tcase_add_test(tcase, writes_every_refusal_into_512_bytes);
	suite_add_tcase(suite, tcase);
	return suite;
}
