/* Publications on their way to another worker. */
#include "core/publication.h"

#include <stdlib.h>

#include "core/topics.h"
#include "core/worker.h"

struct publication {
	struct post post;
	struct frame_share *frame; /* held */
	uint8_t topic_length;
	uint8_t topic[];
};

static void
publication_deliver(struct worker *worker, struct post *post)
{
	struct publication *publication = (struct publication *)post;
	struct span topic =
	    span_from(publication->topic, publication->topic_length);

	if (topics_deliver(&worker->topics, topic, publication->frame, NULL) ==
	    FRAMED_NO_MEMORY)
		worker->stats.dropped++;
}

static void
publication_free(struct post *post)
{
	struct publication *publication = (struct publication *)post;

	frame_share_release_hold(&publication->frame);
	free(publication);
}

static const struct post_type publication_type = {
    .deliver = publication_deliver,
    .free = publication_free,
};

struct post *
publication_new(struct span topic, struct frame_share *frame)
{
	size_t bytes = sizeof(struct publication) + topic.length;
	struct publication *publication = malloc(bytes);

	if (publication == NULL)
		return NULL;
	frame_share_hold(frame);
	publication->post = (struct post){
	    .type = &publication_type,
	    .bytes = (uint32_t)(bytes + frame_share_held(frame)),
	};
	publication->frame = frame;
	publication->topic_length = (uint8_t)topic.length;
	memcpy(publication->topic, topic.data, topic.length);
	return &publication->post;
}
