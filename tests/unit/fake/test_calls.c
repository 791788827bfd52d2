/* Calls of modules to the fake host: what they answer, and what comes of it. */

#include "tests/unit/fake/noted.h"

#include "tests/unit/harness.h"

static const char zeroes[FRAMED_PUBLISH_MAX + 1];

START_TEST(sends_reach_the_peer_in_order)
{
	struct framed_session *session = noted_open();
	const struct framed_fake_note *note;
	char text[] = "one";

	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, text, 3), FRAMED_QUEUED);
	text[0] = 'x'; /* it was copied */
	ck_assert_int_eq(framed_send_keyed(session, 7, FRAMED_BINARY, "two", 3),
	    FRAMED_QUEUED);
	ck_assert_int_eq(
	    framed_send_to(framed_id(session), FRAMED_TEXT, "three", 5),
	    FRAMED_QUEUED);
	note = framed_fake_take(fake, FRAMED_FAKE_DELIVERY);
	ck_assert_str_eq(note->data, "one");
	ck_assert_uint_eq(note->length, 3);
	ck_assert_ptr_eq(note->session, session);
	note = framed_fake_take(fake, FRAMED_FAKE_DELIVERY);
	ck_assert_str_eq(note->data, "two");
	ck_assert_uint_eq(note->key, 7);
	ck_assert_int_eq(note->type, FRAMED_BINARY);
	note = framed_fake_take(fake, FRAMED_FAKE_DELIVERY);
	ck_assert_str_eq(note->data, "three");
	ck_assert_uint_eq(
	    framed_fake_take(fake, FRAMED_FAKE_SEND_KEYED)->key, 7);
	ck_assert_uint_eq(framed_fake_take(fake, FRAMED_FAKE_SEND_TO)->id,
	    framed_id(session));
}
END_TEST

START_TEST(sends_answer_by_state_and_arguments)
{
	struct framed_session *session = noted_open();
	uint64_t id = framed_id(session);

	ck_assert_int_eq(framed_send(session, FRAMED_TEXT, NULL, 0), FRAMED_OK);
	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, NULL, 1), FRAMED_INVALID);
	ck_assert_int_eq(
	    framed_send(session, (enum framed_type)3, "", 0), FRAMED_INVALID);
	ck_assert_int_eq(
	    framed_send_to(id, FRAMED_BINARY, zeroes, FRAMED_PUBLISH_MAX + 1),
	    FRAMED_INVALID);
	ck_assert_int_eq(framed_ping(session, zeroes, 125), FRAMED_QUEUED);
	ck_assert_int_eq(framed_ping(session, zeroes, 126), FRAMED_INVALID);
	ck_assert_int_eq(
	    framed_send_frame(session, FRAMED_OP_TEXT, "", 0), FRAMED_INVALID);
	ck_assert_int_eq(framed_close(session, 1005, NULL), FRAMED_INVALID);
	ck_assert_int_eq(framed_close(session, 1000, NULL), FRAMED_QUEUED);
	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, "", 0), FRAMED_CLOSED);
	ck_assert_int_eq(framed_ping(session, "", 0), FRAMED_CLOSED);
	framed_fake_settle(fake);
	ck_assert_int_eq(framed_send_to(id, FRAMED_TEXT, "", 0), FRAMED_GONE);
	ck_assert_ptr_null(framed_fake_fault(fake));
}
END_TEST

static const struct {
	const char *text;
	int is_right;
} texts[] = {
    {"plain", 1},
    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 1},
    {"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", 1},
    {"\x80", 0},
    {"\xc0\x80", 0},
    {"\xc3", 0},
    {"\xe0\x9f\xbf", 0},
    {"\xed\xa0\x80", 0},
    {"\xf0\x8f\xbf\xbf", 0},
    {"\xf4\x90\x80\x80", 0},
    {"\xf5\x80\x80\x80", 0},
    {"\xe2\x82x", 0},
};

START_TEST(finds_text_that_is_none)
{
	struct framed_session *session = noted_open();
	const char *text = texts[_i].text;

	framed_send(session, FRAMED_BINARY, text, strlen(text));
	ck_assert_ptr_null(framed_fake_fault(fake));
	framed_send(session, FRAMED_TEXT, text, strlen(text));
	if (texts[_i].is_right)
		ck_assert_ptr_null(framed_fake_fault(fake));
	else
		ck_assert_str_eq(
		    framed_fake_fault(fake), "framed_send: text is not UTF-8");
}
END_TEST

START_TEST(want_of_memory_ends_a_session_that_sends)
{
	struct framed_session *session = noted_open();

	framed_fake_script(fake, FRAMED_FAKE_SEND, FRAMED_NO_MEMORY, 1);
	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, "", 0), FRAMED_NO_MEMORY);
	framed_fake_settle(fake);
	noted_expect("on_close 1011 by 5 \n");
}
END_TEST

static const struct {
	unsigned first;
	size_t length;
	enum framed_result result;
} frames[] = {
    {FRAMED_OP_TEXT, 200, FRAMED_QUEUED},
    {FRAMED_FIN | FRAMED_OP_CONTINUATION, 0, FRAMED_QUEUED},
    {FRAMED_FIN | FRAMED_OP_PING, 125, FRAMED_QUEUED},
    {FRAMED_FIN | FRAMED_OP_PING, 126, FRAMED_INVALID},
    {FRAMED_OP_PONG, 0, FRAMED_INVALID},
    {FRAMED_FIN | 0x3, 0, FRAMED_INVALID},
    {FRAMED_FIN | 0xb, 0, FRAMED_INVALID},
    {0x40 | FRAMED_OP_TEXT, 0, FRAMED_INVALID},
    {0x100 | FRAMED_OP_TEXT, 0, FRAMED_INVALID},
};

START_TEST(sends_frames_on_raw_endpoints)
{
	static const struct framed_fake_endpoint raw = {.is_raw = 1};
	struct framed_session *session;
	const struct framed_fake_note *note;

	noted_begin(&raw);
	session = framed_fake_open(worker, NULL);
	ck_assert_int_eq(framed_send_frame(session, frames[_i].first, zeroes,
	                     frames[_i].length),
	    frames[_i].result);
	note = framed_fake_take(fake, FRAMED_FAKE_SEND_FRAME);
	ck_assert_uint_eq(note->first, frames[_i].first);
	ck_assert_uint_eq(note->length, frames[_i].length);
}
END_TEST

static void
answer_close(struct framed_session *session)
{
	ck_assert_int_eq(
	    framed_send_frame(session, FRAMED_FIN | FRAMED_OP_CLOSE,
	        "\x03\xe8"
	        "bye",
	        5),
	    FRAMED_QUEUED);
	ck_assert_int_eq(
	    framed_send_frame(session, FRAMED_FIN | FRAMED_OP_TEXT, "", 0),
	    FRAMED_CLOSED);
}

START_TEST(a_close_frame_is_the_last)
{
	static const struct framed_fake_endpoint raw = {.is_raw = 1};
	static const struct framed_frame close_frame = {
	    .opcode = FRAMED_OP_CLOSE, .fin = 1};
	struct framed_session *session;

	noted_begin(&raw);
	session = framed_fake_open(worker, NULL);
	noted_act = answer_close;
	framed_fake_frame(session, &close_frame);
	framed_fake_settle(fake);
	session = framed_fake_open(worker, NULL);
	answer_close(session);
	framed_fake_settle(fake);
	noted_expect(
	    "on_upgrade\non_open\non_frame 8 \non_close 1000 by 1 bye\n"
	    "on_upgrade\non_open\non_close 1000 by 2 bye\n");
}
END_TEST

START_TEST(keeps_limits_for_each_session)
{
	struct framed_session *session = noted_open();

	ck_assert_uint_eq(framed_ping_interval(session), 25000);
	ck_assert_uint_eq(framed_timeout(session), 15000);
	ck_assert_uint_eq(framed_max_frame(session), 1 << 20);
	ck_assert_int_eq(framed_masking(session), 0);
	ck_assert_int_eq(framed_set_ping_interval(session, 0), FRAMED_OK);
	ck_assert_int_eq(framed_set_timeout(session, 86400000), FRAMED_OK);
	ck_assert_int_eq(framed_set_max_frame(session, 1u << 30), FRAMED_OK);
	ck_assert_int_eq(framed_set_masking(session, 0), FRAMED_OK);
	ck_assert_int_eq(
	    framed_set_ping_interval(session, 86400001), FRAMED_INVALID);
	ck_assert_int_eq(framed_set_timeout(session, 86400001), FRAMED_INVALID);
	ck_assert_int_eq(framed_set_max_frame(session, 0), FRAMED_INVALID);
	ck_assert_int_eq(
	    framed_set_max_frame(session, (1u << 30) + 1), FRAMED_INVALID);
	ck_assert_int_eq(framed_set_masking(session, 1), FRAMED_INVALID);
	ck_assert_uint_eq(framed_ping_interval(session), 0);
	ck_assert_uint_eq(framed_timeout(session), 86400000);
	ck_assert_uint_eq(framed_max_frame(session), 1u << 30);
	ck_assert_uint_eq(
	    framed_fake_take(fake, FRAMED_FAKE_SET_MAX_FRAME)->value, 1u << 30);
	framed_close(session, 1000, NULL);
	ck_assert_int_eq(framed_set_timeout(session, 1), FRAMED_CLOSED);
}
END_TEST

START_TEST(calls_that_lack_their_callback_are_not_supported)
{
	struct framed_session *session;

	noted.on_flushed = NULL;
	noted.on_timer = NULL;
	noted.on_async_done = NULL;
	session = noted_open();
	ck_assert_int_eq(framed_flush(session, 1), FRAMED_UNSUPPORTED);
	ck_assert_int_eq(framed_timer(session, 1, 1), FRAMED_UNSUPPORTED);
	ck_assert_int_eq(framed_async(session, 1, NULL, 0), FRAMED_UNSUPPORTED);
}
END_TEST

START_TEST(posts_and_works_answer_by_their_limits)
{
	static const struct framed_fake_endpoint endpoint = {.async_max = 2};
	struct framed_session *session;
	uint64_t id;

	noted_begin(&endpoint);
	session = framed_fake_open(worker, NULL);
	id = framed_id(session);
	ck_assert_int_eq(framed_async(session, 1, NULL, 0), FRAMED_QUEUED);
	ck_assert_int_eq(framed_fake_text(session, "read"), 1);
	ck_assert_int_eq(framed_async(session, 2, NULL, 0), FRAMED_QUEUED);
	ck_assert_int_eq(framed_fake_text(session, "not read"), 0);
	ck_assert_int_eq(framed_async(session, 3, NULL, 0), FRAMED_AGAIN);
	ck_assert_int_eq(
	    framed_post(id, 1, zeroes, (16 << 20) + 1), FRAMED_INVALID);
	ck_assert_int_eq(framed_post(id + 1, 1, "", 0), FRAMED_GONE);
	ck_assert_int_eq(framed_timer(session, 86400001, 1), FRAMED_INVALID);
	for (uint64_t token = 0; token < 1024; token++)
		ck_assert_int_eq(framed_timer(session, 1, token), FRAMED_OK);
	ck_assert_int_eq(framed_timer(session, 1, 1024), FRAMED_AGAIN);
	ck_assert_int_eq(framed_timer(session, 2, 0), FRAMED_OK);
	for (uint64_t token = 0; token < 1024; token++)
		ck_assert_int_eq(framed_flush(session, token), FRAMED_QUEUED);
	ck_assert_int_eq(framed_flush(session, 1024), FRAMED_AGAIN);
	noted_act = NULL;
	framed_terminate(session);
	ck_assert_int_eq(framed_async(session, 3, NULL, 0), FRAMED_CLOSED);
	ck_assert_int_eq(framed_timer(session, 1, 0), FRAMED_CLOSED);
	ck_assert_int_eq(framed_flush(session, 0), FRAMED_CLOSED);
	ck_assert_int_eq(framed_timer_cancel(session, 0), FRAMED_OK);
}
END_TEST

static void
reach_out(struct framed_session *session)
{
	uint64_t id = 1;

	ck_assert_ptr_null(session);
	ck_assert_int_eq(framed_post(id, 9, "far", 3), FRAMED_QUEUED);
	ck_assert_int_eq(
	    framed_publish(NULL, "t", FRAMED_TEXT, "", 0, 0), FRAMED_QUEUED);
	framed_log(FRAMED_INFO, "working");
}

START_TEST(works_may_use_what_any_thread_may)
{
	struct framed_session *session = noted_open();

	ck_assert_uint_eq(framed_id(session), 1);
	framed_async(session, 1, "abc", 3);
	noted_act = reach_out;
	framed_fake_settle(fake);
	noted_expect("async_work 1 abc\non_post 9 far\n"
	             "on_async_done 1 gone 0 result 1\n");
	ck_assert_ptr_null(framed_fake_fault(fake));
}
END_TEST

static struct framed_session *out_of_reach;

static void
overreach(struct framed_session *session)
{
	ck_assert_ptr_null(session);
	ck_assert_int_eq(
	    framed_send(out_of_reach, FRAMED_TEXT, "", 0), FRAMED_CLOSED);
}

START_TEST(finds_works_that_call_for_a_session)
{
	out_of_reach = noted_open();
	framed_async(out_of_reach, 1, NULL, 0);
	noted_act = overreach;
	framed_fake_settle(fake);
	ck_assert_str_eq(
	    framed_fake_fault(fake), "framed_send: not in async_work");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("calls");
	TCase *tcase = tcase_create("calls");

	tcase_add_checked_fixture(tcase, noted_setup, noted_teardown);
	tcase_add_test(tcase, sends_reach_the_peer_in_order);
	tcase_add_test(tcase, sends_answer_by_state_and_arguments);
	tcase_add_loop_test(tcase, finds_text_that_is_none, 0,
	    (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_test(tcase, want_of_memory_ends_a_session_that_sends);
	tcase_add_loop_test(tcase, sends_frames_on_raw_endpoints, 0,
	    (int)(sizeof(frames) / sizeof(frames[0])));
	tcase_add_test(tcase, a_close_frame_is_the_last);
	tcase_add_test(tcase, keeps_limits_for_each_session);
	tcase_add_test(tcase, calls_that_lack_their_callback_are_not_supported);
	tcase_add_test(tcase, posts_and_works_answer_by_their_limits);
	tcase_add_test(tcase, works_may_use_what_any_thread_may);
	tcase_add_test(tcase, finds_works_that_call_for_a_session);
	suite_add_tcase(suite, tcase);
	return suite;
}
