/* Threads, a mutex and a condition. */
#include "core/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Waits for a job; NULL when there will be none. Under the lock. */
static struct job *
take(struct pool *pool)
{
	struct job *job;

	while (pool->first == NULL && !pool->is_ending)
		pthread_cond_wait(&pool->news, &pool->lock);
	job = pool->first;
	if (job == NULL)
		return NULL;
	pool->first = job->next;
	if (pool->first == NULL)
		pool->end = &pool->first;
	pool->waiting--;
	return job;
}

static void *
pool_main(void *arg)
{
	struct pool *pool = arg;
	struct job *job;

	pthread_mutex_lock(&pool->lock);
	while ((job = take(pool)) != NULL) {
		void (*fn)(struct job *) =
		    pool->is_skipping ? job->type->skip : job->type->run;

		pthread_mutex_unlock(&pool->lock);
		fn(job);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* Starts the threads. Returns 0 or an error number. */
static int
start_threads(struct pool *pool, unsigned threads)
{
	sigset_t all, before;
	int error = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (error == 0 && pool->thread_count < threads) {
		error = pthread_create(
		    &pool->threads[pool->thread_count], NULL, pool_main, pool);
		pool->thread_count += error == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

int
pool_start(struct pool *pool, unsigned threads, unsigned room)
{
	int error;

	memset(pool, 0, sizeof(*pool));
	pool->threads = calloc(threads, sizeof(*pool->threads));
	if (pool->threads == NULL)
		return -1;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->news, NULL);
	pool->end = &pool->first;
	pool->room = room;
	error = start_threads(pool, threads);
	if (error == 0)
		return 0;
	pool_stop(pool);
	errno = error;
	return -1;
}

int
pool_give(struct pool *pool, struct job *job)
{
	int result = -1;

	if (pool->thread_count == 0)
		return -1;
	pthread_mutex_lock(&pool->lock);
	if (pool->waiting < pool->room) {
		job->next = NULL;
		*pool->end = job;
		pool->end = &job->next;
		pool->waiting++;
		pthread_cond_signal(&pool->news);
		result = 0;
	}
	pthread_mutex_unlock(&pool->lock);
	return result;
}

void
pool_skip(struct pool *pool)
{
	if (pool->thread_count == 0)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->is_skipping = true;
	pthread_mutex_unlock(&pool->lock);
}

void
pool_stop(struct pool *pool)
{
	if (pool->threads == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->is_ending = true;
	pthread_cond_broadcast(&pool->news);
	pthread_mutex_unlock(&pool->lock);
	while (pool->thread_count > 0)
		pthread_join(pool->threads[--pool->thread_count], NULL);
	pthread_cond_destroy(&pool->news);
	pthread_mutex_destroy(&pool->lock);
	free(pool->threads);
	memset(pool, 0, sizeof(*pool));
}
