/* Letters: what arrives, what comes too late, and what they weigh. */
#include "core/letter.h"

#include <stddef.h>

#include "proto/frame.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct frame_share *frame;
static struct peer peer;

static void
setup(void)
{
	bench_setup();
	peer.fd = -1;
	frame = frame_share_new(FRAME_TEXT, 0, SPAN_LITERAL("news"));
	ck_assert_ptr_nonnull(frame);
}

static void
teardown(void)
{
	ck_assert_uint_eq(atomic_load(&frame->holds), 1);
	frame_share_release_hold(&frame);
	peer_close(&peer);
	bench_teardown();
}

static void
put(struct post *post)
{
	ck_assert_ptr_nonnull(post);
	ck_assert_int_eq(
	    mailbox_post(&bench.worker->mailbox, post), MAILBOX_TAKEN);
}

/* A note and a frame, for the peer's session. */
static void
put_both(void)
{
	uint64_t id = session_id(peer.session);

	put(letter_new_note(id, 7, SPAN_LITERAL("data")));
	put(letter_new_frame(id, frame));
}

START_TEST(letters_arrive_while_the_session_is_open)
{
	peer_open(&peer);
	put_both();
	bench_run();
	ck_assert_str_eq(bench_calls(), "post=7:data ");
	ck_assert_str_eq(peer_heard(&peer), "text=news ");
	ck_assert_uint_eq(bench.worker->stats.dropped, 0);
}
END_TEST

/* A deferred session, of which the module knows, has notes but no output. */
START_TEST(notes_arrive_while_the_upgrade_is_judged)
{
	peer_connect(&peer);
	peer.session->state = SESSION_UPGRADE;
	peer.session->endpoint = &bench.endpoint;
	put_both();
	bench_run();
	ck_assert_str_eq(bench_calls(), "post=7:data ");
	ck_assert_str_eq(peer_heard(&peer), "");
	ck_assert_uint_eq(bench.worker->stats.dropped, 1);
	peer.session->state = SESSION_ACCEPTED;
}
END_TEST

START_TEST(letters_before_the_module_knows_the_session_are_dropped)
{
	peer_connect(&peer);
	put_both();
	bench_run();
	/* in UPGRADE, but not yet routed */
	peer.session->state = SESSION_UPGRADE;
	put_both();
	bench_run();
	peer.session->state = SESSION_ACCEPTED;
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_uint_eq(bench.worker->stats.dropped, 4);
}
END_TEST

START_TEST(letters_that_come_too_late_are_dropped)
{
	peer_open(&peer);
	put_both();
	/* closing, closed, or freed and with another in its place */
	if (_i == 0)
		framed_close((struct framed_session *)peer.session, 1000, "");
	else
		framed_terminate((struct framed_session *)peer.session);
	if (_i == 2) {
		struct post *post =
		    mailbox_take(&bench.worker->mailbox, &(unsigned){0});
		uint32_t slot = peer.session->slot;

		bench_run();
		bench_calls();
		peer_close(&peer);
		peer_open(&peer);
		ck_assert_uint_eq(peer.session->slot, slot);
		bench.worker->inbox = post;
		bench.worker->inbox_end = &post->next->next;
	}
	bench_run();
	ck_assert_ptr_null(strstr(bench_calls(), "post"));
	ck_assert_ptr_null(strstr(peer_heard(&peer), "text"));
	ck_assert_uint_eq(bench.worker->stats.dropped, 2);
}
END_TEST

START_TEST(notes_for_a_module_without_on_post_are_dropped)
{
	bench.api.on_post = NULL;
	peer_open(&peer);
	put_both();
	bench_run();
	ck_assert_str_eq(bench_calls(), "");
	ck_assert_str_eq(peer_heard(&peer), "text=news ");
	ck_assert_uint_eq(bench.worker->stats.dropped, 1);
}
END_TEST

static void
expect_aligned(struct framed_session *session, uint64_t token, struct span data)
{
	(void)session;
	ck_assert_uint_eq(token, data.length);
	ck_assert_uint_eq((uintptr_t)data.data % _Alignof(max_align_t), 0);
}

START_TEST(data_is_aligned_for_any_type)
{
	static const uint8_t data[64];

	bench.acts.post = expect_aligned;
	peer_open(&peer);
	for (size_t length = 0; length < sizeof(data); length++)
		put(letter_new_note(session_id(peer.session), length,
		    span_from(length == 0 ? NULL : data, length)));
	bench_run();
}
END_TEST

START_TEST(letters_weigh_what_they_pin)
{
	static const uint8_t data[1000];
	struct post *note = letter_new_note(1, 0, span_from(data, 1000));
	struct post *delivery = letter_new_frame(1, frame);

	ck_assert_ptr_nonnull(note);
	ck_assert_ptr_nonnull(delivery);
	ck_assert_uint_ge(note->bytes, sizeof(struct post) + 1000);
	ck_assert_uint_ge(delivery->bytes,
	    sizeof(struct post) + sizeof(*frame) + frame->length);
	ck_assert_uint_eq(atomic_load(&frame->holds), 2);
	post_free(&note);
	post_free(&delivery);
}
END_TEST

static void
end_the_session(
    struct framed_session *session, uint64_t token, struct span data)
{
	(void)token;
	(void)data;
	framed_terminate(session);
}

START_TEST(on_post_may_end_the_session)
{
	bench.acts.post = end_the_session;
	peer_open(&peer);
	put_both();
	put_both();
	bench_run();
	ck_assert_str_eq(bench_calls(), "post=7:data close=1006/local: ");
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_uint_eq(bench.worker->stats.dropped, 3);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("letter");
	TCase *tcase = tcase_create("letters");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, letters_arrive_while_the_session_is_open);
	tcase_add_test(tcase, notes_arrive_while_the_upgrade_is_judged);
	tcase_add_test(
	    tcase, letters_before_the_module_knows_the_session_are_dropped);
	tcase_add_loop_test(
	    tcase, letters_that_come_too_late_are_dropped, 0, 3);
	tcase_add_test(tcase, notes_for_a_module_without_on_post_are_dropped);
	tcase_add_test(tcase, data_is_aligned_for_any_type);
	tcase_add_test(tcase, letters_weigh_what_they_pin);
	tcase_add_test(tcase, on_post_may_end_the_session);
	suite_add_tcase(suite, tcase);
	return suite;
}
