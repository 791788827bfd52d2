/* What modules call: the edges of each function, and what a session tells. */
#include "core/host_api.h"

#include <string.h>

#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer;

static void
setup(void)
{
	bench_setup();
	peer.fd = -1;
}

static void
teardown(void)
{
	peer_close(&peer);
	bench_teardown();
}

static void
close_illegally(struct framed_session *session, struct span payload)
{
	static const uint16_t codes[] = {
	    0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000};

	(void)payload;
	for (size_t i = 0; i < ARRAY_LENGTH(codes); i++)
		ck_assert_int_eq(
		    framed_close(session, codes[i], "x"), FRAMED_INVALID);
	ck_assert_ptr_null(framed_close_reason(session));
	ck_assert_int_eq(
	    framed_send(session, (enum framed_type)3, "x", 1), FRAMED_INVALID);
}

START_TEST(codes_that_must_not_be_sent_close_nothing)
{
	bench.acts.message = close_illegally;
	peer_open(&peer);
	peer_say(&peer, "one");
	peer_say(&peer, "two");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=one message=two ");
	ck_assert_str_eq(peer_heard(&peer), "");
}
END_TEST

START_TEST(long_close_text_is_cut_between_characters)
{
	/* 62 characters of two bytes: the cut at 123 would halve the last */
	struct framed_close_info info;
	char text[125];

	for (size_t i = 0; i < 124; i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	text[124] = '\0';
	peer_open(&peer);
	framed_close((struct framed_session *)peer.session, 3000, text);
	text[122] = '\0';
	ck_assert(session_close_info(peer.session, &info));
	ck_assert_str_eq(info.text, text);
	bench_run();
	ck_assert_uint_eq(
	    strlen(peer_heard(&peer)), strlen("close=3000: ") + 122);
}
END_TEST

static void
look_around(struct framed_session *session)
{
	const uint64_t *storage = framed_storage(session);

	ck_assert_uint_eq((uintptr_t)storage % _Alignof(max_align_t), 0);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(storage[i], 0);
	ck_assert_ptr_eq(framed_instance(session), &bench);
	ck_assert_str_eq(framed_path(session), "/chat");
	ck_assert_ptr_null(framed_subprotocol(session));
	ck_assert_str_eq(framed_peer(session), "127.0.0.1:4711");
	ck_assert_ptr_null(framed_close_reason(session));
}

START_TEST(module_can_look_at_its_session)
{
	bench.api.session_size = 24;
	bench.acts.open = look_around;
	peer_open(&peer);
	ck_assert_uint_eq(framed_id((struct framed_session *)peer.session),
	    session_id(peer.session));
}
END_TEST

START_TEST(only_known_groups_are_given)
{
	const struct framed_host *host = host_api();
	const struct framed_topics *group = host->group("topics/1");

	ck_assert_uint_eq(host->size, sizeof(*host));
	ck_assert_ptr_nonnull(group);
	ck_assert_uint_eq(group->size, sizeof(*group));
	ck_assert_ptr_null(host->group("topics/2"));
	ck_assert_ptr_null(host->group("topics"));
	ck_assert_ptr_null(host->group(""));
}
END_TEST

START_TEST(path_of_a_prefix_is_the_one_asked_for)
{
	static char prefix[] = "/chat/";

	bench.endpoint_conf.path = prefix;
	bench.endpoint_conf.is_prefix = true;
	peer_connect(&peer);
	peer_write(&peer,
	    SPAN_LITERAL("GET /chat/room%201?key=secret HTTP/1.1\r\n"
			 "Host: localhost\r\n"
			 "Upgrade: websocket\r\n"
			 "Connection: Upgrade\r\n"
			 "Sec-WebSocket-Version: 13\r\n"
			 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			 "\r\n"));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	ck_assert_str_eq(framed_path((struct framed_session *)peer.session),
	    "/chat/room%201");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("host_api");
	TCase *tcase = tcase_create("calls");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, codes_that_must_not_be_sent_close_nothing);
	tcase_add_test(tcase, long_close_text_is_cut_between_characters);
	tcase_add_test(tcase, module_can_look_at_its_session);
	tcase_add_test(tcase, only_known_groups_are_given);
	tcase_add_test(tcase, path_of_a_prefix_is_the_one_asked_for);
	suite_add_tcase(suite, tcase);
	return suite;
}
