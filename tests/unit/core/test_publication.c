/* Publications: what they carry, what they weigh, whom they reach. */
#include "core/publication.h"

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

START_TEST(publication_holds_its_frame)
{
	struct post *post = publication_new(SPAN_LITERAL("topic"), frame);

	ck_assert_ptr_nonnull(post);
	ck_assert_uint_eq(atomic_load(&frame->holds), 2);
	post_free(&post);
	ck_assert_uint_eq(atomic_load(&frame->holds), 1);
}
END_TEST

START_TEST(publication_weighs_what_it_pins)
{
	struct post *post = publication_new(SPAN_LITERAL("topic"), frame);

	ck_assert_ptr_nonnull(post);
	ck_assert_uint_ge(post->bytes,
	    sizeof(struct post) + 5 + sizeof(*frame) + frame->length);
	post_free(&post);
}
END_TEST

START_TEST(subscribers_of_its_topic_get_the_frame)
{
	static char name[FRAMED_TOPIC_MAX + 1];
	struct post *post;

	memset(name, 'n', FRAMED_TOPIC_MAX);
	peer_open(&peer);
	framed_subscribe((struct framed_session *)peer.session, name);
	for (size_t cut = 0; cut < 2; cut++) {
		post = publication_new(
		    span_from(name, FRAMED_TOPIC_MAX - cut), frame);
		ck_assert_ptr_nonnull(post);
		ck_assert_int_eq(
		    mailbox_post(&bench.worker->mailbox, post), MAILBOX_TAKEN);
	}
	bench_run();
	ck_assert_str_eq(peer_heard(&peer), "text=news ");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("publication");
	TCase *tcase = tcase_create("publications");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, publication_holds_its_frame);
	tcase_add_test(tcase, publication_weighs_what_it_pins);
	tcase_add_test(tcase, subscribers_of_its_topic_get_the_frame);
	suite_add_tcase(suite, tcase);
	return suite;
}
