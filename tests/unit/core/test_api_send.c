/* What modules call to send: the answers. */
#include "core/api.h"

#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer;

static void
setup(void)
{
	bench_setup();
	peer.fd = -1;
	peer_open(&peer);
}

static void
teardown(void)
{
	peer_close(&peer);
	bench_teardown();
}

static struct framed_session *
handle(void)
{
	return (struct framed_session *)peer.session;
}

START_TEST(messages_of_no_type_are_not_sent)
{
	const enum framed_type types[] = {
	    (enum framed_type)0, (enum framed_type)3, (enum framed_type)8};

	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		ck_assert_int_eq(
		    framed_send(handle(), types[i], "x", 1), FRAMED_INVALID);
		ck_assert_int_eq(
		    framed_send_keyed(handle(), 0, types[i], "x", 1),
		    FRAMED_INVALID);
	}
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "");
}
END_TEST

START_TEST(keyed_messages_are_messages)
{
	ck_assert_int_eq(framed_send_keyed(handle(), 0, FRAMED_TEXT, "text", 4),
	    FRAMED_QUEUED);
	ck_assert_int_eq(framed_send_keyed(handle(), 0, FRAMED_BINARY, NULL, 0),
	    FRAMED_QUEUED);
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "text=text binary= ");
}
END_TEST

static void
send_in_vain(struct framed_session *session)
{
	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, "x", 1), FRAMED_CLOSED);
	ck_assert_int_eq(
	    framed_send_keyed(session, 0, FRAMED_TEXT, "x", 1), FRAMED_CLOSED);
	ck_assert_int_eq(framed_flush(session, 0), FRAMED_CLOSED);
}

START_TEST(nothing_is_sent_once_the_end_is_decided)
{
	bench.acts.close = send_in_vain;
	framed_close(handle(), 1000, "bye");
	send_in_vain(handle());
	peer_say_close(&peer, 1000, "bye");
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=1000/local:bye ");
	ck_assert_str_eq(peer_heard(&peer), "close=1000:bye end ");
}
END_TEST

static void
flush_broken(struct framed_session *session, struct span message)
{
	peer_close(&peer);
	framed_send(session, FRAMED_TEXT, message.data, message.length);
	/* writes the cork, to nobody */
	ck_assert_int_eq(framed_flush(session, 1), FRAMED_CLOSED);
}

START_TEST(flush_of_a_connection_that_breaks_says_so)
{
	bench.acts.message = flush_broken;
	peer_say(&peer, "x");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=x close=1006/transport: ");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("api_send");
	TCase *tcase = tcase_create("answers");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, messages_of_no_type_are_not_sent);
	tcase_add_test(tcase, keyed_messages_are_messages);
	tcase_add_test(tcase, nothing_is_sent_once_the_end_is_decided);
	tcase_add_test(tcase, flush_of_a_connection_that_breaks_says_so);
	suite_add_tcase(suite, tcase);
	return suite;
}
