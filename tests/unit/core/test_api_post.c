/* What threads send to sessions that they know by id: every answer, and the
 * order. The bench's own thread is as good as any. */
#include "core/api.h"

#include "core/host_api.h"
#include "core/server.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer, other;
static const uint8_t large[16 << 20];

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

static uint64_t
id_of(const struct peer *one)
{
	return session_id(one->session);
}

static enum framed_result
post(uint64_t id, uint64_t token, const char *text)
{
	return framed_post(id, token, text, strlen(text));
}

static enum framed_result
send_to(uint64_t id, const char *text)
{
	return framed_send_to(id, FRAMED_TEXT, text, strlen(text));
}

static enum framed_result
publish(const char *text)
{
	return framed_publish(NULL, "all", FRAMED_TEXT, text, strlen(text), 0);
}

static void
say_posted(struct framed_session *session, uint64_t token, struct span data)
{
	(void)token;
	framed_send(session, FRAMED_TEXT, data.data, data.length);
}

START_TEST(all_that_one_thread_does_keeps_its_order)
{
	bench.acts.post = say_posted;
	peer_open(&peer);
	framed_subscribe((struct framed_session *)peer.session, "all");
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(post(id_of(&peer), 7, "a"), FRAMED_QUEUED);
		ck_assert_int_eq(send_to(id_of(&peer), "b"), FRAMED_QUEUED);
		ck_assert_int_eq(publish("c"), FRAMED_QUEUED);
	}
	/* nothing is called, and nothing sent, before the turn's end */
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_ptr_null(peer.session->queue);
	bench_run();
	ck_assert_str_eq(bench_calls(), "post=7:a post=7:a ");
	ck_assert_str_eq(
	    peer_heard(&peer), "text=a text=b text=c text=a text=b text=c ");
}
END_TEST

START_TEST(each_session_gets_its_own)
{
	peer_open(&peer);
	peer_open(&other);
	post(id_of(&other), UINT64_MAX, "");
	send_to(id_of(&other), "for the other");
	send_to(id_of(&peer), "for the one");
	bench_run();
	ck_assert_str_eq(bench_calls(), "post=18446744073709551615: ");
	ck_assert_str_eq(peer_heard(&peer), "text=for the one ");
	ck_assert_str_eq(peer_heard(&other), "text=for the other ");
}
END_TEST

static void
post_to_itself(struct framed_session *session, struct span message)
{
	ck_assert_int_eq(
	    framed_post(framed_id(session), 1, message.data, message.length),
	    FRAMED_QUEUED);
	ck_assert_int_eq(send_to(framed_id(session), "by mail"), FRAMED_QUEUED);
	framed_send(session, FRAMED_TEXT, "at once", 7);
}

START_TEST(a_session_s_own_thread_goes_by_mail_too)
{
	bench.acts.message = post_to_itself;
	peer_open(&peer);
	peer_say(&peer, "hello");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=hello post=1:hello ");
	ck_assert_str_eq(peer_heard(&peer), "text=at once text=by mail ");
}
END_TEST

START_TEST(gone_sessions_are_gone)
{
	uint64_t id;

	peer_open(&peer);
	id = id_of(&peer);
	framed_terminate((struct framed_session *)peer.session);
	ck_assert_int_eq(post(id, 1, "x"), FRAMED_GONE);
	ck_assert_int_eq(send_to(id, "x"), FRAMED_GONE);
	ck_assert_int_eq(post(0, 1, "x"), FRAMED_GONE);
	ck_assert_int_eq(send_to(UINT64_MAX, "x"), FRAMED_GONE);
	ck_assert_uint_eq(atomic_load(&bench.worker->mailbox.bytes), 0);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	uint64_t id;

	peer_open(&peer);
	id = id_of(&peer);
	ck_assert_int_eq(
	    framed_post(id, 1, large, sizeof(large) + 1), FRAMED_INVALID);
	ck_assert_int_eq(
	    framed_send_to(id, FRAMED_BINARY, large, FRAMED_PUBLISH_MAX + 1),
	    FRAMED_INVALID);
	ck_assert_int_eq(
	    framed_send_to(id, (enum framed_type)8, "x", 1), FRAMED_INVALID);
	ck_assert_int_eq(
	    framed_publish(NULL, "", FRAMED_TEXT, "x", 1, 0), FRAMED_INVALID);
	ck_assert_int_eq(framed_publish(NULL, "all", FRAMED_BINARY, large,
	                     FRAMED_PUBLISH_MAX + 1, 0),
	    FRAMED_INVALID);
	ck_assert_uint_eq(atomic_load(&bench.worker->mailbox.bytes), 0);
	/* these are not too much */
	ck_assert_int_eq(framed_post(id, 1, large, sizeof(large)), FRAMED_OK);
	bench_run();
	ck_assert_str_eq(bench_calls(), "post=1*16777216 ");
	ck_assert_int_eq(
	    framed_send_to(id, FRAMED_BINARY, large, FRAMED_PUBLISH_MAX),
	    FRAMED_OK);
}
END_TEST

START_TEST(a_worker_that_lags_takes_no_more)
{
	uint64_t id;

	peer_open(&peer);
	id = id_of(&peer);
	framed_subscribe((struct framed_session *)peer.session, "all");
	ck_assert_int_eq(
	    framed_post(id, 1, large, MAILBOX_HIGH_BYTES), FRAMED_QUEUED);
	/* taken all the same, by whoever can be told */
	ck_assert_int_eq(post(id, 2, "x"), FRAMED_QUEUED);
	ck_assert_int_eq(send_to(id, "x"), FRAMED_QUEUED);
	ck_assert_int_eq(publish("x"), FRAMED_BACKPRESSURE);
	ck_assert_int_eq(
	    framed_post(id, 3, large, MAILBOX_HIGH_BYTES), FRAMED_QUEUED);
	ck_assert_int_eq(
	    framed_post(id, 4, large, sizeof(large)), FRAMED_AGAIN);
	ck_assert_int_eq(
	    framed_send_to(id, FRAMED_BINARY, large, sizeof(large)),
	    FRAMED_AGAIN);
	ck_assert_int_eq(
	    framed_publish(NULL, "all", FRAMED_BINARY, large, sizeof(large), 0),
	    FRAMED_DROPPED);
	bench_run();
	ck_assert_str_eq(
	    bench_calls(), "post=1*8388608 post=2:x post=3*8388608 ");
	ck_assert_str_eq(peer_heard(&peer), "text=x text=x ");
	ck_assert_int_eq(framed_post(id, 4, large, sizeof(large)), FRAMED_OK);
}
END_TEST

START_TEST(without_a_server_nobody_is_there)
{
	peer_open(&peer);
	framed_subscribe((struct framed_session *)peer.session, "all");
	host_api_attach(NULL);
	ck_assert_int_eq(post(id_of(&peer), 1, "x"), FRAMED_GONE);
	ck_assert_int_eq(send_to(id_of(&peer), "x"), FRAMED_GONE);
	ck_assert_int_eq(publish("x"), FRAMED_QUEUED);
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_str_eq(peer_heard(&peer), "");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("api_post");
	TCase *tcase = tcase_create("by id");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, all_that_one_thread_does_keeps_its_order);
	tcase_add_test(tcase, each_session_gets_its_own);
	tcase_add_test(tcase, a_session_s_own_thread_goes_by_mail_too);
	tcase_add_test(tcase, gone_sessions_are_gone);
	tcase_add_test(tcase, what_cannot_be_is_refused);
	tcase_add_test(tcase, a_worker_that_lags_takes_no_more);
	tcase_add_test(tcase, without_a_server_nobody_is_there);
	suite_add_tcase(suite, tcase);
	return suite;
}
