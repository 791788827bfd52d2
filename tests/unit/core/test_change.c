/* Another generation, step by step: what each worker has of it, and of the one
 * before. */
#include "core/change.h"

#include <fcntl.h>
#include <stdio.h>

#include "core/listen.h"
#include "core/server.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"

enum { WORKERS = 2, LISTENERS = 3 };

/* A generation of the same endpoint, with listeners. */
struct next {
	struct conf conf;
	struct conf_listener listeners[LISTENERS];
	struct framed_module api;
	struct endpoint endpoint;
	struct registry registry;
	struct generation generation;
};

static struct next next, after;
static struct change *change;
static struct text notes;
static int fails_in; /* worker */
static struct peer peer;

static int
start(struct framed_worker *worker, void **data_out, char *error, size_t size)
{
	unsigned index = framed_worker_index(worker);

	(void)data_out;
	text_add(&notes, "start %u ", index);
	if (index != (unsigned)fails_in)
		return 0;
	snprintf(error, size, "no luck");
	return -1;
}

static void
stop(struct framed_worker *worker, void *data)
{
	(void)data;
	text_add(&notes, "stop %u ", framed_worker_index(worker));
}

static void
make(struct next *one)
{
	static char host[] = "127.0.0.1";
	struct conf_report report = {.stream = stderr};

	*one = (struct next){.conf = bench.conf, .api = bench.api};
	one->conf.listeners = one->listeners;
	one->conf.listener_count = LISTENERS;
	for (size_t i = 0; i < LISTENERS; i++)
		one->listeners[i] = (struct conf_listener){
		    .conf = &one->conf, .address = host, .backlog = 1};
	one->api.worker_start = start;
	one->api.worker_stop = stop;
	one->endpoint = bench.endpoint;
	one->endpoint.registry = &one->registry;
	one->endpoint.api = &one->api;
	one->registry = (struct registry){.conf = &one->conf,
	    .endpoints = &one->endpoint,
	    .endpoint_count = 1};
	ck_assert_int_eq(generation_init(&one->generation, &one->conf,
	                     &one->registry, &report),
	    0);
}

static void
setup(void)
{
	bench_setup();
	memset(&notes, 0, sizeof(notes));
	fails_in = -1;
	make(&next);
	make(&after);
	peer_open(&peer);
}

static void
teardown(void)
{
	peer_close(&peer);
	change_free(&change);
	bench_teardown();
	generation_release(&next.generation);
	generation_release(&after.generation);
}

static void
begin(struct next *one)
{
	change = change_new(&bench.server, &one->generation);
	ck_assert_ptr_nonnull(change);
	ck_assert_int_eq(listen_open(change), SERVER_OK);
}

/* Has all workers do a step. */
static void
step(enum change_step what)
{
	change_post(change, what);
	bench_run();
	ck_assert_uint_eq(atomic_load(&change->answers), WORKERS);
}

/* All steps, as far as the next generation. */
static void
go_over(struct next *one)
{
	begin(one);
	step(CHANGE_PREPARE);
	ck_assert(!atomic_load(&change->has_failed));
	step(CHANGE_TAKE);
	bench.server.generation = &one->generation;
	step(CHANGE_PART);
	change_free(&change);
}

static void
say(const char *text)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "message=%s ", text);
	peer_say(&peer, text);
	bench_run();
	ck_assert_str_eq(bench_calls(), wanted);
}

START_TEST(nothing_is_new_until_all_are_prepared)
{
	const struct tenure *before = bench.worker->tenure;

	begin(&next);
	ck_assert_uint_eq(atomic_load(&next.generation.tenures), WORKERS);
	step(CHANGE_PREPARE);
	ck_assert_str_eq(notes.bytes, "start 0 start 1 ");
	ck_assert_ptr_eq(bench.worker->tenure, before);
	ck_assert_uint_eq(bench.worker->door_count, 0);
	step(CHANGE_TAKE);
	ck_assert_ptr_eq(bench.worker->tenure->generation, &next.generation);
	ck_assert_uint_eq(bench.worker->door_count, LISTENERS);
	say("still here");
}
END_TEST

START_TEST(old_sessions_stay_with_the_old_one)
{
	const struct session *session = peer.session;

	ck_assert_ptr_eq(
	    session_tenure(session)->generation, &bench.generation);
	go_over(&next);
	ck_assert_ptr_eq(
	    session_tenure(session)->generation, &bench.generation);
	ck_assert_ptr_eq(session_conf(session), &bench.conf);
	/* the worker that has none of it has left it */
	ck_assert_uint_eq(atomic_load(&bench.generation.tenures), 1);
	say("hello");
	peer_close(&peer);
	bench_run();
	ck_assert_uint_eq(atomic_load(&bench.generation.tenures), 0);
	ck_assert_ptr_null(bench.worker->tenure->next);
}
END_TEST

START_TEST(seats_are_those_of_the_endpoint)
{
	go_over(&next);
	ck_assert_ptr_eq(seats_get(bench.worker, &bench.endpoint)->endpoint,
	    &bench.endpoint);
	ck_assert_ptr_eq(
	    seats_get(bench.worker, &next.endpoint)->endpoint, &next.endpoint);
	ck_assert_ptr_eq(seats_get(bench.worker, &next.endpoint),
	    bench.worker->tenure->seats.list);
}
END_TEST

START_TEST(one_that_cannot_prepare_takes_it_back_for_all)
{
	fails_in = _i;
	begin(&next);
	step(CHANGE_PREPARE);
	ck_assert(atomic_load(&change->has_failed));
	step(CHANGE_CANCEL);
	ck_assert_str_eq(notes.bytes,
	    _i == 0 ? "start 0 start 1 stop 1 " : "start 0 start 1 stop 0 ");
	ck_assert_uint_eq(atomic_load(&next.generation.tenures), 0);
	for (unsigned i = 0; i < WORKERS; i++)
		ck_assert_ptr_eq(bench.server.workers[i].tenure->generation,
		    &bench.generation);
	say("nothing happened");
}
END_TEST

START_TEST(what_is_counted_is_counted_on)
{
	struct tally *tally = bench.endpoint.sessions;

	ck_assert_ptr_ne(next.endpoint.sessions, tally);
	begin(&next);
	ck_assert_ptr_eq(next.endpoint.sessions, tally);
	ck_assert_uint_eq(atomic_load(&tally->count), 1);
}
END_TEST

static int
fd_of(unsigned worker, size_t listener)
{
	return listener_fd(
	    &bench.server.workers[worker].doors[listener]->listener);
}

START_TEST(without_memory_there_is_no_change)
{
	size_t n = 0, count;

	do {
		alloc_fail_start(++n);
		change = change_new(&bench.server, &next.generation);
		count = alloc_fail_stop();
		if (change == NULL)
			ck_assert_uint_eq(
			    atomic_load(&next.generation.tenures), 0);
	} while (change == NULL && n < 100);
	ck_assert_ptr_nonnull(change);
	/* itself, what is kept, the parts; a tenure and the doors of each */
	ck_assert_uint_eq(count, 3 + 2 * WORKERS);
	ck_assert_ptr_eq(next.endpoint.sessions, bench.endpoint.sessions);
}
END_TEST

START_TEST(listeners_that_stay_keep_their_sockets)
{
	static char name[] = "@framed-test-change";
	int before[WORKERS][LISTENERS];

	go_over(&next);
	for (unsigned i = 0; i < WORKERS; i++)
		for (size_t j = 0; j < LISTENERS; j++)
			before[i][j] = fd_of(i, j);
	/* the second is another one; of those that are alike, each stays */
	after.listeners[1].address = NULL;
	after.listeners[1].path = name;
	go_over(&after);
	for (unsigned i = 0; i < WORKERS; i++) {
		ck_assert_int_eq(fd_of(i, 0), before[i][0]);
		ck_assert_int_eq(fd_of(i, 2), before[i][1]);
		/* it exists once */
		ck_assert_int_eq(
		    bench.server.workers[i].doors[1] == NULL, i == 0);
		ck_assert_ptr_eq(bench.server.workers[i].doors[0]->conf,
		    &after.listeners[0]);
	}
	/* the one that is gone is closed */
	for (unsigned i = 0; i < WORKERS; i++)
		ck_assert_int_eq(fcntl(before[i][2], F_GETFD), -1);
}
END_TEST

START_TEST(a_worker_that_drains_opens_nothing)
{
	begin(&next);
	step(CHANGE_PREPARE);
	mailbox_signal(&bench.worker->mailbox, MAILBOX_DRAIN);
	bench_run();
	step(CHANGE_TAKE);
	ck_assert_uint_eq(bench.worker->door_count, 0);
	ck_assert_uint_eq(bench.server.workers[1].door_count, LISTENERS);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("change");
	TCase *tcase = tcase_create("steps");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, nothing_is_new_until_all_are_prepared);
	tcase_add_test(tcase, old_sessions_stay_with_the_old_one);
	tcase_add_test(tcase, seats_are_those_of_the_endpoint);
	tcase_add_loop_test(
	    tcase, one_that_cannot_prepare_takes_it_back_for_all, 0, WORKERS);
	tcase_add_test(tcase, what_is_counted_is_counted_on);
	tcase_add_test(tcase, without_memory_there_is_no_change);
	tcase_add_test(tcase, listeners_that_stay_keep_their_sockets);
	tcase_add_test(tcase, a_worker_that_drains_opens_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
