/* Works of modules. */
#include "core/async.h"

#include <stddef.h>
#include <stdlib.h>

#include "core/extra.h"
#include "core/pool.h"
#include "core/server.h"
#include "core/tenure.h"
#include "core/worker.h"

struct work {
	struct post post; /* to the worker, when … */
	struct job job;   /* … a thread of the pool is through with it */
	struct work *next;
	struct work_line *line; /* NULL: delivered */
	bool is_skipped;
	bool is_back; /* on the worker again */
	size_t bytes; /* of this block */
	struct framed_work handed;
	_Alignas(max_align_t) uint8_t data[];
};

/* The pool's threads read only what never changes: worker and endpoint. */
struct work_line {
	struct worker *worker;
	struct tenure *tenure;
	const struct endpoint *endpoint;
	struct session *session; /* NULL: freed */
	struct work *first;      /* not delivered, … */
	struct work **end;       /* … in the order of framed_async() */
	uint32_t count;
	size_t bytes;
};

static struct work *
work_from_job(struct job *job)
{
	return (struct work *)((char *)job - offsetof(struct work, job));
}

/* Sends the work back to where it came from. Any thread. */
static void
work_return(struct work *work)
{
	mailbox_post_control(&work->line->worker->mailbox, &work->post);
}

static void
job_run(struct job *job)
{
	struct work *work = work_from_job(job);

	work->line->endpoint->api->async_work(&work->handed);
	work_return(work);
}

static void
job_skip(struct job *job)
{
	struct work *work = work_from_job(job);

	work->is_skipped = true;
	work_return(work);
}

static const struct job_type job_type = {
    .run = job_run,
    .skip = job_skip,
};

/* Whether the module is not to be given the session any more. One that was
 * refused has no on_close. */
static bool
is_gone(const struct session *session)
{
	if (session == NULL || session->state == SESSION_CLOSED ||
	    session->flags & SESSION_WAS_TOLD)
		return true;
	return session->state == SESSION_CLOSING &&
	    !(session->flags & SESSION_WAS_OPENED);
}

static void
tell_done(struct session *session, struct work *work)
{
	const struct framed_module *api = work->line->endpoint->api;

	/* the server stops at once, which this worker may not know yet */
	if (work->is_skipped && session != NULL)
		session_cut(session, CLOSE_SHUTDOWN);
	if (is_gone(session)) {
		work->handed.gone = 1;
		api->on_async_done(NULL, &work->handed);
		return;
	}
	if (session->flags & SESSION_PAUSED_BY_ASYNC)
		session_resume(session, SESSION_PAUSED_BY_ASYNC);
	session_hold(session);
	api->on_async_done((struct framed_session *)session, &work->handed);
	session_account(session);
	session_release_hold(session);
}

/* Takes the first work off its line, and tells the module. */
static void
line_deliver(struct work_line *line)
{
	struct work *work = line->first;

	line->first = work->next;
	if (line->first == NULL)
		line->end = &line->first;
	line->count--;
	line->bytes -= work->bytes;
	line->worker->works--;
	line->tenure->works--;
	tell_done(line->session, work);
	work->line = NULL;
}

static void
line_free_if_done(struct work_line **line)
{
	if ((*line)->count == 0 && (*line)->session == NULL)
		free(*line);
	*line = NULL;
}

/* A work is back: it and those that waited for it are delivered, unless it has
 * to wait itself. */
static void
work_deliver(struct worker *worker, struct post *post)
{
	struct work *work = (struct work *)post;
	struct work_line *line = work->line;

	(void)worker;
	work->is_back = true;
	while (line->first != NULL && line->first->is_back) {
		struct work *first = line->first;

		line_deliver(line);
		/* the post itself is the worker's to free */
		if (first != work)
			free(first);
	}
	line_free_if_done(&line);
}

/* The worker does not need the post any more; the line may. */
static void
work_free(struct post *post)
{
	struct work *work = (struct work *)post;

	if (work->line == NULL)
		free(work);
}

static const struct post_type post_type = {
    .deliver = work_deliver,
    .free = work_free,
};

static struct work_line *
need_line(struct session *session)
{
	struct session_extra *extra = session_need_extra(session);
	struct work_line *line;

	if (extra == NULL || extra->works != NULL)
		return extra == NULL ? NULL : extra->works;
	line = calloc(1, sizeof(*line));
	if (line == NULL)
		return NULL;
	line->worker = session->worker;
	line->tenure = session_tenure(session);
	line->endpoint = session->endpoint;
	line->session = session;
	line->end = &line->first;
	extra->works = line;
	return line;
}

static struct work *
work_new(struct work_line *line, uint64_t token, struct span data)
{
	size_t bytes = sizeof(struct work) + data.length;
	struct work *work = bytes < data.length ? NULL : malloc(bytes);

	if (work == NULL)
		return NULL;
	*work = (struct work){
	    .post.type = &post_type,
	    .job.type = &job_type,
	    .line = line,
	    .bytes = bytes,
	};
	work->handed = (struct framed_work){
	    .size = sizeof(work->handed),
	    .token = token,
	    .session = session_id(line->session),
	    .instance = line->endpoint->instance,
	    .data = work->data,
	    .length = data.length,
	};
	if (data.length > 0)
		memcpy(work->data, data.data, data.length);
	return work;
}

static void
line_append(struct work_line *line, struct work *work)
{
	*line->end = work;
	line->end = &work->next;
	line->count++;
	line->bytes += work->bytes;
	line->worker->works++;
	line->tenure->works++;
}

enum framed_result
async_begin(struct session *session, uint64_t token, struct span data)
{
	const uint32_t max = session->endpoint->conf->limits.async_max;
	struct work_line *line = need_line(session);
	struct work *work;

	if (line == NULL)
		return FRAMED_NO_MEMORY;
	if (line->count >= max)
		return FRAMED_AGAIN;
	work = work_new(line, token, data);
	if (work == NULL)
		return FRAMED_NO_MEMORY;
	/* it cannot be back before this call has returned */
	if (pool_give(&session->worker->server->pool, &work->job) == -1) {
		free(work);
		return FRAMED_AGAIN;
	}
	line_append(line, work);
	if (line->count == max)
		session_pause(session, SESSION_PAUSED_BY_ASYNC);
	session_account(session);
	return FRAMED_QUEUED;
}

void
async_leave(struct session *session)
{
	struct work_line **line = &session->extra->works;

	if (*line == NULL)
		return;
	(*line)->session = NULL;
	line_free_if_done(line);
}

size_t
async_held(const struct session *session)
{
	const struct work_line *line =
	    session->extra == NULL ? NULL : session->extra->works;

	return line == NULL ? 0 : sizeof(*line) + line->bytes;
}
