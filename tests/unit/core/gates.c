/* Works that wait for the test. */
#include "tests/unit/core/gates.h"

#include <stdlib.h>

#include "core/pool.h"
#include "core/worker.h"
#include "tests/unit/core/support.h"
#include "tests/unit/harness.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static bool is_open[GATES], was_reached[GATES];

void
gates_setup(unsigned threads, unsigned room)
{
	memset(is_open, 0, sizeof(is_open));
	memset(was_reached, 0, sizeof(was_reached));
	bench.api.async_work = gates_work;
	bench.acts.done = gates_send_result;
	ck_assert_int_eq(pool_start(&bench.server.pool, threads, room), 0);
}

void
gates_teardown(void)
{
	for (uint64_t token = 0; token < GATES; token++)
		gate_open(token);
	while (bench.worker->works > 0)
		worker_turn(bench.worker);
	pool_stop(&bench.server.pool);
}

void
gates_work(struct framed_work *work)
{
	char *result;

	pthread_mutex_lock(&lock);
	was_reached[work->token] = true;
	pthread_cond_broadcast(&change);
	while (!is_open[work->token])
		pthread_cond_wait(&change, &lock);
	pthread_mutex_unlock(&lock);
	result = malloc(work->length + 2);
	if (result == NULL)
		return;
	result[0] = '=';
	memcpy(result + 1, work->data, work->length);
	result[work->length + 1] = '\0';
	work->result = result;
}

void
gates_send_result(struct framed_session *session, struct framed_work *work)
{
	if (session != NULL)
		framed_send(session, FRAMED_TEXT, work->result,
		    strlen((const char *)work->result));
	free(work->result);
}

void
gate_await(uint64_t token)
{
	pthread_mutex_lock(&lock);
	while (!was_reached[token])
		pthread_cond_wait(&change, &lock);
	pthread_mutex_unlock(&lock);
}

bool
gate_was_reached(uint64_t token)
{
	bool answer;

	pthread_mutex_lock(&lock);
	answer = was_reached[token];
	pthread_mutex_unlock(&lock);
	return answer;
}

void
gate_open(uint64_t token)
{
	pthread_mutex_lock(&lock);
	is_open[token] = true;
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&lock);
}

void
gate_finish(uint64_t token)
{
	/* a worker that has other work does not wait for the mail */
	bench_run();
	gate_open(token);
	worker_turn(bench.worker);
	bench_run();
}
