/*
 * The life of a session: which states follow which, what it passes on, and
 * what a module may do from inside its callbacks.
 */
#include "core/session.h"

#include <signal.h>
#include <sys/socket.h>

#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

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

/* The picture in session.h. */
START_TEST(states_follow_each_other_as_drawn)
{
	static const unsigned successors[SESSION_STATE_COUNT] = {
	    [SESSION_ACCEPTED] = 1 << SESSION_PROXY | 1 << SESSION_TLS |
	        1 << SESSION_REQUEST | 1 << SESSION_CLOSED,
	    [SESSION_PROXY] =
	        1 << SESSION_TLS | 1 << SESSION_REQUEST | 1 << SESSION_CLOSED,
	    [SESSION_TLS] = 1 << SESSION_REQUEST | 1 << SESSION_RESPONSE |
	        1 << SESSION_CLOSING | 1 << SESSION_CLOSED,
	    [SESSION_REQUEST] = 1 << SESSION_UPGRADE | 1 << SESSION_CLOSING |
	        1 << SESSION_CLOSED,
	    [SESSION_UPGRADE] =
	        1 << SESSION_OPEN | 1 << SESSION_CLOSING | 1 << SESSION_CLOSED,
	    [SESSION_CONNECT] =
	        1 << SESSION_TLS | 1 << SESSION_RESPONSE | 1 << SESSION_CLOSED,
	    [SESSION_RESPONSE] = 1 << SESSION_OPEN | 1 << SESSION_CLOSED,
	    [SESSION_OPEN] = 1 << SESSION_CLOSING | 1 << SESSION_CLOSED,
	    [SESSION_CLOSING] = 1 << SESSION_CLOSED,
	};
	struct session session = {.state = (uint8_t)_i};

	ck_assert_uint_eq(session_stage(&session)->successors, successors[_i]);
}
END_TEST

START_TEST(illegal_step_ends_the_process)
{
	peer_open(&peer);
	session_set_state(peer.session, SESSION_REQUEST);
}
END_TEST

START_TEST(messages_go_to_the_module_and_the_end_is_told)
{
	peer_open(&peer);
	peer_say(&peer, "hello");
	peer_send(&peer, FRAME_TEXT, SPAN_LITERAL("in "));
	peer_send(&peer, FRAME_FIN | FRAME_CONTINUATION, SPAN_LITERAL("two"));
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=hello message=in two ");
	ck_assert_uint_eq(peer.session->messages_in, 2);
	ck_assert_uint_eq(peer.session->bytes_in, 11);
	peer_say_close(&peer, 4000, "bye");
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=4000/peer:bye ");
	ck_assert_str_eq(peer_heard(&peer), "close=4000:bye end ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

/* What modules may do anywhere, and how the session then ends. */
static void
act_close(struct framed_session *session)
{
	framed_close(session, 3000, "enough");
}

static void
act_fail(struct framed_session *session)
{
	framed_fail(session, "secret");
}

static void
act_pause_and_close(struct framed_session *session)
{
	framed_pause(session);
	framed_close(session, 3000, "enough");
}

static void
act_close_and_terminate(struct framed_session *session)
{
	framed_close(session, 3000, "enough");
	framed_terminate(session);
	framed_terminate(session);
	framed_pause(session);
	framed_resume(session);
}

static void
act_send_and_terminate(struct framed_session *session)
{
	framed_send(session, FRAMED_TEXT, "never", 5);
	framed_terminate(session);
	framed_fail(session, "secret");
}

static void
act_pause_and_resume(struct framed_session *session)
{
	framed_pause(session);
	framed_resume(session);
	framed_resume(session);
}

static const struct {
	void (*act)(struct framed_session *session);
	const char *end; /* NULL: it goes on, and the peer closes */
} acts[] = {
    {act_close, "close=3000/local:enough "},
    {framed_terminate, "close=1006/local: "},
    {act_fail, "close=1011/module: "},
    {act_pause_and_close, "close=3000/local:enough "},
    {act_close_and_terminate, "close=3000/local:enough "},
    {act_send_and_terminate, "close=1006/local: "},
    {act_pause_and_resume, NULL},
};

static const char by_peer[] = "close=1000/peer: ";

/* The act of this turn of the loop: it cannot be an argument. */
static void (*chosen)(struct framed_session *session);

static void
act_on_message(struct framed_session *session, struct span payload)
{
	if (span_is_equal(payload, SPAN_LITERAL("go")))
		chosen(session);
}

/* Opens, says "before", "go" and "after" in one write, and closes in order. */
static void
live_with(const char *calls)
{
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
	peer_say(&peer, "before");
	peer_say(&peer, "go");
	peer_say(&peer, "after");
	bench_run();
	if (bench_live() > 0)
		peer_say_close(&peer, 1000, "");
	bench_pass(BENCH_CLOSE_MS + 2000);
	ck_assert_str_eq(bench_calls(), calls);
	ck_assert_uint_eq(bench_live(), 0);
}

START_TEST(module_may_act_in_on_open)
{
	struct text calls = {0};

	bench.acts.open = acts[_i].act;
	if (acts[_i].end != NULL)
		text_add(&calls, "open %s", acts[_i].end);
	else
		text_add(&calls,
		    "open message=before message=go message=after %s", by_peer);
	live_with(calls.bytes);
}
END_TEST

START_TEST(module_may_act_in_on_message)
{
	struct text calls = {0};

	bench.acts.message = act_on_message;
	chosen = acts[_i].act;
	/* after a close no message comes, though it lies in the buffer */
	text_add(&calls, "open message=before message=go %s%s",
	    acts[_i].end == NULL ? "message=after " : "",
	    acts[_i].end == NULL ? by_peer : acts[_i].end);
	live_with(calls.bytes);
}
END_TEST

START_TEST(module_may_act_in_on_close)
{
	/* it is over: nothing that is done changes the reason */
	struct text calls = {0};

	bench.acts.close = acts[_i].act;
	text_add(
	    &calls, "open message=before message=go message=after %s", by_peer);
	live_with(calls.bytes);
}
END_TEST

/* More than the high mark waits; then the peer reads it all. */
static void
make_writable(void)
{
	static const uint8_t payload[BENCH_QUEUE_BYTES];
	struct message message;

	ck_assert_int_eq(framed_send((struct framed_session *)peer.session,
	                     FRAMED_BINARY, payload, sizeof(payload)),
	    FRAMED_BACKPRESSURE);
	do
		bench_run();
	while (!peer_next(&peer, &message) && !peer.is_over);
}

START_TEST(module_may_act_in_on_writable)
{
	struct text calls = {0};

	bench.acts.writable = acts[_i].act;
	peer_open_narrow(&peer);
	make_writable();
	if (bench_live() > 0)
		peer_say(&peer, "more");
	bench_run();
	if (bench_live() > 0)
		peer_say_close(&peer, 1000, "");
	bench_pass(BENCH_CLOSE_MS + 2000);
	text_add(&calls, "writable %s%s",
	    acts[_i].end == NULL ? "message=more " : "",
	    acts[_i].end == NULL ? by_peer : acts[_i].end);
	ck_assert_str_eq(bench_calls(), calls.bytes);
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

static void
close_thrice(struct framed_session *session, struct span payload)
{
	(void)payload;
	ck_assert_ptr_null(framed_close_reason(session));
	ck_assert_int_eq(framed_close(session, 4001, "first"), FRAMED_QUEUED);
	ck_assert_int_eq(framed_close(session, 4002, "second"), FRAMED_CLOSED);
	framed_fail(session, "third");
	ck_assert_uint_eq(framed_close_reason(session)->code, 4001);
	ck_assert_str_eq(framed_close_reason(session)->text, "first");
	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, "x", 1), FRAMED_CLOSED);
	ck_assert_int_eq(framed_subscribe(session, "topic"), FRAMED_CLOSED);
}

START_TEST(first_close_wins_and_one_close_frame_goes_out)
{
	bench.acts.message = close_thrice;
	peer_open(&peer);
	peer_say(&peer, "go");
	peer_say_close(&peer, 1000, "mine");
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=4001:first end ");
	ck_assert_str_eq(bench_calls(), "message=go close=4001/local:first ");
}
END_TEST

START_TEST(close_in_the_middle_of_others_leaves_them_alone)
{
	peer_open(&peer);
	peer_open(&other);
	framed_terminate((struct framed_session *)peer.session);
	peer_say(&other, "hello");
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_str_eq(bench_calls(), "message=hello close=1006/local: ");
	ck_assert_uint_eq(bench_live(), 1);
}
END_TEST

START_TEST(held_session_stays_until_it_is_let_go)
{
	struct session *session;

	peer_open(&peer);
	session = peer.session;
	session_hold(session);
	framed_terminate((struct framed_session *)session);
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=1006/local: ");
	ck_assert_uint_eq(bench_live(), 1);
	ck_assert_uint_eq(session->magic, SESSION_MAGIC);
	session_release_hold(session);
	bench_run();
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(module_without_callbacks_is_fine)
{
	bench.api.on_open = NULL;
	bench.api.on_message = NULL;
	bench.api.on_writable = NULL;
	bench.api.on_close = NULL;
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	make_writable();
	peer_say(&peer, "nobody hears this");
	peer_say_close(&peer, 1000, "");
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "close=1000: end ");
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

static TCase *
tcase_of_acts(void)
{
	TCase *tcase = tcase_create("acts");
	int count = (int)ARRAY_LENGTH(acts);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, module_may_act_in_on_open, 0, count);
	tcase_add_loop_test(tcase, module_may_act_in_on_message, 0, count);
	tcase_add_loop_test(tcase, module_may_act_in_on_writable, 0, count);
	tcase_add_loop_test(tcase, module_may_act_in_on_close, 0, count);
	tcase_add_test(tcase, module_without_callbacks_is_fine);
	return tcase;
}

static TCase *
tcase_of_ends(void)
{
	TCase *tcase = tcase_create("ends");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, first_close_wins_and_one_close_frame_goes_out);
	tcase_add_test(tcase, close_in_the_middle_of_others_leaves_them_alone);
	tcase_add_test(tcase, held_session_stays_until_it_is_let_go);
	return tcase;
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("session");
	TCase *tcase = tcase_create("states");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, states_follow_each_other_as_drawn, 0, SESSION_STATE_COUNT);
	tcase_add_test_raise_signal(
	    tcase, illegal_step_ends_the_process, SIGABRT);
	tcase_add_test(tcase, messages_go_to_the_module_and_the_end_is_told);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, tcase_of_ends());
	suite_add_tcase(suite, tcase_of_acts());
	return suite;
}
