/* Ids: what they name, how long, and what other numbers do. */
#include "core/server.h"
#include "core/session.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peer;

static void
setup(void)
{
	bench_setup();
	peer.fd = -1;
}

static void
teardown(void)
{
	peer_close(&peer);
	bench_teardown();
}

START_TEST(no_id_is_0_when_generations_begin_anew)
{
	bench.worker->generation = UINT32_MAX;
	peer_open(&peer);
	ck_assert_uint_eq(peer.session->slot, 0);
	ck_assert_uint_ne(session_id(peer.session), 0);
}
END_TEST

START_TEST(ids_differ_though_slots_return)
{
	uint64_t first;
	uint32_t slot;

	peer_open(&peer);
	first = session_id(peer.session);
	slot = peer.session->slot;
	ck_assert_uint_ne(first, 0);
	peer_close(&peer);
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=1006/transport: ");
	peer_open(&peer);
	ck_assert_uint_eq(peer.session->slot, slot);
	ck_assert_uint_ne(session_id(peer.session), first);
}
END_TEST

static void
expect_id(uint64_t id, const struct session *session)
{
	ck_assert_ptr_eq(server_find(&bench.server, id),
	    session == NULL ? NULL : bench.worker);
	if (session_id_worker(id) == 0)
		ck_assert_ptr_eq(
		    worker_find_session(bench.worker, id), session);
}

START_TEST(an_id_finds_its_session_from_accept_to_the_end)
{
	uint64_t id;

	peer_connect(&peer);
	id = session_id(peer.session);
	expect_id(id, peer.session);
	peer_write(&peer, span_from_string(bench_request));
	bench_run();
	expect_id(id, peer.session);
	framed_close((struct framed_session *)peer.session, 1000, "");
	ck_assert_int_eq(peer.session->state, SESSION_CLOSING);
	expect_id(id, peer.session);
	/* gone at once, though the block is there to the end of the turn */
	framed_terminate((struct framed_session *)peer.session);
	ck_assert_uint_eq(bench_live(), 1);
	expect_id(id, NULL);
	bench_run();
	expect_id(id, NULL);
	peer_close(&peer);
	peer_connect(&peer);
	expect_id(id, NULL);
	expect_id(session_id(peer.session), peer.session);
}
END_TEST

START_TEST(other_numbers_find_nobody)
{
	uint64_t id;

	peer_open(&peer);
	id = session_id(peer.session);
	expect_id(0, NULL);
	expect_id(UINT64_MAX, NULL);
	expect_id(id - 1, NULL);
	expect_id(id + 1, NULL);
	expect_id(id & 0xffffffff00000000, NULL);
	/* another slot, one that no table has, another worker, and none */
	expect_id(id ^ UINT64_C(1) << 32, NULL);
	expect_id(id | UINT64_C(0xffffff) << 32, NULL);
	expect_id(id | UINT64_C(1) << 56, NULL);
	expect_id(id | UINT64_C(2) << 56, NULL);
	expect_id(id | UINT64_C(0xff) << 56, NULL);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("session_id");
	TCase *tcase = tcase_create("ids");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, no_id_is_0_when_generations_begin_anew);
	tcase_add_test(tcase, ids_differ_though_slots_return);
	tcase_add_test(tcase, an_id_finds_its_session_from_accept_to_the_end);
	tcase_add_test(tcase, other_numbers_find_nobody);
	suite_add_tcase(suite, tcase);
	return suite;
}
