/* Connections on their way to a worker. */
#include "core/handover.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/worker.h"

struct handover {
	struct post post;
	const struct conf_listener *listener;
	struct addr peer;
	int fd; /* -1: delivered */
};

static void
handover_deliver(struct worker *worker, struct post *post)
{
	struct handover *handover = (struct handover *)post;

	if (worker->phase == WORKER_ABORTING)
		return;
	session_accept(
	    worker, handover->listener, handover->fd, &handover->peer);
	handover->fd = -1;
}

static void
handover_free(struct post *post)
{
	struct handover *handover = (struct handover *)post;

	if (handover->fd != -1)
		close(handover->fd);
	free(handover);
}

static const struct post_type handover_type = {
    .deliver = handover_deliver,
    .free = handover_free,
};

struct post *
handover_new(
    const struct conf_listener *listener, int fd, const struct addr *peer)
{
	struct handover *handover = malloc(sizeof(*handover));

	if (handover == NULL)
		return NULL;
	*handover = (struct handover){
	    .post = {.type = &handover_type, .bytes = sizeof(*handover)},
	    .listener = listener,
	    .peer = *peer,
	    .fd = fd,
	};
	return &handover->post;
}

void
handover_take_back(struct post **post)
{
	((struct handover *)*post)->fd = -1;
	post_free(post);
}
