/*
 * The pool: jobs begin in order, run beside each other, wait in bounded number,
 * and none is lost. Nothing here waits for time to pass.
 */
#include "core/pool.h"

#include <signal.h>
#include <stdatomic.h>

#include "tests/unit/harness.h"

enum { THREADS = 4, JOBS = 10000, ROOM = 8 };

/* A job that waits for its gate to be opened. */
struct gated {
	struct job job;
	bool is_open;
	bool has_begun;
	bool was_skipped;
	unsigned place; /* in the order in which jobs ended, from 1 */
};

static struct pool pool;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static unsigned ended;

static void
end(struct gated *gated)
{
	gated->place = ++ended;
	pthread_cond_broadcast(&change);
}

static void
gated_run(struct job *job)
{
	struct gated *gated = (struct gated *)job;

	pthread_mutex_lock(&lock);
	gated->has_begun = true;
	pthread_cond_broadcast(&change);
	while (!gated->is_open)
		pthread_cond_wait(&change, &lock);
	end(gated);
	pthread_mutex_unlock(&lock);
}

static void
gated_skip(struct job *job)
{
	struct gated *gated = (struct gated *)job;

	pthread_mutex_lock(&lock);
	gated->was_skipped = true;
	end(gated);
	pthread_mutex_unlock(&lock);
}

static const struct job_type gated_type = {gated_run, gated_skip};

static void
give(struct gated *gated)
{
	*gated = (struct gated){.job.type = &gated_type};
	ck_assert_int_eq(pool_give(&pool, &gated->job), 0);
}

static void
await_begin(const struct gated *gated)
{
	pthread_mutex_lock(&lock);
	while (!gated->has_begun)
		pthread_cond_wait(&change, &lock);
	pthread_mutex_unlock(&lock);
}

static void
gate_open(struct gated *gated)
{
	pthread_mutex_lock(&lock);
	gated->is_open = true;
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&lock);
}

static void
await_end(const struct gated *gated)
{
	pthread_mutex_lock(&lock);
	while (gated->place == 0)
		pthread_cond_wait(&change, &lock);
	pthread_mutex_unlock(&lock);
}

static void
setup(void)
{
	ended = 0;
	memset(&pool, 0, sizeof(pool));
}

static void
teardown(void)
{
	pool_stop(&pool);
}

START_TEST(jobs_run_beside_each_other)
{
	struct gated jobs[THREADS];

	ck_assert_int_eq(pool_start(&pool, THREADS, ROOM), 0);
	for (unsigned i = 0; i < THREADS; i++)
		give(&jobs[i]);
	for (unsigned i = 0; i < THREADS; i++)
		await_begin(&jobs[i]);
	for (unsigned i = THREADS; i-- > 0;) {
		gate_open(&jobs[i]);
		await_end(&jobs[i]);
		ck_assert_uint_eq(jobs[i].place, THREADS - i);
	}
}
END_TEST

START_TEST(jobs_begin_in_order_and_wait_in_bounded_number)
{
	struct gated jobs[1 + ROOM], one_more = {.job.type = &gated_type};

	ck_assert_int_eq(pool_start(&pool, 1, ROOM), 0);
	give(&jobs[0]);
	/* it runs, and does not count among those that wait */
	await_begin(&jobs[0]);
	for (unsigned i = 1; i <= ROOM; i++)
		give(&jobs[i]);
	ck_assert_int_eq(pool_give(&pool, &one_more.job), -1);
	gate_open(&jobs[0]);
	await_begin(&jobs[1]);
	ck_assert_int_eq(pool_give(&pool, &one_more.job), 0);
	for (unsigned i = 1; i <= ROOM; i++) {
		ck_assert_uint_eq(jobs[i].place, 0);
		gate_open(&jobs[i]);
		await_end(&jobs[i]);
		ck_assert_uint_eq(jobs[i].place, i + 1);
	}
	gate_open(&one_more);
	await_end(&one_more);
}
END_TEST

START_TEST(jobs_that_have_not_begun_are_skipped_when_told)
{
	struct gated jobs[3], late;

	ck_assert_int_eq(pool_start(&pool, 1, ROOM), 0);
	for (unsigned i = 0; i < 3; i++)
		give(&jobs[i]);
	await_begin(&jobs[0]);
	pool_skip(&pool);
	give(&late);
	gate_open(&jobs[0]);
	await_end(&late);
	ck_assert(!jobs[0].was_skipped);
	ck_assert(jobs[1].was_skipped && jobs[2].was_skipped);
	ck_assert(late.was_skipped && !jobs[1].has_begun);
	ck_assert_uint_eq(late.place, 4);
}
END_TEST

static atomic_uint runs[JOBS];
static struct job many[JOBS];

static void
count_run(struct job *job)
{
	atomic_fetch_add(&runs[job - many], 1);
}

static void
count_skip(struct job *job)
{
	atomic_fetch_add(&runs[job - many], 100);
}

static const struct job_type count_type = {count_run, count_skip};

START_TEST(stop_waits_for_every_job_and_each_runs_once)
{
	ck_assert_int_eq(pool_start(&pool, THREADS, JOBS), 0);
	for (unsigned i = 0; i < JOBS; i++) {
		atomic_store(&runs[i], 0);
		many[i].type = &count_type;
		ck_assert_int_eq(pool_give(&pool, &many[i]), 0);
	}
	pool_stop(&pool);
	for (unsigned i = 0; i < JOBS; i++)
		ck_assert_uint_eq(atomic_load(&runs[i]), 1);
}
END_TEST

static sigset_t mask;

static void
note_mask(struct job *job)
{
	(void)job;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
}

static const struct job_type mask_type = {note_mask, note_mask};

START_TEST(threads_leave_signals_to_others)
{
	struct job job = {.type = &mask_type};
	sigset_t own;

	ck_assert_int_eq(pool_start(&pool, 1, 1), 0);
	ck_assert_int_eq(pool_give(&pool, &job), 0);
	pool_stop(&pool);
	ck_assert_int_eq(sigismember(&mask, SIGTERM), 1);
	ck_assert_int_eq(sigismember(&mask, SIGHUP), 1);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &own), 0);
	ck_assert_int_eq(sigismember(&own, SIGTERM), 0);
}
END_TEST

START_TEST(pool_without_threads_takes_nothing)
{
	struct job job = {.type = &count_type};

	ck_assert_int_eq(pool_give(&pool, &job), -1);
	pool_skip(&pool);
	pool_stop(&pool);
	ck_assert_int_eq(pool_start(&pool, 1, 1), 0);
	pool_stop(&pool);
	pool_stop(&pool);
	ck_assert_int_eq(pool_give(&pool, &job), -1);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("pool");
	TCase *tcase = tcase_create("pool");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, jobs_run_beside_each_other);
	tcase_add_test(tcase, jobs_begin_in_order_and_wait_in_bounded_number);
	tcase_add_test(tcase, jobs_that_have_not_begun_are_skipped_when_told);
	tcase_add_test(tcase, stop_waits_for_every_job_and_each_runs_once);
	tcase_add_test(tcase, threads_leave_signals_to_others);
	tcase_add_test(tcase, pool_without_threads_takes_nothing);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
