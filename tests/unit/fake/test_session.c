/* Sessions of the fake host: how they open, what comes to them, how they end. */

#include "tests/unit/fake/noted.h"

#include "tests/unit/harness.h"

static const struct framed_fake_request request = {
    .target = "/feed?from=3",
    .headers = "Origin: https://a.example\r\nX-Tag: 1\r\nx-tag:2\r\n",
    .subprotocols = "v2.feed, v1.feed",
    .peer = "198.51.100.7:4000",
};

static struct framed_session *kept;

static void
keep(struct framed_session *session)
{
	kept = session;
}

static void
read_request(struct framed_session *session)
{
	const char *name;

	ck_assert_str_eq(framed_method(session), "GET");
	ck_assert_str_eq(framed_target(session), "/feed?from=3");
	ck_assert_str_eq(framed_path(session), "/feed");
	ck_assert_str_eq(framed_query(session), "from=3");
	ck_assert_str_eq(framed_peer(session), "198.51.100.7:4000");
	ck_assert_str_eq(
	    framed_header(session, "origin", 0), "https://a.example");
	ck_assert_str_eq(framed_header(session, "X-Tag", 1), "2");
	ck_assert_ptr_null(framed_header(session, "X-Tag", 2));
	ck_assert_str_eq(framed_header_at(session, 1, &name), "1");
	ck_assert_str_eq(name, "X-Tag");
	ck_assert_ptr_null(framed_header_at(session, 3, NULL));
	kept = session;
}

START_TEST(facts_are_those_of_the_request)
{
	static const char *const facts[] = {
	    [FRAMED_FACT_USER] = "alice",
	    [FRAMED_FACT_TLS_PROTOCOL] = NULL,
	    [FRAMED_FACT_TLS_CIPHER] = "TLS_AES_128_GCM_SHA256",
	};
	const struct framed_fake_request known = {
	    .facts = facts, .fact_count = 3};
	struct framed_session *one, *other;

	noted_begin(NULL);
	one = framed_fake_open(worker, &known);
	other = framed_fake_open(worker, NULL);
	ck_assert_str_eq(framed_fact(one, FRAMED_FACT_USER), "alice");
	ck_assert_ptr_null(framed_fact(one, FRAMED_FACT_TLS_PROTOCOL));
	ck_assert_ptr_null(framed_fact(one, FRAMED_FACT_TLS_FINGERPRINT));
	ck_assert_ptr_null(framed_fact(other, FRAMED_FACT_USER));
}
END_TEST

START_TEST(shows_the_request_until_on_open_has_returned)
{
	noted_begin(NULL);
	noted_act = read_request;
	ck_assert_ptr_nonnull(framed_fake_open(worker, &request));
	noted_act = read_request;
	ck_assert_ptr_nonnull(framed_fake_open(worker, &request));
	ck_assert_ptr_null(framed_target(kept));
	ck_assert_ptr_null(framed_header(kept, "origin", 0));
	ck_assert_str_eq(framed_path(kept), "/feed");
	ck_assert_str_eq(framed_peer(kept), "198.51.100.7:4000");
	ck_assert_ptr_null(framed_fake_fault(fake));
}
END_TEST

START_TEST(takes_no_headers_of_another_form)
{
	static const char *const wrong[] = {
	    "Origin", "Origin: a", "Origin: a\n", "Ori gin: a\r\n", ": a\r\n"};

	noted_begin(NULL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct framed_fake_request r = {.headers = wrong[i]};

		ck_assert_ptr_null(framed_fake_open(worker, &r));
	}
	noted_expect("");
}
END_TEST

START_TEST(gives_each_session_what_is_its_own)
{
	struct framed_session *a = noted_open();
	struct framed_session *b = framed_fake_open(worker, NULL);

	ck_assert_uint_ne(framed_id(a), 0);
	ck_assert_uint_ne(framed_id(a), framed_id(b));
	ck_assert_ptr_ne(framed_storage(a), framed_storage(b));
	ck_assert_int_eq(*(char *)framed_storage(a), 0);
	ck_assert_ptr_eq(framed_instance(a), &noted);
	ck_assert_ptr_eq(framed_worker(a), worker);
	ck_assert_ptr_eq(framed_worker_instance(worker), &noted);
	ck_assert_ptr_nonnull(framed_worker_data(worker));
}
END_TEST

START_TEST(agrees_on_the_endpoints_subprotocol)
{
	static const struct framed_fake_endpoint endpoint = {
	    .subprotocol = "v1.feed"};

	noted_begin(&endpoint);
	ck_assert_str_eq(
	    framed_subprotocol(framed_fake_open(worker, &request)), "v1.feed");
}
END_TEST

START_TEST(shows_the_extension)
{
	static const struct framed_extension deflate = {
	    .size = sizeof(deflate), .name = "permessage-deflate", .level = 1};
	static const struct framed_fake_request compressed = {
	    .extension = &deflate};
	struct framed_session *session;

	noted_begin(NULL);
	session = framed_fake_open(worker, &compressed);
	ck_assert_ptr_eq(
	    framed_extension(session, "permessage-deflate"), &deflate);
	ck_assert_ptr_null(framed_extension(session, "other"));
}
END_TEST

static void
accept_v2(struct framed_session *session)
{
	static const struct framed_answer answer = {
	    .size = sizeof(answer),
	    .status = 101,
	    .subprotocol = "v2.feed",
	    .headers = "X-Node: 3\r\n",
	};

	ck_assert_int_eq(framed_answer(session, &answer), FRAMED_OK);
	ck_assert_int_eq(framed_answer(session, &answer), FRAMED_CLOSED);
}

static void
refuse(struct framed_session *session)
{
	static const struct framed_answer answer = {
	    .size = sizeof(answer), .status = 403, .text = "not you"};

	ck_assert_int_eq(framed_answer(session, &answer), FRAMED_OK);
}

START_TEST(opens_as_the_module_answers)
{
	struct framed_session *session;
	const struct framed_fake_note *note;

	noted_begin(NULL);
	noted_act = accept_v2;
	session = framed_fake_open(worker, &request);
	noted_expect("on_upgrade\non_open\n");
	ck_assert_str_eq(framed_subprotocol(session), "v2.feed");
	ck_assert_uint_eq(framed_fake_status(session), 101);
	note = framed_fake_take(fake, FRAMED_FAKE_ANSWER);
	ck_assert_uint_eq(note->status, 101);
	ck_assert_str_eq(note->headers, "X-Node: 3\r\n");
	ck_assert_str_eq(note->subprotocol, "v2.feed");
	ck_assert_ptr_null(note->text);
}
END_TEST

START_TEST(does_not_open_what_the_module_refuses)
{
	struct framed_session *session;

	noted_begin(NULL);
	noted_act = refuse;
	session = framed_fake_open(worker, NULL);
	noted_expect("on_upgrade\n");
	ck_assert_int_eq(framed_fake_state(session), FRAMED_FAKE_CLOSED);
	ck_assert_uint_eq(framed_fake_status(session), 403);
	ck_assert_str_eq(
	    framed_fake_take(fake, FRAMED_FAKE_ANSWER)->text, "not you");
}
END_TEST

START_TEST(opens_when_an_answer_that_was_put_off_comes)
{
	struct framed_session *session;

	noted_begin(NULL);
	noted_verdict = FRAMED_DEFER;
	session = framed_fake_open(worker, &request);
	ck_assert_int_eq(framed_fake_state(session), FRAMED_FAKE_UPGRADE);
	ck_assert_uint_eq(framed_fake_status(session), 0);
	ck_assert_int_eq(
	    framed_send(session, FRAMED_TEXT, "", 0), FRAMED_CLOSED);
	ck_assert_int_eq(framed_timer(session, 10, 1), FRAMED_OK);
	noted_act = accept_v2;
	framed_fake_advance(fake, 10);
	noted_expect("on_upgrade\non_timer 1\non_open\n");
	ck_assert_int_eq(framed_fake_state(session), FRAMED_FAKE_OPEN);
}
END_TEST

START_TEST(takes_answers_by_id)
{
	struct framed_answer answer = {
	    .size = sizeof(answer), .status = 101, .subprotocol = "v3"};
	struct framed_session *session;
	uint64_t id;

	noted_begin(NULL);
	noted_verdict = FRAMED_DEFER;
	session = framed_fake_open(worker, &request);
	id = framed_id(session);
	ck_assert_int_eq(framed_answer_to(id + 1, &answer), FRAMED_GONE);
	ck_assert_int_eq(framed_answer(session, &answer), FRAMED_INVALID);
	/* too late to say so by id */
	ck_assert_int_eq(framed_answer_to(id, &answer), FRAMED_OK);
	answer.subprotocol = NULL;
	ck_assert_int_eq(framed_answer_to(id, &answer), FRAMED_OK);
	framed_fake_settle(fake);
	ck_assert_int_eq(framed_fake_state(session), FRAMED_FAKE_CLOSED);
	ck_assert_uint_eq(framed_fake_status(session), 500);
	ck_assert_int_eq(framed_answer_to(id, &answer), FRAMED_GONE);
	noted_expect("on_upgrade\n");
}
END_TEST

enum { ANSWER_SIZE = sizeof(struct framed_answer) };

static const struct framed_answer wrong_answers[] = {
    {.status = 101},
    {ANSWER_SIZE - 1, .status = 101},
    {ANSWER_SIZE, .status = 200},
    {ANSWER_SIZE, .status = 600},
    {ANSWER_SIZE, .status = 101, .headers = "Connection: close\r\n"},
    {ANSWER_SIZE, .status = 101, .headers = "sec-websocket-accept: x\r\n"},
    {ANSWER_SIZE, .status = 101, .headers = "X-Node: 3"},
    {ANSWER_SIZE, .status = 403, .text = "two\r\nlines"},
    {ANSWER_SIZE, .status = 403, .text = "a\ttab"},
    {ANSWER_SIZE, .status = 403, .text = "caf\xe9"},
};

static void
answer_wrongly(struct framed_session *session)
{
	for (size_t i = 0; i < sizeof(wrong_answers) / sizeof(wrong_answers[0]);
	     i++)
		ck_assert_int_eq(
		    framed_answer(session, &wrong_answers[i]), FRAMED_INVALID);
}

START_TEST(refuses_answers_that_cannot_be_sent)
{
	noted_begin(NULL);
	noted_act = answer_wrongly;
	framed_fake_open(worker, NULL);
	noted_expect("on_upgrade\non_open\n");
}
END_TEST

START_TEST(delivers_what_comes)
{
	struct framed_session *session = noted_open();

	ck_assert_int_eq(framed_fake_text(session, "hi"), 1);
	ck_assert_int_eq(
	    framed_fake_message(session, FRAMED_BINARY, "\1", 1), 1);
	ck_assert_int_eq(framed_fake_pong(session, "p", 1), 1);
	ck_assert_int_eq(framed_fake_writable(session), 1);
	ck_assert_int_eq(framed_fake_drop(session, 2, 30), 1);
	ck_assert_int_eq(framed_fake_post(session, 4, "x", 1), 1);
	ck_assert_int_eq(framed_fake_drain(session, 500), 1);
	noted_expect("on_message 1 hi\non_message 2 \1\non_pong p\n"
	             "on_writable\non_dropped 2 30\non_post 4 x\n"
	             "on_drain 500\n");
}
END_TEST

START_TEST(delivers_nothing_that_the_module_does_not_hear)
{
	struct framed_session *session;

	noted.on_message = NULL;
	noted.on_pong = NULL;
	noted.on_writable = NULL;
	noted.on_dropped = NULL;
	noted.on_post = NULL;
	noted.on_drain = NULL;
	session = noted_open();
	ck_assert_int_eq(framed_fake_text(session, "hi"), 0);
	ck_assert_int_eq(framed_fake_pong(session, "", 0), 0);
	ck_assert_int_eq(framed_fake_writable(session), 0);
	ck_assert_int_eq(framed_fake_drop(session, 1, 1), 0);
	ck_assert_int_eq(framed_fake_post(session, 0, NULL, 0), 0);
	ck_assert_int_eq(framed_fake_drain(session, 0), 0);
}
END_TEST

START_TEST(reads_nothing_while_paused)
{
	struct framed_session *session = noted_open();

	framed_pause(session);
	framed_pause(session);
	ck_assert_int_eq(framed_fake_text(session, "lost"), 0);
	ck_assert_int_eq(framed_fake_post(session, 1, NULL, 0), 1);
	framed_resume(session);
	ck_assert_int_eq(framed_fake_text(session, "hi"), 1);
	noted_expect("on_post 1 \non_message 1 hi\n");
}
END_TEST

START_TEST(brings_frames_to_raw_endpoints)
{
	static const struct framed_fake_endpoint raw = {.is_raw = 1};
	static const struct framed_frame ping = {
	    .opcode = FRAMED_OP_PING, .fin = 1, .data = "p", .length = 1};
	struct framed_session *session = noted_open();

	ck_assert_int_eq(framed_fake_frame(session, &ping), 0);
	session = framed_fake_open(framed_fake_load(fake, &raw), NULL);
	noted_expect("check none -1 0.5 0\nload none\nworker_start 0\n"
	             "on_upgrade\non_open\n");
	ck_assert_int_eq(framed_fake_text(session, "hi"), 0);
	ck_assert_int_eq(framed_fake_frame(session, &ping), 1);
	noted_expect("on_frame 9 p\n");
}
END_TEST

static void
call_back(struct framed_session *session)
{
	ck_assert_int_eq(framed_fake_text(session, "inside"), 0);
	ck_assert_int_eq(framed_fake_close(session, 1000, NULL), 0);
	ck_assert_int_eq(framed_fake_step(fake), 0);
	ck_assert_ptr_null(framed_fake_open(worker, NULL));
}

START_TEST(never_calls_back_inside_a_callback)
{
	struct framed_session *session = noted_open();

	noted_act = call_back;
	framed_fake_text(session, "hi");
	noted_expect("on_message 1 hi\n");
}
END_TEST

START_TEST(ends_as_the_peer_says)
{
	struct framed_session *session = noted_open();

	ck_assert_ptr_null(framed_close_reason(session));
	ck_assert_int_eq(framed_fake_close(session, 4000, "bye"), 1);
	ck_assert_int_eq(framed_fake_close(session, 1000, NULL), 0);
	ck_assert_int_eq(framed_fake_text(session, "hi"), 0);
	noted_expect("on_close 4000 by 1 bye\n");
	ck_assert_int_eq(framed_fake_state(session), FRAMED_FAKE_CLOSED);
}
END_TEST

START_TEST(the_first_reason_stands)
{
	struct framed_session *session = noted_open();

	ck_assert_int_eq(framed_close(session, 1000, "done"), FRAMED_QUEUED);
	ck_assert_int_eq(framed_close(session, 1001, NULL), FRAMED_CLOSED);
	ck_assert_int_eq(framed_fake_state(session), FRAMED_FAKE_CLOSING);
	ck_assert_uint_eq(framed_close_reason(session)->code, 1000);
	ck_assert_int_eq(framed_fake_text(session, "hi"), 0);
	ck_assert_int_eq(
	    framed_fake_end(session, FRAMED_BY_TIMEOUT, 1011, NULL), 1);
	ck_assert_int_eq(framed_fake_settle(fake), 0);
	noted_expect("on_close 1000 by 2 done\n");
}
END_TEST

static void
terminate(struct framed_session *session)
{
	framed_terminate(session);
}

static void
give_up(struct framed_session *session)
{
	framed_fail(session, "no disk");
}

START_TEST(ends_as_the_module_wants)
{
	struct framed_session *session = noted_open();

	noted_act = terminate;
	framed_fake_text(session, "a");
	noted_expect("on_message 1 a\n");
	framed_fake_settle(fake);
	noted_expect("on_close 1006 by 2 \n");

	session = framed_fake_open(worker, NULL);
	noted_act = give_up;
	framed_fake_text(session, "b");
	framed_fake_settle(fake);
	noted_expect(
	    "on_upgrade\non_open\non_message 1 b\non_close 1011 by 7 \n");
	ck_assert_str_eq(
	    framed_fake_take_of(session, FRAMED_FAKE_FAIL)->text, "no disk");
}
END_TEST

START_TEST(a_session_that_never_opened_has_no_end)
{
	struct framed_session *session;

	noted_begin(NULL);
	noted_act = give_up;
	session = framed_fake_open(worker, NULL);
	ck_assert_uint_eq(framed_fake_status(session), 500);
	noted_verdict = FRAMED_DEFER;
	session = framed_fake_open(worker, NULL);
	ck_assert_int_eq(
	    framed_fake_end(session, FRAMED_BY_TRANSPORT, 1006, NULL), 0);
	ck_assert_int_eq(framed_fake_state(session), FRAMED_FAKE_CLOSED);
	framed_fake_settle(fake);
	noted_expect("on_upgrade\non_upgrade\n");
}
END_TEST

START_TEST(cuts_the_reason_between_characters)
{
	struct framed_session *session = noted_open();
	char text[131];

	for (size_t i = 0; i < 130; i += 2)
		memcpy(text + i, "\xc3\xa9", 3);
	framed_close(session, 1000, text);
	ck_assert_uint_eq(strlen(framed_close_reason(session)->text), 122);
	ck_assert_ptr_null(framed_fake_fault(fake));
}
END_TEST

START_TEST(finds_calls_for_a_session_that_is_over)
{
	struct framed_session *session = noted_open();

	noted_act = keep;
	framed_fake_text(session, "hi");
	framed_fake_close(session, 1000, NULL);
	ck_assert_ptr_null(framed_fake_fault(fake));
	ck_assert_ptr_null(framed_path(kept));
	ck_assert_int_eq(framed_send(kept, FRAMED_TEXT, "", 0), FRAMED_CLOSED);
	ck_assert_str_eq(
	    framed_fake_fault(fake), "framed_path: the session is over");
}
END_TEST

START_TEST(finds_settings_that_are_asked_too_late)
{
	noted_begin(NULL);
	ck_assert_int_eq((int)framed_setting_int(NULL, "number", 5), 5);
	ck_assert_str_eq(framed_fake_fault(fake),
	    "framed_setting_int: not in check or load");
}
END_TEST

static TCase *
ends(void)
{
	TCase *tcase = tcase_create("ends");

	tcase_add_checked_fixture(tcase, noted_setup, noted_teardown);
	tcase_add_test(tcase, ends_as_the_peer_says);
	tcase_add_test(tcase, the_first_reason_stands);
	tcase_add_test(tcase, ends_as_the_module_wants);
	tcase_add_test(tcase, a_session_that_never_opened_has_no_end);
	tcase_add_test(tcase, cuts_the_reason_between_characters);
	tcase_add_test(tcase, finds_calls_for_a_session_that_is_over);
	tcase_add_test(tcase, finds_settings_that_are_asked_too_late);
	return tcase;
}

Suite *
test_suite(void)
{
	Suite *suite = suite_create("session");
	TCase *tcase = tcase_create("session");

	tcase_add_checked_fixture(tcase, noted_setup, noted_teardown);
	tcase_add_test(tcase, shows_the_request_until_on_open_has_returned);
	tcase_add_test(tcase, takes_no_headers_of_another_form);
	tcase_add_test(tcase, gives_each_session_what_is_its_own);
	tcase_add_test(tcase, agrees_on_the_endpoints_subprotocol);
	tcase_add_test(tcase, shows_the_extension);
	tcase_add_test(tcase, opens_as_the_module_answers);
	tcase_add_test(tcase, does_not_open_what_the_module_refuses);
	tcase_add_test(tcase, opens_when_an_answer_that_was_put_off_comes);
	tcase_add_test(tcase, takes_answers_by_id);
	tcase_add_test(tcase, refuses_answers_that_cannot_be_sent);
	tcase_add_test(tcase, delivers_what_comes);
	tcase_add_test(tcase, delivers_nothing_that_the_module_does_not_hear);
	tcase_add_test(tcase, reads_nothing_while_paused);
	tcase_add_test(tcase, brings_frames_to_raw_endpoints);
	tcase_add_test(tcase, facts_are_those_of_the_request);
	tcase_add_test(tcase, never_calls_back_inside_a_callback);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, ends());
	return suite;
}
