/* What modules call: the edges of each function, and what a session tells. */
#include "core/host_api.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* In on_close, whose reason stays what it is. */
static void
ask_about_the_other(
    struct framed_session *session, const struct framed_close_info *reason)
{
	const struct framed_close_info *others =
	    framed_close_reason((struct framed_session *)other.session);

	ck_assert_uint_eq(others->code, 4002);
	ck_assert_int_eq(others->by, FRAMED_BY_LOCAL);
	ck_assert_str_eq(others->text, "others");
	text_add(
	    &bench.calls, "%u/%u:%s ", reason->code, reason->by, reason->text);
	ck_assert_uint_eq(framed_close_reason(session)->code, reason->code);
}

START_TEST(asking_for_other_reasons_does_not_change_ones_own)
{
	peer_open(&peer);
	peer_open(&other);
	bench.api.on_close = ask_about_the_other;
	framed_close((struct framed_session *)other.session, 4002, "others");
	peer_say_close(&peer, 4001, "own");
	bench_run();
	ck_assert_str_eq(bench_calls(), "4001/1:own ");
	bench.api.on_close = NULL;
}
END_TEST

/* Asks for a path below the endpoint's. */
static void
open_below(const char *path)
{
	static char prefix[] = "/chat/";
	const char *rest = strchr(bench_request, '\r');
	char request[512];

	bench.endpoint_conf.path = prefix;
	bench.endpoint_conf.is_prefix = true;
	peer_connect(&peer);
	snprintf(request, sizeof(request), "GET %s HTTP/1.1%s", path, rest);
	peer_write(&peer, span_from_string(request));
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "http=101 ");
	ck_assert_str_eq(bench_calls(), "open ");
}

/* All that was written to standard error, which is the file, so far. */
static const char *
logged(FILE *file)
{
	static char text[4096];
	size_t length;

	rewind(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	return text;
}

START_TEST(failure_is_told_in_one_line_and_once)
{
	struct framed_session *session;
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO);
	const char *end;
	char line[256];

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	open_below("/chat/\"room\"");
	session = (struct framed_session *)peer.session;
	framed_fail(session, "two\nlines and a \"quote\"");
	end = strstr(logged(file), "sid=");
	ck_assert_ptr_nonnull(end);
	snprintf(line, sizeof(line),
	    "sid=%016llx module failed path=\"/chat/\\x22room\\x22\" "
	    "why=\"two\\x0alines and a \\x22quote\\x22\"\n",
	    (unsigned long long)framed_id(session));
	ck_assert_str_eq(end, line);
	/* it has ended: nothing more is worth a line */
	framed_fail(session, "again");
	ck_assert_ptr_null(strstr(logged(file), "again"));
	ck_assert_int_eq(framed_close_reason(session)->by, FRAMED_BY_MODULE);
	dup2(kept, STDERR_FILENO);
	close(kept);
	fclose(file);
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
	open_below("/chat/room%201?key=secret");
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
	tcase_add_test(
	    tcase, asking_for_other_reasons_does_not_change_ones_own);
	tcase_add_test(tcase, failure_is_told_in_one_line_and_once);
	tcase_add_test(tcase, module_can_look_at_its_session);
	tcase_add_test(tcase, only_known_groups_are_given);
	tcase_add_test(tcase, path_of_a_prefix_is_the_one_asked_for);
	suite_add_tcase(suite, tcase);
	return suite;
}
