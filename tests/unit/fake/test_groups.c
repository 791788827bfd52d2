/* The fake host's groups: topics and client sessions. */

#include "tests/unit/fake/noted.h"

#include <stdio.h>

#include "tests/unit/harness.h"

START_TEST(publications_reach_who_is_subscribed)
{
	struct framed_session *a = noted_open();
	struct framed_session *b = framed_fake_open(worker, NULL);
	struct framed_session *c = framed_fake_open(worker, NULL);

	ck_assert_int_eq(framed_subscribe(a, "news"), FRAMED_QUEUED);
	ck_assert_int_eq(framed_subscribe(b, "news"), FRAMED_QUEUED);
	ck_assert_int_eq(framed_subscribe(c, "weather"), FRAMED_QUEUED);
	ck_assert_int_eq(framed_fake_is_subscribed(a, "news"), 1);
	ck_assert_int_eq(framed_fake_is_subscribed(c, "news"), 0);
	framed_publish(a, "news", FRAMED_TEXT, "to all", 6, 0);
	ck_assert_str_eq(
	    framed_fake_take_of(a, FRAMED_FAKE_DELIVERY)->data, "to all");
	ck_assert_str_eq(
	    framed_fake_take_of(b, FRAMED_FAKE_DELIVERY)->data, "to all");
	framed_publish(
	    a, "news", FRAMED_TEXT, "x", 1, FRAMED_PUBLISH_SKIP_SENDER);
	ck_assert_ptr_null(framed_fake_take_of(a, FRAMED_FAKE_DELIVERY));
	ck_assert_ptr_nonnull(framed_fake_take_of(b, FRAMED_FAKE_DELIVERY));
	ck_assert_int_eq(framed_unsubscribe(b, "news"), FRAMED_QUEUED);
	ck_assert_int_eq(framed_unsubscribe(b, "news"), FRAMED_QUEUED);
	framed_publish(NULL, "news", FRAMED_TEXT, "y", 1, 0);
	ck_assert_ptr_null(framed_fake_take_of(b, FRAMED_FAKE_DELIVERY));
	ck_assert_ptr_null(framed_fake_take_of(c, FRAMED_FAKE_DELIVERY));
}
END_TEST

START_TEST(keyed_publications_tell_their_key)
{
	struct framed_session *session = noted_open();
	struct framed_publication publication = {
	    .size = sizeof(publication),
	    .type = FRAMED_BINARY,
	    .data = "price",
	    .length = 5,
	};
	const struct framed_fake_note *note;

	framed_subscribe(session, "t");
	ck_assert_int_eq(
	    framed_publish_keyed(session, "t", 3, &publication), FRAMED_QUEUED);
	note = framed_fake_take(fake, FRAMED_FAKE_PUBLISH_KEYED);
	ck_assert_uint_eq(note->key, 3);
	ck_assert_str_eq(note->topic, "t");
	note = framed_fake_take(fake, FRAMED_FAKE_DELIVERY);
	ck_assert_uint_eq(note->key, 3);
	ck_assert_str_eq(note->data, "price");
	publication.size = 0;
	ck_assert_int_eq(framed_publish_keyed(session, "t", 3, &publication),
	    FRAMED_INVALID);
}
END_TEST

static void
say_goodbye(struct framed_session *session)
{
	ck_assert_int_eq(framed_publish(session, "t", FRAMED_TEXT, "bye", 3, 0),
	    FRAMED_QUEUED);
	ck_assert_int_eq(framed_subscribe(session, "t"), FRAMED_CLOSED);
}

START_TEST(who_is_closing_may_still_publish)
{
	struct framed_session *a = noted_open();
	struct framed_session *b = framed_fake_open(worker, NULL);

	framed_subscribe(a, "t");
	framed_subscribe(b, "t");
	noted_act = say_goodbye;
	framed_fake_close(a, 1000, NULL);
	ck_assert_ptr_null(framed_fake_take_of(a, FRAMED_FAKE_DELIVERY));
	ck_assert_str_eq(
	    framed_fake_take_of(b, FRAMED_FAKE_DELIVERY)->data, "bye");
	ck_assert_ptr_null(framed_fake_fault(fake));
}
END_TEST

START_TEST(topics_have_their_limits)
{
	struct framed_session *session = noted_open();
	char topic[FRAMED_TOPIC_MAX + 2] = "";

	ck_assert_int_eq(framed_subscribe(session, ""), FRAMED_INVALID);
	memset(topic, 't', sizeof(topic) - 1);
	ck_assert_int_eq(framed_subscribe(session, topic), FRAMED_INVALID);
	ck_assert_int_eq(framed_publish(session, topic, FRAMED_TEXT, "", 0, 0),
	    FRAMED_INVALID);
	topic[FRAMED_TOPIC_MAX] = '\0';
	ck_assert_int_eq(framed_subscribe(session, topic), FRAMED_QUEUED);
	for (int i = 1; i < FRAMED_SUBSCRIPTIONS_MAX; i++) {
		snprintf(topic, sizeof(topic), "%d", i);
		ck_assert_int_eq(
		    framed_subscribe(session, topic), FRAMED_QUEUED);
	}
	ck_assert_int_eq(framed_subscribe(session, topic), FRAMED_QUEUED);
	ck_assert_int_eq(framed_subscribe(session, "more"), FRAMED_DROPPED);
}
END_TEST

static const struct framed_connect_options options = {
    .size = sizeof(options),
    .token = 5,
    .url = "ws://127.0.0.1:9001/feed?x=1",
    .subprotocols = "v1",
};

START_TEST(a_call_opens_a_session)
{
	const struct framed_fake_request response = {
	    .headers = "Server: other\r\n", .subprotocols = "v1"};
	const struct framed_connect_options unsized = {.url = options.url};
	struct framed_session *session;
	uint64_t id = 0;

	noted_begin(NULL);
	ck_assert_int_eq(framed_connect(worker, &unsized, &id), FRAMED_INVALID);
	framed_fake_take(fake, FRAMED_FAKE_CONNECT);
	ck_assert_int_eq(framed_connect(worker, &options, &id), FRAMED_QUEUED);
	ck_assert_uint_eq(framed_fake_take(fake, FRAMED_FAKE_CONNECT)->id, id);
	ck_assert_int_eq(framed_fake_settle(fake), 0);
	noted_expect("");
	session = framed_fake_connected(fake, id, &response);
	noted_expect("on_open\n");
	ck_assert_uint_eq(framed_id(session), id);
	ck_assert_int_eq(framed_masking(session), 1);
	ck_assert_str_eq(framed_path(session), "/feed");
	ck_assert_str_eq(framed_subprotocol(session), "v1");
	ck_assert_uint_eq(framed_call(session)->token, 5);
	ck_assert_uint_eq(framed_call(session)->status, 101);
	ck_assert_str_eq(framed_call(session)->url, options.url);
	ck_assert_ptr_null(framed_fake_connected(fake, id, NULL));
	ck_assert_int_eq(framed_fake_text(session, "hi"), 1);
	noted_expect("on_message 1 hi\n");
	ck_assert_ptr_null(framed_call(framed_fake_open(worker, NULL)));
}
END_TEST

START_TEST(a_call_fails)
{
	static const struct framed_close_info refused = {
	    .code = 1006, .by = FRAMED_BY_PROTOCOL, .text = ""};
	uint64_t id;

	noted_begin(NULL);
	framed_connect(worker, &options, &id);
	ck_assert_int_eq(
	    framed_fake_connect_failed(fake, id, 404, &refused), 1);
	ck_assert_int_eq(
	    framed_fake_connect_failed(fake, id, 404, &refused), 0);
	noted_expect("on_connect_failed 0 ws://127.0.0.1:9001/feed?x=1 token 5 "
	             "status 404 code 1006 by 4\n");
	framed_connect(worker, &options, NULL);
	framed_fake_free(&fake);
	noted_expect("on_connect_failed 0 ws://127.0.0.1:9001/feed?x=1 token 5 "
	             "status 0 code 1001 by 8\n"
	             "worker_stop 0 its own\nunload its own\n");
}
END_TEST

static const struct {
	const char *url;
	enum framed_result result;
	const char *path;
} urls[] = {
    {"ws://127.0.0.1", FRAMED_QUEUED, "/"},
    {"ws://[::1]:80/a", FRAMED_QUEUED, "/a"},
    {"ws+unix:/run/x.sock:/feed", FRAMED_QUEUED, "/feed"},
    {"ws+unix:/run/x.sock", FRAMED_QUEUED, "/"},
    {"wss://127.0.0.1/a", FRAMED_QUEUED, "/a"},
    {"ws://example.org/", FRAMED_INVALID, NULL},
    {"ws:///feed", FRAMED_INVALID, NULL},
    {"http://127.0.0.1/", FRAMED_INVALID, NULL},
    {NULL, FRAMED_INVALID, NULL},
};

START_TEST(calls_go_to_addresses_only)
{
	const struct framed_connect_options o = {
	    .size = sizeof(o), .url = urls[_i].url};
	uint64_t id;

	noted_begin(NULL);
	ck_assert_int_eq(framed_connect(worker, &o, &id), urls[_i].result);
	if (urls[_i].path != NULL)
		ck_assert_str_eq(
		    framed_path(framed_fake_connected(fake, id, NULL)),
		    urls[_i].path);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("groups");
	TCase *tcase = tcase_create("groups");

	tcase_add_checked_fixture(tcase, noted_setup, noted_teardown);
	tcase_add_test(tcase, publications_reach_who_is_subscribed);
	tcase_add_test(tcase, keyed_publications_tell_their_key);
	tcase_add_test(tcase, who_is_closing_may_still_publish);
	tcase_add_test(tcase, topics_have_their_limits);
	tcase_add_test(tcase, a_call_opens_a_session);
	tcase_add_test(tcase, a_call_fails);
	tcase_add_loop_test(tcase, calls_go_to_addresses_only, 0,
	    (int)(sizeof(urls) / sizeof(urls[0])));
	suite_add_tcase(suite, tcase);
	return suite;
}
