/* Seats: which endpoints begin and end on a worker, in which order, and that
 * nobody serves when one cannot begin. */
#include "core/seats.h"

#include <stdio.h>

#include "core/server.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

enum { ENDPOINTS = 3, WORKERS = 2 };

static struct framed_module with_both, without;
static struct endpoint endpoints[ENDPOINTS];
static struct registry registry = {.endpoints = endpoints};
static struct text notes[WORKERS];
static const char *fails_on; /* path */
static int fails_in = -1;    /* worker */
static struct peer peer;

static const char *
path_of(const struct framed_worker *worker)
{
	return ((const struct seat *)worker)->endpoint->conf->path;
}

static int
start(struct framed_worker *worker, void **data_out, char *error, size_t size)
{
	unsigned index = framed_worker_index(worker);

	ck_assert_ptr_null(*data_out);
	ck_assert_ptr_eq(framed_worker_instance(worker), &registry);
	text_add(&notes[index], "start %s ", path_of(worker));
	*data_out = &notes[index];
	if (index != (unsigned)fails_in || path_of(worker) != fails_on)
		return 0;
	snprintf(error, size, "no luck");
	return -1;
}

static void
stop(struct framed_worker *worker, void *data)
{
	unsigned index = framed_worker_index(worker);

	ck_assert_ptr_eq(data, &notes[index]);
	ck_assert_ptr_eq(framed_worker_data(worker), data);
	text_add(&notes[index], "stop %s ", path_of(worker));
}

static void
setup(void)
{
	static char paths[ENDPOINTS][4] = {"/a", "/b", "/c"};
	static char module[] = "bench";
	static struct conf_endpoint confs[ENDPOINTS];

	bench_setup();
	peer.fd = -1;
	bench_close_seats();
	memset(notes, 0, sizeof(notes));
	fails_in = -1;
	with_both = bench.api;
	with_both.worker_start = start;
	with_both.worker_stop = stop;
	without = bench.api;
	for (size_t i = 0; i < ENDPOINTS; i++) {
		confs[i].path = paths[i];
		confs[i].module = module;
		endpoints[i] = (struct endpoint){.registry = &registry,
		    .conf = &confs[i],
		    .api = i == 1 ? &without : &with_both,
		    .instance = &registry};
	}
	registry.conf = &bench.conf;
	registry.endpoint_count = ENDPOINTS;
	bench.generation.registry = &registry;
}

static void
teardown(void)
{
	peer_close(&peer);
	bench.generation.registry = &bench.registry;
	bench_teardown();
}

static void
let_fail(int worker, size_t endpoint)
{
	fails_in = worker;
	fails_on = endpoints[endpoint].conf->path;
}

static int
open_seats(void)
{
	return seats_open(
	    &bench.worker->tenure->seats, bench.worker, &registry);
}

START_TEST(endpoints_begin_in_order_and_end_backwards)
{
	ck_assert_int_eq(open_seats(), 0);
	ck_assert_str_eq(notes[0].bytes, "start /a start /c ");
	for (size_t i = 0; i < ENDPOINTS; i++) {
		const struct seat *seat =
		    seats_get(bench.worker, &endpoints[i]);

		ck_assert_ptr_eq(seat->endpoint, &endpoints[i]);
		ck_assert_ptr_eq(seat->worker, bench.worker);
		ck_assert_ptr_eq(seat->data, i == 1 ? NULL : &notes[0]);
	}
	seats_close(&bench.worker->tenure->seats);
	ck_assert_str_eq(notes[0].bytes, "start /a start /c stop /c stop /a ");
	seats_close(&bench.worker->tenure->seats);
	ck_assert_str_eq(notes[0].bytes, "start /a start /c stop /c stop /a ");
}
END_TEST

START_TEST(what_failed_to_begin_does_not_end)
{
	static const char *const expected[ENDPOINTS] = {
	    "start /a ",
	    "start /a start /c stop /c stop /a ",
	    "start /a start /c stop /a ",
	};

	let_fail(0, (size_t)_i);
	/* the second has nothing that could fail */
	ck_assert_int_eq(open_seats(), _i == 1 ? 0 : -1);
	seats_close(&bench.worker->tenure->seats);
	ck_assert_str_eq(notes[0].bytes, expected[_i]);
}
END_TEST

static void
join(void)
{
	for (unsigned i = 0; i < WORKERS; i++)
		ck_assert_int_eq(
		    pthread_join(bench.server.workers[i].thread, NULL), 0);
	ck_assert_uint_eq(atomic_load(&bench.server.workers_ended), WORKERS);
}

START_TEST(each_thread_has_its_own)
{
	peer_connect(&peer);
	ck_assert_int_eq(server_start_workers(&bench.server), 0);
	for (unsigned i = 0; i < WORKERS; i++)
		mailbox_signal(&bench.server.workers[i].mailbox, MAILBOX_DRAIN);
	/* it was given a moment to ask, and no time passes here */
	peer_close(&peer);
	join();
	for (unsigned i = 0; i < WORKERS; i++)
		ck_assert_str_eq(
		    notes[i].bytes, "start /a start /c stop /c stop /a ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

START_TEST(when_one_cannot_begin_all_end)
{
	/* one that would be served, if anybody served */
	peer_connect(&peer);
	peer_write(&peer, span_from_string(bench_request));
	let_fail(_i, 2);
	ck_assert_int_eq(server_start_workers(&bench.server), -1);
	join();
	ck_assert_str_eq(notes[_i].bytes, "start /a start /c stop /a ");
	ck_assert_str_eq(
	    notes[1 - _i].bytes, "start /a start /c stop /c stop /a ");
	ck_assert_str_eq(peer_heard(&peer), "end ");
	ck_assert_uint_eq(bench_live(), 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("seats");
	TCase *tcase = tcase_create("endpoints");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, endpoints_begin_in_order_and_end_backwards);
	tcase_add_loop_test(
	    tcase, what_failed_to_begin_does_not_end, 0, ENDPOINTS);
	tcase_add_test(tcase, each_thread_has_its_own);
	tcase_add_loop_test(tcase, when_one_cannot_begin_all_end, 0, WORKERS);
	suite_add_tcase(suite, tcase);
	return suite;
}
