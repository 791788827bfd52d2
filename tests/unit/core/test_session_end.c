/* Each way that a session can end: what its module is told, and what the peer
 * hears. */
#include "core/session.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/net/certificate.h"

static struct peer peer, other;

static void
setup(void)
{
	bench_setup();
	peer.fd = other.fd = -1;
}

static void
teardown(void)
{
	peer_close(&peer);
	peer_close(&other);
	bench_teardown();
}

/* Each way to end: makes it happen to an open session, unless it connects one
 * itself. */
struct ending {
	void (*make)(void);
	const char *calls; /* of the module, on_open excepted */
	const char *heard; /* by the peer */
	bool connects;
};

static void
end_by_peer(void)
{
	peer_say_close(&peer, 1000, "done");
}

static void
close_here(struct framed_session *session)
{
	ck_assert_int_eq(framed_close(session, 3000, "enough"), FRAMED_QUEUED);
}

static void
end_by_module(void)
{
	close_here((struct framed_session *)peer.session);
	bench_run();
	peer_say_close(&peer, 3000, "");
}

static void
end_by_terminate(void)
{
	framed_terminate((struct framed_session *)peer.session);
}

static void
end_by_loss(void)
{
	/* a FIN without Close */
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
}

static void
end_by_silence(void)
{
	bench_pass(BENCH_PING_MS + BENCH_PONG_MS + 1000);
}

static void
end_by_idleness(void)
{
	bench_make_raw();
	peer_open(&peer);
	bench_pass(2 * (BENCH_PING_MS + BENCH_PONG_MS));
}

static void
end_by_deafness(void)
{
	static const uint8_t payload[BENCH_QUEUE_BYTES / 4];

	bench.endpoint_conf.keepalive.ping_interval_ms = 0;
	peer_open_narrow(&peer);
	framed_send((struct framed_session *)peer.session, FRAMED_BINARY,
	    payload, sizeof(payload));
	bench_pass(BENCH_PONG_MS + 1000);
}

static void
end_by_bad_frame(void)
{
	peer_send(
	    &peer, FRAME_FIN | FRAME_RSV1 | FRAME_TEXT, SPAN_LITERAL("x"));
}

static void
end_by_size(void)
{
	bench.endpoint.rules.max_frame_bytes = 4;
	peer_say(&peer, "12345");
}

static void
end_by_queue(void)
{
	static const uint8_t payload[BENCH_QUEUE_BYTES];
	struct framed_session *session = (struct framed_session *)peer.session;

	bench.endpoint_conf.queue_policy = QUEUE_CLOSE;
	ck_assert_int_eq(
	    framed_send(session, FRAMED_BINARY, payload, sizeof(payload)),
	    FRAMED_BACKPRESSURE);
	ck_assert_int_eq(
	    framed_send(session, FRAMED_BINARY, payload, 1), FRAMED_CLOSED);
}

static void
end_by_memory(void)
{
	session_close(peer.session, CLOSE_NO_MEMORY);
}

static void
end_by_failure(void)
{
	framed_fail((struct framed_session *)peer.session, "secret");
}

static void
end_by_shutdown(void)
{
	mailbox_signal(&bench.worker->mailbox, MAILBOX_DRAIN);
}

static void
end_by_age(void)
{
	bench.endpoint_conf.limits.max_age_ms = 1000;
	peer_open(&peer);
	bench_pass(1000 + WHEEL_TICK_MS);
}

static void
end_by_refusal(void)
{
	peer_connect(&peer);
	peer_write(
	    &peer, SPAN_LITERAL("GET /none HTTP/1.1\r\nHost: h\r\n\r\n"));
}

static void
ask_module(void)
{
	bench.api.on_upgrade = bench_on_upgrade;
	bench.acts.upgrade = bench_defer;
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
	bench_run();
}

static void
end_by_modules_refusal(void)
{
	const struct framed_answer no = {.size = sizeof(no), .status = 403};

	ask_module();
	framed_answer((struct framed_session *)peer.session, &no);
}

static void
end_by_slow_module(void)
{
	ask_module();
	bench_pass(BENCH_HANDSHAKE_MS + 1000);
}

static void
end_by_slow_request(void)
{
	peer_connect(&peer);
	peer_write(&peer, SPAN_LITERAL("GET /chat HT"));
	bench_pass(BENCH_HANDSHAKE_MS + 1000);
}

static void
end_by_foreign_page(void)
{
	peer_connect(&peer);
	peer_write(&peer,
	    SPAN_LITERAL("GET /chat HTTP/1.1\r\nHost: h\r\n"
	                 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	                 "Sec-WebSocket-Version: 13\r\n"
	                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	                 "Origin: http://other\r\n\r\n"));
}

/* The peers of these tests are at 127.0.0.1. */
static void
end_by_stranger(void)
{
	bench.listener_conf.has_proxy_protocol = true;
	bench.listener_conf.trusted_proxies =
	    (char *)(uintptr_t) "192.0.2.0/24\n";
	peer_connect(&peer);
}

static void
end_by_wrong_proxy(void)
{
	bench.listener_conf.has_proxy_protocol = true;
	bench.listener_conf.trusted_proxies =
	    (char *)(uintptr_t) "127.0.0.0/8\n";
	peer_connect(&peer);
	peer_write(&peer, SPAN_LITERAL("GET /chat HT"));
}

static void
end_by_wrong_tls(void)
{
	static char list[64];
	char folder[] = "/tmp/framed-end-XXXXXX", file[48];
	struct tls_contexts *contexts = &bench.generation.tls;
	struct conf_tls *conf = &bench.listener_conf.tls;
	char error[TLS_ERROR_MAX];
	uint8_t alert[7];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/pem", folder);
	snprintf(list, sizeof(list), "%s\n", file);
	certificate_write(file, "h.example");
	conf->certificates = list;
	conf->ciphers = (char *)(uintptr_t) "HIGH";
	contexts->listeners[0] = tls_context_new(conf, error);
	ck_assert_msg(contexts->listeners[0] != NULL, "%s", error);
	contexts->count = 1;
	unlink(file);
	rmdir(folder);
	peer_connect(&peer);
	peer_write(&peer, SPAN_LITERAL("\x16\3\1\0\5hello"));
	bench_run();
	/* a fatal one (RFC 8446 §6) */
	ck_assert_int_eq(read(peer.fd, alert, sizeof(alert)), sizeof(alert));
	ck_assert_uint_eq(alert[0], 21);
	ck_assert_uint_eq(alert[5], 2);
}

static void
end_by_loss_in_request(void)
{
	peer_connect(&peer);
	peer_write(&peer, SPAN_LITERAL("GET /chat HT"));
	bench_run();
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
}

static void
end_by_loss_of_server(void)
{
	peer_call(&peer, (struct framed_connect_options){.token = 1});
	ck_assert_int_eq(shutdown(peer.fd, SHUT_WR), 0);
}

static void
end_by_server(void)
{
	peer_call(&peer, (struct framed_connect_options){.token = 1});
	peer_write(&peer, SPAN_LITERAL("HTTP/1.1 403 No\r\n\r\n"));
}

static void
end_by_other_server(void)
{
	peer_call(&peer, (struct framed_connect_options){.token = 1});
	peer_write(&peer, SPAN_LITERAL("SSH-2.0\r\n"));
}

static void
end_by_overload(void)
{
	bench.endpoint_conf.limits.max_sessions = 0;
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
}

/* Where the peers of these tests are, somebody else is already. */
static void
end_by_address(void)
{
	const struct addr same = {.family = ADDR_IPV4, .ip = {127, 0, 0, 1}};

	bench.conf.limits.max_sessions_per_address = 1;
	ck_assert_int_eq(addresses_enter(&bench.server.addresses, &same, 1),
	    ADDRESSES_COUNTED);
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
}

static void
end_by_rate(void)
{
	bench.endpoint_conf.limits.messages_per_second = 1;
	bench.endpoint_conf.limits.rate_policy = RATE_CLOSE;
	bench.endpoint.is_metered = true;
	peer_say(&peer, "one");
	peer_say(&peer, "two");
}

static void
end_without_token(void)
{
	bench.endpoint_conf.auth.type = AUTH_TOKEN_FILE;
	bench.endpoint_conf.auth.places = (char *)(uintptr_t) "bearer\n";
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
}

static void
end_by_answer(void)
{
	peer_connect(&peer);
	peer_write(
	    &peer, SPAN_LITERAL("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"));
}

static const struct ending endings[CLOSE_REASON_COUNT] = {
    [CLOSE_PEER_CLOSED] = {end_by_peer, "close=1000/peer:done ",
        "close=1000:done end ", false},
    [CLOSE_LOCAL_CLOSED] = {end_by_module, "close=3000/local:enough ",
        "close=3000:enough end ", false},
    [CLOSE_TERMINATED] = {end_by_terminate, "close=1006/local: ", "end ",
        false},
    [CLOSE_LOST] = {end_by_loss, "close=1006/transport: ", "end ", false},
    [CLOSE_PING_TIMEOUT] = {end_by_silence, "close=1011/timeout:Ping timeout ",
        "ping close=1011:Ping timeout end ", false},
    [CLOSE_IDLE_TIMEOUT] = {end_by_idleness, "close=1001/timeout:idle timeout ",
        "close=1001:idle timeout end ", true},
    [CLOSE_WRITE_TIMEOUT] = {end_by_deafness, "close=1006/timeout: ", "end ",
        true},
    [CLOSE_PROTOCOL_ERROR] = {end_by_bad_frame,
        "close=1002/protocol:reserved bit without its extension ",
        "close=1002:reserved bit without its extension end ", false},
    [CLOSE_TOO_BIG] = {end_by_size, "close=1009/limit:frame is too big ",
        "close=1009:frame is too big end ", false},
    [CLOSE_QUEUE_FULL] = {end_by_queue, "close=1013/limit:send queue full ",
        "binary*65536 close=1013:send queue full ", false},
    [CLOSE_RATE_EXCEEDED] = {end_by_rate,
        "message=one close=1008/limit:too many messages in a second ",
        "close=1008:too many messages in a second ", false},
    [CLOSE_NO_MEMORY] = {end_by_memory,
        "close=1011/limit: ", "close=1011: ", false},
    [CLOSE_MODULE_FAILED] = {end_by_failure,
        "close=1011/module: ", "close=1011: ", false},
    [CLOSE_SHUTDOWN] = {end_by_shutdown,
        "close=1001/shutdown:server shutting down ",
        "close=1001:server shutting down ", false},
    [CLOSE_MAX_AGE] = {end_by_age,
        "close=1001/limit:connection too old, please reconnect ",
        "close=1001:connection too old, please reconnect ", true},
    [CLOSE_REFUSED] = {end_by_refusal, "", "http=404 end ", true},
    [CLOSE_REFUSED_ORIGIN] = {end_by_foreign_page, "", "http=403 end ", true},
    [CLOSE_PROXY_UNTRUSTED] = {end_by_stranger, "", "end ", true},
    [CLOSE_PROXY_WRONG] = {end_by_wrong_proxy, "", "end ", true},
    [CLOSE_REFUSED_AUTH] = {end_without_token, "", "http=401 end ", true},
    [CLOSE_REFUSED_BY_MODULE] = {end_by_modules_refusal, "upgrade ",
        "http=403 end ", true},
    [CLOSE_HANDSHAKE_TIMEOUT] = {end_by_slow_request, "", "http=408 end ",
        true},
    [CLOSE_ANSWER_TIMEOUT] = {end_by_slow_module, "upgrade ", "http=503 end ",
        true},
    [CLOSE_TLS_FAILED] = {end_by_wrong_tls, "", "end ", true},
    [CLOSE_HANDSHAKE_LOST] = {end_by_loss_in_request, "", "end ", true},
    [CLOSE_CONNECT_FAILED] = {end_by_loss_of_server,
        "failed=0/1006/transport:connection lost before the response ", "end ",
        true},
    [CLOSE_HANDSHAKE_REFUSED] = {end_by_server,
        "failed=403/403/peer:the server answered 403 No ", "end ", true},
    [CLOSE_HANDSHAKE_WRONG] = {end_by_other_server,
        "failed=0/1002/protocol:malformed status line ", "end ", true},
    [CLOSE_ADDRESS_LIMIT] = {end_by_address, "", "http=429 end ", true},
    [CLOSE_ANSWERED] = {end_by_answer, "", "http=200 end ", true},
    [CLOSE_OVERLOAD] = {end_by_overload, "", "http=503 end ", true},
};

START_TEST(every_reason_is_reached_and_told_once)
{
	const struct ending *ending = &endings[_i];

	ck_assert_msg(ending->make != NULL, "no test ends for reason %d", _i);
	if (!ending->connects)
		peer_open(&peer);
	ending->make();
	bench_run();
	ck_assert_uint_eq(bench_ended((enum close_reason)_i), 1);
	ck_assert_str_eq(peer_heard(&peer), ending->heard);
	/* whatever the peer does now: a Close, its end, or nothing */
	peer_close(&peer);
	bench_pass(BENCH_CLOSE_MS + 2000);
	ck_assert_str_eq(bench_calls(), ending->calls);
	ck_assert_uint_eq(bench_live(), 0);
	for (int i = CLOSE_REASON_NONE + 1; i < CLOSE_REASON_COUNT; i++)
		ck_assert_uint_eq(bench_ended((enum close_reason)i), i == _i);
}
END_TEST

START_TEST(every_end_without_an_answer_comes_by_deadline)
{
	/* the peer is there, and neither sends nor closes */
	if (!endings[_i].connects)
		peer_open(&peer);
	endings[_i].make();
	bench_pass(BENCH_CLOSE_MS + 2000);
	ck_assert_str_eq(bench_calls(), endings[_i].calls);
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("session_end");
	TCase *tcase = tcase_create("ends");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, every_reason_is_reached_and_told_once,
	    CLOSE_REASON_NONE + 1, CLOSE_REASON_COUNT);
	tcase_add_loop_test(tcase,
	    every_end_without_an_answer_comes_by_deadline,
	    CLOSE_REASON_NONE + 1, CLOSE_REASON_COUNT);
	suite_add_tcase(suite, tcase);
	return suite;
}
