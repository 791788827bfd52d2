/*
 * Works of modules: done in order whatever the order they end in, bounded in
 * number, and told of also when their session is gone. The pool is a real one;
 * its works wait for gates that the test opens, never for time.
 */
#include "core/async.h"

#include <poll.h>
#include <stdlib.h>

#include "core/pool.h"
#include "core/worker.h"
#include "tests/unit/core/gates.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"

enum {
	THREADS = 4,
	ROOM = 256,
	WAIT_MS = 10000 /* for what comes at once, unless it never does */
};

static struct peer peer, other;

static struct framed_session *
handle(const struct peer *of)
{
	return (struct framed_session *)of->session;
}

static void
begin(const struct peer *of, uint64_t token)
{
	ck_assert_int_eq(
	    framed_async(handle(of), token, "data", 4), FRAMED_QUEUED);
}

static void
setup_pool(unsigned threads, unsigned room)
{
	bench_setup();
	gates_setup(threads, room);
	peer_open(&peer);
	peer_open(&other);
	bench_calls();
}

static void
setup(void)
{
	setup_pool(THREADS, ROOM);
}

static void
setup_small(void)
{
	setup_pool(1, 2);
}

static void
teardown(void)
{
	peer_close(&peer);
	peer_close(&other);
	gates_teardown();
	bench_teardown();
}

static struct framed_work seen;

static void
look(struct framed_work *work)
{
	seen = *work;
	seen.result = memcmp(work->data, "payload", 7) == 0 ? work : NULL;
	*(char *)work->data = 'P';
	work->result = &seen;
}

static void
check_look(struct framed_session *session, struct framed_work *work)
{
	ck_assert_uint_eq(work->size, sizeof(*work));
	ck_assert_uint_eq(work->gone, 0);
	ck_assert_uint_eq(work->token, 1234567890123);
	ck_assert_uint_eq(work->session, framed_id(session));
	ck_assert_ptr_eq(work->instance, &bench);
	ck_assert_uint_eq(work->length, 7);
	ck_assert_mem_eq(work->data, "Payload", 7);
	ck_assert_ptr_eq(work->result, &seen);
}

START_TEST(work_has_its_own_copy_of_the_data_and_keeps_its_result)
{
	char data[] = "payload";

	bench.api.async_work = look;
	bench.acts.done = check_look;
	ck_assert_int_eq(
	    framed_async(handle(&peer), 1234567890123, data, 7), FRAMED_QUEUED);
	memset(data, 0, sizeof(data));
	worker_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "done=1234567890123 ");
	ck_assert_uint_eq(seen.size, sizeof(seen));
	ck_assert_uint_eq(seen.token, 1234567890123);
	ck_assert_uint_eq(seen.session, session_id(peer.session));
	ck_assert_uint_eq((uintptr_t)seen.data % _Alignof(max_align_t), 0);
	ck_assert_ptr_nonnull(seen.result);
}
END_TEST

START_TEST(work_needs_no_data)
{
	ck_assert_int_eq(
	    framed_async(handle(&peer), 1, NULL, 0), FRAMED_QUEUED);
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "done=1 ");
	ck_assert_str_eq(peer_heard(&peer), "text== ");
}
END_TEST

START_TEST(works_that_end_in_any_order_are_done_in_theirs)
{
	for (uint64_t token = 1; token <= 4; token++)
		begin(&peer, token);
	gate_finish(3);
	gate_finish(2);
	ck_assert_str_eq(bench_calls(), "");
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "done=1 done=2 done=3 ");
	gate_finish(4);
	ck_assert_str_eq(bench_calls(), "done=4 ");
	ck_assert_str_eq(
	    peer_heard(&peer), "text==data text==data text==data text==data ");
}
END_TEST

START_TEST(works_of_one_session_do_not_wait_for_another_s)
{
	begin(&peer, 1);
	begin(&other, 2);
	begin(&peer, 3);
	gate_finish(3);
	ck_assert_str_eq(bench_calls(), "");
	gate_finish(2);
	ck_assert_str_eq(bench_calls(), "done=2 ");
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "done=1 done=3 ");
}
END_TEST

static void
begin_next(struct framed_session *session, struct framed_work *work)
{
	gates_send_result(session, work);
	if (work->token < 20)
		framed_async(session, work->token + 2, "next", 4);
}

START_TEST(done_may_begin_more)
{
	bench.acts.done = begin_next;
	begin(&peer, 1);
	begin(&peer, 2);
	gate_finish(2);
	for (uint64_t token = 3; token <= 21; token++)
		gate_open(token);
	gate_open(1);
	while (bench.worker->works > 0)
		worker_turn(bench.worker);
	ck_assert_str_eq(bench_calls(),
	    "done=1 done=2 done=3 done=4 done=5 done=6 done=7 done=8 done=9 "
	    "done=10 done=11 done=12 done=13 done=14 done=15 done=16 done=17 "
	    "done=18 done=19 done=20 done=21 ");
}
END_TEST

static void
begin_from_message(struct framed_session *session, struct span payload)
{
	uint64_t token = (uint64_t)(payload.data[0] - '0');

	if (framed_async(session, token, payload.data, payload.length) !=
	    FRAMED_QUEUED)
		ck_abort_msg("read beyond async_max");
}

START_TEST(session_with_async_max_works_is_not_read_until_one_is_done)
{
	bench.acts.message = begin_from_message;
	for (char text[] = "1"; text[0] <= '6'; text[0]++)
		peer_say(&peer, text);
	bench_run();
	ck_assert_str_eq(
	    bench_calls(), "message=1 message=2 message=3 message=4 ");
	ck_assert_int_eq(framed_async(handle(&peer), 9, "x", 1), FRAMED_AGAIN);
	/* others are served */
	peer_say(&other, "7");
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=7 ");
	/* it is back, but has to wait: nothing changes */
	gate_finish(2);
	ck_assert_str_eq(bench_calls(), "");
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "done=1 done=2 message=5 message=6 ");
	ck_assert_str_eq(peer_heard(&peer), "text==1 text==2 ");
	gate_finish(7);
	ck_assert_str_eq(peer_heard(&other), "text==7 ");
}
END_TEST

START_TEST(module_s_own_pause_outlasts_that_of_its_works)
{
	for (uint64_t token = 1; token <= 4; token++)
		begin(&peer, token);
	framed_pause(handle(&peer));
	peer_say(&peer, "late");
	bench_run();
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "done=1 ");
	framed_resume(handle(&peer));
	bench_run();
	ck_assert_str_eq(bench_calls(), "message=late ");
}
END_TEST

START_TEST(pong_that_lies_unread_is_not_late)
{
	for (uint64_t token = 1; token <= 4; token++)
		begin(&peer, token);
	bench_pass(BENCH_PING_MS + 3 * BENCH_PONG_MS + 4 * WHEEL_TICK_MS);
	ck_assert_str_eq(peer_heard(&peer), "ping ping ping ping ");
	ck_assert_int_eq(peer.session->state, SESSION_OPEN);
	/* nobody listened there, either */
	ck_assert_str_eq(bench_calls(), "close=1011/timeout:Ping timeout ");
}
END_TEST

START_TEST(full_pool_is_said_and_leaves_nothing_behind)
{
	begin(&peer, 1);
	gate_await(1);
	begin(&other, 2);
	begin(&other, 3);
	ck_assert_int_eq(framed_async(handle(&peer), 4, "x", 1), FRAMED_AGAIN);
	ck_assert_int_eq(framed_async(handle(&other), 4, "x", 1), FRAMED_AGAIN);
	gate_finish(1);
	gate_await(2);
	begin(&peer, 5);
	gate_finish(2);
	gate_finish(3);
	gate_finish(5);
	ck_assert_str_eq(bench_calls(), "done=1 done=2 done=3 done=5 ");
}
END_TEST

START_TEST(closing_session_has_its_works_done_up_to_on_close)
{
	for (uint64_t token = 1; token <= 3; token++)
		begin(&peer, token);
	framed_close(handle(&peer), 1000, "");
	ck_assert_int_eq(framed_async(handle(&peer), 4, "x", 1), FRAMED_CLOSED);
	gate_finish(2);
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "done=1 done=2 ");
	peer_say_close(&peer, 1000, "");
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=1000/local: ");
	gate_finish(3);
	ck_assert_str_eq(bench_calls(), "gone=3 ");
	ck_assert_str_eq(peer_heard(&peer), "close=1000: end ");
}
END_TEST

START_TEST(works_of_a_lingering_session_are_gone_after_on_close)
{
	begin(&peer, 1);
	/* a frame that is not masked */
	peer_write(&peer, SPAN_LITERAL("\x81\x01x"));
	bench_run();
	ck_assert_int_eq(peer.session->state, SESSION_CLOSING);
	ck_assert_int_eq(strncmp(bench_calls(), "close=1002", 10), 0);
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "gone=1 ");
}
END_TEST

START_TEST(works_outlive_their_session_and_keep_their_order)
{
	for (uint64_t token = 1; token <= 3; token++)
		begin(&peer, token);
	gate_finish(2);
	framed_terminate(handle(&peer));
	bench_run();
	ck_assert_str_eq(bench_calls(), "close=1006/local: ");
	ck_assert_uint_eq(bench_live(), 1);
	/* another may have its slot by now */
	peer_close(&peer);
	peer_open(&peer);
	bench_calls();
	begin(&peer, 4);
	gate_finish(4);
	ck_assert_str_eq(bench_calls(), "done=4 ");
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "gone=1 gone=2 ");
	gate_finish(3);
	ck_assert_str_eq(bench_calls(), "gone=3 ");
	ck_assert_str_eq(peer_heard(&peer), "text==data ");
}
END_TEST

static void
terminate(struct framed_session *session, struct framed_work *work)
{
	free(work->result);
	if (session != NULL)
		framed_terminate(session);
}

START_TEST(session_that_ends_in_done_is_gone_for_the_next)
{
	bench.acts.done = terminate;
	begin(&peer, 1);
	begin(&peer, 2);
	gate_finish(2);
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "done=1 gone=2 close=1006/local: ");
}
END_TEST

START_TEST(skipped_work_is_gone_with_its_session)
{
	begin(&peer, 1);
	gate_await(1);
	begin(&peer, 2);
	/* the server stops at once; its worker has not heard of it */
	pool_skip(&bench.server.pool);
	gate_open(1);
	while (bench.worker->works > 0)
		worker_turn(bench.worker);
	ck_assert_str_eq(bench_calls(), "done=1 gone=2 close=1001/shutdown: ");
	ck_assert(!gate_was_reached(2));
}
END_TEST

START_TEST(modules_without_the_callbacks_have_no_works)
{
	bench.api.async_work = NULL;
	ck_assert_int_eq(
	    framed_async(handle(&peer), 1, "x", 1), FRAMED_UNSUPPORTED);
	bench.api.async_work = gates_work;
	bench.api.on_async_done = NULL;
	ck_assert_int_eq(
	    framed_async(handle(&peer), 1, "x", 1), FRAMED_UNSUPPORTED);
	ck_assert_uint_eq(bench.worker->works, 0);
}
END_TEST

START_TEST(works_are_accounted_for)
{
	static const uint8_t data[10000];
	const uint64_t *charged = &bench.worker->stats.charged_bytes;
	uint64_t before;

	begin(&peer, 1);
	before = *charged;
	ck_assert_int_eq(
	    framed_async(handle(&peer), 2, data, sizeof(data)), FRAMED_QUEUED);
	ck_assert_uint_gt(*charged, before + sizeof(data));
	gate_finish(1);
	ck_assert_uint_gt(*charged, sizeof(data));
	gate_finish(2);
	ck_assert_uint_lt(*charged, before);
}
END_TEST

START_TEST(work_without_memory_is_refused)
{
	/* for the session; the line behind it; the work behind that */
	static const size_t failing[] = {1, 2, 2};
	enum framed_result result;

	for (size_t i = 0; i < ARRAY_LENGTH(failing); i++) {
		alloc_fail_start(failing[i]);
		result = framed_async(handle(&peer), 1, "x", 1);
		ck_assert_uint_eq(alloc_fail_stop(), failing[i]);
		ck_assert_int_eq(result, FRAMED_NO_MEMORY);
	}
	ck_assert_int_eq(framed_async(handle(&peer), 1, "x", SIZE_MAX - 8),
	    FRAMED_NO_MEMORY);
	begin(&peer, 1);
	gate_finish(1);
	ck_assert_str_eq(bench_calls(), "done=1 ");
}
END_TEST

/* Waits until the server has ended the stream. */
static void
await_end(struct peer *of)
{
	struct pollfd poll_fd = {.fd = of->fd, .events = POLLIN};

	while (!of->is_over) {
		ck_assert_int_eq(poll(&poll_fd, 1, WAIT_MS), 1);
		peer_heard(of);
	}
}

START_TEST(worker_does_not_end_before_its_works)
{
	begin(&peer, 1);
	gate_await(1);
	begin(&peer, 2);
	/* the threads take their own */
	bench_close_seats();
	ck_assert_int_eq(server_start_workers(&bench.server), 0);
	mailbox_signal(&bench.server.workers[1].mailbox, MAILBOX_ABORT);
	ck_assert_int_eq(pthread_join(bench.server.workers[1].thread, NULL), 0);
	mailbox_signal(&bench.worker->mailbox, MAILBOX_ABORT);
	await_end(&peer);
	await_end(&other);
	ck_assert_uint_eq(atomic_load(&bench.server.workers_ended), 1);
	gate_open(1);
	gate_open(2);
	ck_assert_int_eq(pthread_join(bench.worker->thread, NULL), 0);
	ck_assert_str_eq(bench_calls(),
	    "close=1001/shutdown: close=1001/shutdown: gone=1 gone=2 ");
}
END_TEST

enum { CROWD = 32, ROUNDS = 200 };

/* For each of the crowd: works begun, and works done. */
static struct peer crowd[CROWD];
static uint64_t begun[CROWD], done[CROWD];

/* Some works take longer than others. */
static void
toil(struct framed_work *work)
{
	volatile unsigned spun = 0;

	while (spun < work->token % 7 * 1000)
		spun = spun + 1;
}

static void
check_order(struct framed_session *session, struct framed_work *work)
{
	unsigned i = *(unsigned *)work->data;

	bench.calls.length = 0;
	ck_assert_uint_eq(work->token, done[i]++);
	ck_assert(session == NULL || session == handle(&crowd[i]));
}

static void
crowd_begin(unsigned i)
{
	if (framed_async(handle(&crowd[i]), begun[i], &i, sizeof(i)) ==
	    FRAMED_QUEUED)
		begun[i]++;
}

START_TEST(many_works_of_many_sessions_are_done_in_order)
{
	bench.api.async_work = toil;
	bench.acts.done = check_order;
	memset(begun, 0, sizeof(begun));
	memset(done, 0, sizeof(done));
	for (unsigned i = 0; i < CROWD; i++)
		peer_open(&crowd[i]);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < CROWD; i++)
			crowd_begin(i);
		bench_turn(bench.worker);
	}
	/* half of them are gone */
	for (unsigned i = 0; i < CROWD; i += 2)
		framed_terminate(handle(&crowd[i]));
	while (bench.worker->works > 0)
		worker_turn(bench.worker);
	for (unsigned i = 0; i < CROWD; i++) {
		ck_assert_uint_eq(done[i], begun[i]);
		ck_assert_uint_ge(begun[i], BENCH_ASYNC_MAX);
		peer_close(&crowd[i]);
	}
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("async");
	TCase *tcase = tcase_create("works");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(
	    tcase, work_has_its_own_copy_of_the_data_and_keeps_its_result);
	tcase_add_test(tcase, work_needs_no_data);
	tcase_add_test(tcase, works_that_end_in_any_order_are_done_in_theirs);
	tcase_add_test(tcase, works_of_one_session_do_not_wait_for_another_s);
	tcase_add_test(tcase, done_may_begin_more);
	tcase_add_test(
	    tcase, session_with_async_max_works_is_not_read_until_one_is_done);
	tcase_add_test(tcase, module_s_own_pause_outlasts_that_of_its_works);
	tcase_add_test(tcase, pong_that_lies_unread_is_not_late);
	tcase_add_test(
	    tcase, closing_session_has_its_works_done_up_to_on_close);
	tcase_add_test(
	    tcase, works_of_a_lingering_session_are_gone_after_on_close);
	tcase_add_test(tcase, works_outlive_their_session_and_keep_their_order);
	tcase_add_test(tcase, session_that_ends_in_done_is_gone_for_the_next);
	tcase_add_test(tcase, modules_without_the_callbacks_have_no_works);
	tcase_add_test(tcase, works_are_accounted_for);
	tcase_add_test(tcase, work_without_memory_is_refused);
	tcase_add_test(tcase, worker_does_not_end_before_its_works);
	tcase_add_test(tcase, many_works_of_many_sessions_are_done_in_order);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("one thread");
	tcase_add_checked_fixture(tcase, setup_small, teardown);
	tcase_add_test(tcase, full_pool_is_said_and_leaves_nothing_behind);
	tcase_add_test(tcase, skipped_work_is_gone_with_its_session);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
