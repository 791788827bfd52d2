/* Outgoing bytes: made once, shared by count, freed with the last hold. The
 * leak checker of a sanitizer build sees to the freeing. */
#include "core/packet.h"

#include <pthread.h>

#include "proto/frame.h"
#include "tests/unit/harness.h"

START_TEST(packet_is_a_copy_of_its_parts)
{
	char a[] = "head", b[] = "body";
	const struct iovec parts[] = {{a, 4}, {NULL, 0}, {b, 4}};
	struct packet *packet = packet_new(PACKET_PING, parts, 3);

	ck_assert_ptr_nonnull(packet);
	memset(a, 'x', 4);
	memset(b, 'x', 4);
	ck_assert_int_eq(packet->kind, PACKET_PING);
	ck_assert_uint_eq(packet->length, 8);
	ck_assert_mem_eq(packet->bytes, "headbody", 8);
	packet_release_hold(&packet);
	ck_assert_ptr_null(packet);
	packet_release_hold(&packet);
}
END_TEST

START_TEST(packet_lives_as_long_as_somebody_holds_it)
{
	char a[] = "a";
	const struct iovec part = {a, 1};
	struct packet *packet = packet_new(PACKET_DATA, &part, 1);
	struct packet *second = packet;

	ck_assert_ptr_nonnull(packet);
	packet_hold(packet);
	packet_release_hold(&packet);
	ck_assert_mem_eq(second->bytes, "a", 1);
	packet_release_hold(&second);
}
END_TEST

/* The header in its three lengths: RFC 6455 section 5.2. */
START_TEST(share_is_one_final_unmasked_frame)
{
	static const struct {
		size_t length;
		struct span header;
	} cases[] = {
	    {0, SPAN_LITERAL("\x81\x00")},
	    {125, SPAN_LITERAL("\x81\x7d")},
	    {126, SPAN_LITERAL("\x81\x7e\x00\x7e")},
	    {65536, SPAN_LITERAL("\x81\x7f\0\0\0\0\0\1\0\0")},
	};
	static uint8_t payload[65536];

	memset(payload, 'p', sizeof(payload));
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		size_t header = cases[i].header.length;
		struct frame_share *share = frame_share_new(
		    FRAME_TEXT, 0, span_from(payload, cases[i].length));

		ck_assert_ptr_nonnull(share);
		ck_assert_uint_eq(share->length, header + cases[i].length);
		ck_assert_uint_eq(share->payload_length, cases[i].length);
		ck_assert_mem_eq(share->bytes, cases[i].header.data, header);
		ck_assert(memcmp(share->bytes + header, payload,
		              cases[i].length) == 0);
		frame_share_release_hold(&share);
		ck_assert_ptr_null(share);
	}
}
END_TEST

START_TEST(packet_keeps_the_share_it_came_from)
{
	struct frame_share *share =
	    frame_share_new(FRAME_BINARY, 0, SPAN_LITERAL("news"));
	struct packet *packet;

	ck_assert_ptr_nonnull(share);
	packet = packet_from_share(share);
	ck_assert_ptr_nonnull(packet);
	ck_assert_uint_eq(atomic_load(&share->holds), 2);
	ck_assert_ptr_eq(packet->bytes, share->bytes);
	ck_assert_uint_eq(packet->length, share->length);
	ck_assert_int_eq(packet->kind, PACKET_DATA);
	ck_assert_uint_eq(packet->payload_length, 4);
	ck_assert(!packet->is_keyed);
	frame_share_release_hold(&share);
	ck_assert_mem_eq(packet->bytes + 2, "news", 4);
	packet_release_hold(&packet);
}
END_TEST

START_TEST(packet_has_the_key_of_its_share)
{
	struct frame_share *share =
	    frame_share_new(FRAME_TEXT, 0, SPAN_LITERAL("price"));
	struct packet *packet;

	ck_assert_ptr_nonnull(share);
	frame_share_set_key(share, 0);
	packet = packet_from_share(share);
	ck_assert_ptr_nonnull(packet);
	ck_assert(packet->is_keyed);
	ck_assert_uint_eq(packet->key, 0);
	packet_release_hold(&packet);
	frame_share_release_hold(&share);
}
END_TEST

/* Holds and lets go many times, and lets go of the hold it was given. */
static void *
hold_often(void *arg)
{
	struct frame_share *share = arg;

	for (unsigned i = 0; i < 10000; i++) {
		struct frame_share *mine = share;

		frame_share_hold(mine);
		frame_share_release_hold(&mine);
	}
	frame_share_release_hold(&share);
	return NULL;
}

START_TEST(shares_are_counted_across_threads)
{
	struct frame_share *share =
	    frame_share_new(FRAME_TEXT, 0, SPAN_LITERAL("x"));
	pthread_t threads[4];

	ck_assert_ptr_nonnull(share);
	for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
		frame_share_hold(share);
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, hold_often, share), 0);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(atomic_load(&share->holds), 1);
	frame_share_release_hold(&share);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("packet");
	TCase *tcase = tcase_create("counts");

	tcase_add_test(tcase, packet_is_a_copy_of_its_parts);
	tcase_add_test(tcase, packet_lives_as_long_as_somebody_holds_it);
	tcase_add_test(tcase, share_is_one_final_unmasked_frame);
	tcase_add_test(tcase, packet_keeps_the_share_it_came_from);
	tcase_add_test(tcase, packet_has_the_key_of_its_share);
	tcase_add_test(tcase, shares_are_counted_across_threads);
	suite_add_tcase(suite, tcase);
	return suite;
}
