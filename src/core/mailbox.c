/* Posts from other threads. */
#include "core/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

int
mailbox_open(struct mailbox *mailbox)
{
	atomic_init(&mailbox->newest, NULL);
	atomic_init(&mailbox->bytes, 0);
	atomic_init(&mailbox->is_lagging, false);
	atomic_init(&mailbox->signals, 0);
	mailbox->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return mailbox->wake_fd == -1 ? -1 : 0;
}

void
mailbox_close(struct mailbox *mailbox)
{
	struct post *left;
	unsigned signals;

	if (mailbox->wake_fd == -1)
		return;
	left = mailbox_take(mailbox, &signals);
	posts_free(&left);
	close(mailbox->wake_fd);
	mailbox->wake_fd = -1;
}

void
post_free(struct post **post)
{
	if (*post != NULL)
		(*post)->type->free(*post);
	*post = NULL;
}

void
posts_free(struct post **posts)
{
	while (*posts != NULL) {
		struct post *post = *posts;

		*posts = post->next;
		post_free(&post);
	}
}

static void
mailbox_wake(const struct mailbox *mailbox)
{
	const uint64_t one = 1;

	/* fails only when the counter is full, and then it wakes already */
	if (write(mailbox->wake_fd, &one, sizeof(one)) == -1)
		return;
}

static void
mailbox_push(struct mailbox *mailbox, struct post *post)
{
	struct post *newest = atomic_load(&mailbox->newest);

	do
		post->next = newest;
	while (!atomic_compare_exchange_weak(&mailbox->newest, &newest, post));
	if (newest == NULL)
		mailbox_wake(mailbox);
}

enum mailbox_result
mailbox_post(struct mailbox *mailbox, struct post *post)
{
	size_t after =
	    atomic_fetch_add(&mailbox->bytes, post->bytes) + post->bytes;
	enum mailbox_result result = MAILBOX_TAKEN;

	if (after > MAILBOX_LIMIT_BYTES) {
		atomic_fetch_sub(&mailbox->bytes, post->bytes);
		/* the worker may just have emptied it: have it look again,
		 * or the sender would wait for ever */
		atomic_store(&mailbox->is_lagging, true);
		mailbox_wake(mailbox);
		return MAILBOX_FULL;
	}
	if (after > MAILBOX_HIGH_BYTES) {
		/* set before the post can be taken, so that relief follows */
		atomic_store(&mailbox->is_lagging, true);
		result = MAILBOX_LAGGING;
	}
	mailbox_push(mailbox, post);
	return result;
}

void
mailbox_post_control(struct mailbox *mailbox, struct post *post)
{
	post->bytes = 0;
	mailbox_push(mailbox, post);
}

void
mailbox_signal(struct mailbox *mailbox, enum mailbox_signal signal)
{
	atomic_fetch_or(&mailbox->signals, signal);
	mailbox_wake(mailbox);
}

/* The list, which is newest first, turned round. */
static struct post *
posts_reverse(struct post *newest)
{
	struct post *oldest = NULL;

	while (newest != NULL) {
		struct post *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	return oldest;
}

struct post *
mailbox_take(struct mailbox *mailbox, unsigned *signals_out)
{
	uint64_t wakes;

	/* quieten first: a post that comes after the take wakes again */
	if (read(mailbox->wake_fd, &wakes, sizeof(wakes)) == -1)
		wakes = 0;
	*signals_out = atomic_exchange(&mailbox->signals, 0);
	return posts_reverse(atomic_exchange(&mailbox->newest, NULL));
}

bool
mailbox_settle(struct mailbox *mailbox, size_t bytes)
{
	size_t left = atomic_fetch_sub(&mailbox->bytes, bytes) - bytes;

	return left < MAILBOX_LOW_BYTES &&
	    atomic_exchange(&mailbox->is_lagging, false);
}
