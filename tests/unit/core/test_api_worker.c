/* What modules ask of their part of a worker. */
#include "core/seats.h"
#include "core/server.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static struct peer peers[2];

static void
setup(void)
{
	bench_setup();
	peers[0].fd = peers[1].fd = -1;
}

static void
teardown(void)
{
	for (unsigned i = 0; i < 2; i++)
		peer_close(&peers[i]);
	bench.worker = &bench.server.workers[0];
	bench_teardown();
}

/* A session on each worker. */
START_TEST(sessions_know_their_worker)
{
	static int data[2];
	struct framed_worker *parts[2];

	for (unsigned i = 0; i < 2; i++) {
		bench.worker = &bench.server.workers[i];
		seats_get(bench.worker, &bench.endpoint)->data = &data[i];
		peer_open(&peers[i]);
		parts[i] =
		    framed_worker((struct framed_session *)peers[i].session);
		ck_assert_uint_eq(framed_worker_index(parts[i]), i);
		ck_assert_ptr_eq(framed_worker_data(parts[i]), &data[i]);
		ck_assert_ptr_eq(framed_worker_instance(parts[i]), &bench);
	}
	ck_assert_ptr_ne(parts[0], parts[1]);
	for (unsigned i = 0; i < 2; i++)
		framed_terminate((struct framed_session *)peers[i].session);
	bench_run();
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("api_worker");
	TCase *tcase = tcase_create("parts");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, sessions_know_their_worker);
	suite_add_tcase(suite, tcase);
	return suite;
}
