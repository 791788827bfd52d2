/*
 * What the user says: standard input, cut into batches of messages for the
 * session, and signals. Read by a thread of its own, since neither may keep the
 * worker waiting. One batch is under way at a time, so that a server that takes
 * nothing also stops the reading, and memory is bounded.
 */
#ifndef FRAMED_CLIENT_INPUT_H
#define FRAMED_CLIENT_INPUT_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/guard.h"
#include "client/arguments.h"
#include "core/mailbox.h"

/* What a batch is: the token of the post. */
enum input_batch {
	INPUT_LINES = 1, /* text, each line a message */
	INPUT_TEXT,      /* one message */
	INPUT_BINARY,    /* one message */
	INPUT_END        /* the input is at its end */
};

/* The end of reading before the end of input. */
enum input_failure {
	INPUT_WELL,
	INPUT_UNREADABLE,
	INPUT_NOT_TEXT,
	INPUT_TOO_LONG,
	INPUT_NO_MEMORY
};

struct input {
	const struct arguments *arguments;
	struct mailbox *mailbox; /* woken by signals and failures … */
	int news_fd;             /* … of which this tells for good */
	int wake_fd;             /* wakes the thread */
	int signal_fd;
	pthread_t thread;
	bool is_running;
	/* shared by the threads */
	atomic_ullong session; /* 0: none is open */
	atomic_bool may_give;  /* the session wants the next batch */
	atomic_bool is_stopped;
	atomic_int failure; /* enum input_failure */
	atomic_int signal;  /* the first that came, or 0 */
	/* the thread's own */
	uint8_t *buffer;
	size_t size;
	size_t length;
	bool is_at_end;
	uint64_t ended; /* the session that was told so */
};

/*
 * Starts the thread. SIGINT and SIGTERM come to it from now on: the second of
 * them ends the process. Returns 0, or -1 with errno; input_stop() is due in
 * both cases.
 */
MUST_CHECK int input_start(struct input *input,
    const struct arguments *arguments, struct mailbox *mailbox);
void input_stop(struct input *input);

/* The session that batches are posted to, or 0. */
void input_set_session(struct input *input, uint64_t session);

/* The batch that came last was sent, and there is room for another. */
void input_resume(struct input *input);

/* Waits so long, or until a signal or a failure has come. */
void input_rest(struct input *input, uint32_t seconds);

/* A sentence. */
const char *input_failure_text(enum input_failure failure);

#endif
