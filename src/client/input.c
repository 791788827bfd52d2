/* Reading standard input and signals. */
#include "client/input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/span.h"
#include "framed/module.h"
#include "proto/utf8.h"

enum {
	READ_BYTES = 64 << 10,
	/* of a batch, so that it never overflows the session's queue */
	BATCH_BYTES = 64 << 10,
	BATCH_LINES = 1024,
	MESSAGE_BYTES_MAX = 16 << 20 /* what framed_post() takes */
};

/* A batch, and the bytes of the buffer that it uses up. */
struct batch {
	enum input_batch kind;
	struct span bytes;
	size_t used;
};

const char *
input_failure_text(enum input_failure failure)
{
	switch (failure) {
	case INPUT_WELL:
		return "";
	case INPUT_UNREADABLE:
		return "standard input cannot be read";
	case INPUT_NOT_TEXT:
		return "standard input is not UTF-8 (see -b)";
	case INPUT_TOO_LONG:
		return "a message of more than 16 MiB";
	case INPUT_NO_MEMORY:
		return "out of memory";
	}
	return "";
}

static void
add_to(int eventfd)
{
	const uint64_t one = 1;

	while (write(eventfd, &one, sizeof(one)) == -1 && errno == EINTR)
		;
}

/* Wakes the main thread, for a failure or a signal. */
static void
tell(struct input *input)
{
	mailbox_signal(input->mailbox, (enum mailbox_signal)0);
	add_to(input->news_fd);
}

static void
fail(struct input *input, enum input_failure failure)
{
	atomic_store(&input->failure, (int)failure);
	input->is_at_end = true;
	input->length = 0;
	tell(input);
}

/* Whole lines, as many as go into a batch; or one that is longer; at the end
 * also one that lacks its line end. Returns false when there is none. */
static bool
cut_lines(const struct input *input, struct batch *batch_out)
{
	struct span text = span_from(input->buffer, input->length);
	size_t used = 0;

	for (unsigned lines = 0; lines < BATCH_LINES; lines++) {
		struct span rest = text;
		size_t line;

		rest = span_cut(&rest, used);
		line = span_find(rest, '\n') + 1;
		if (line > rest.length ||
		    (lines > 0 && used + line > BATCH_BYTES))
			break;
		used += line;
	}
	*batch_out = (struct batch){
	    INPUT_LINES, span_from(text.data, used > 0 ? used - 1 : 0), used};
	if (used == 0 && input->is_at_end && text.length > 0)
		*batch_out = (struct batch){INPUT_LINES, text, text.length};
	return batch_out->used > 0;
}

/* All of it, once that is known. */
static bool
take_all(const struct input *input, struct batch *batch_out)
{
	struct span all = span_from(input->buffer, input->length);

	batch_out->kind =
	    input->arguments->is_binary ? INPUT_BINARY : INPUT_TEXT;
	batch_out->bytes = all;
	batch_out->used = all.length;
	return input->is_at_end && all.length > 0;
}

/* What has been read. */
static bool
take_chunk(const struct input *input, struct batch *batch_out)
{
	size_t length =
	    input->length < BATCH_BYTES ? input->length : BATCH_BYTES;

	*batch_out = (struct batch){
	    INPUT_BINARY, span_from(input->buffer, length), length};
	return length > 0;
}

/* Finds the next batch in the buffer. Returns false when it takes more input,
 * or nothing more is to be given. */
static bool
next_batch(const struct input *input, struct batch *batch_out)
{
	bool has_batch;

	if (input->arguments->is_single)
		has_batch = take_all(input, batch_out);
	else if (input->arguments->is_binary)
		has_batch = take_chunk(input, batch_out);
	else
		has_batch = cut_lines(input, batch_out);
	if (has_batch)
		return true;
	*batch_out = (struct batch){.kind = INPUT_END};
	return input->is_at_end && !input->arguments->keeps_open &&
	    atomic_load(&input->failure) == INPUT_WELL &&
	    input->ended != atomic_load(&input->session);
}

/* The session has taken the batch. */
static void
drop_batch(struct input *input, const struct batch *batch, uint64_t session)
{
	input->length -= batch->used;
	if (input->length > 0)
		memmove(
		    input->buffer, input->buffer + batch->used, input->length);
	if (batch->kind == INPUT_END)
		input->ended = session;
}

/* Posts a batch to the session, if there is one that wants it. */
static void
give(struct input *input, const struct batch *batch, uint64_t session)
{
	unsigned long long gone = session;

	if (batch->kind != INPUT_BINARY && !utf8_is_valid(batch->bytes)) {
		fail(input, INPUT_NOT_TEXT);
		return;
	}
	/* first, since the answer may come before framed_post() returns */
	atomic_store(&input->may_give, false);
	switch (framed_post(
	    session, batch->kind, batch->bytes.data, batch->bytes.length)) {
	case FRAMED_QUEUED:
		drop_batch(input, batch, session);
		break;
	case FRAMED_NO_MEMORY:
		fail(input, INPUT_NO_MEMORY);
		break;
	case FRAMED_GONE:
	case FRAMED_AGAIN:
	case FRAMED_INVALID:
	case FRAMED_CLOSED:
	case FRAMED_DROPPED:
	case FRAMED_BACKPRESSURE:
	case FRAMED_UNSUPPORTED:
		/* it has ended: the next one gets the batch */
		atomic_compare_exchange_strong(&input->session, &gone, 0);
		break;
	}
}

/* Makes room for a read. Returns 0, or -1 after a failure. */
static int
make_room(struct input *input)
{
	size_t size = input->size == 0 ? READ_BYTES : 2 * input->size;
	uint8_t *buffer;

	if (input->size - input->length >= READ_BYTES)
		return 0;
	buffer = realloc(input->buffer, size);
	if (buffer == NULL) {
		fail(input, INPUT_NO_MEMORY);
		return -1;
	}
	input->buffer = buffer;
	input->size = size;
	return 0;
}

static void
read_input(struct input *input)
{
	ssize_t got;

	if (make_room(input) == -1)
		return;
	got = read(STDIN_FILENO, input->buffer + input->length, READ_BYTES);
	if (got == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got == -1) {
		fail(input, INPUT_UNREADABLE);
		return;
	}
	input->is_at_end = got == 0;
	input->length += (size_t)got;
	if (input->length > MESSAGE_BYTES_MAX)
		fail(input, INPUT_TOO_LONG);
}

static void
read_signal(struct input *input)
{
	struct signalfd_siginfo info;

	if (read(input->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (atomic_load(&input->signal) != 0)
		_exit(128 + (int)info.ssi_signo);
	atomic_store(&input->signal, (int)info.ssi_signo);
	tell(input);
}

/* Waits for news: signals, wakes, and input where that is wanted. */
static void
await(struct input *input, bool wants_input)
{
	struct pollfd fds[] = {
	    {.fd = input->wake_fd, .events = POLLIN},
	    {.fd = input->signal_fd, .events = POLLIN},
	    {.fd = wants_input ? STDIN_FILENO : -1, .events = POLLIN},
	};
	uint64_t ignored;

	if (poll(fds, ARRAY_LENGTH(fds), -1) == -1)
		return;
	if (fds[0].revents != 0 &&
	    read(input->wake_fd, &ignored, sizeof(ignored)) == -1)
		return;
	if (fds[1].revents != 0)
		read_signal(input);
	if (fds[2].revents != 0)
		read_input(input);
}

static void *
input_main(void *arg)
{
	struct input *input = arg;

	while (!atomic_load(&input->is_stopped)) {
		uint64_t session = atomic_load(&input->session);
		struct batch batch;
		bool has_batch = next_batch(input, &batch);

		if (has_batch && session != 0 && atomic_load(&input->may_give))
			give(input, &batch, session);
		else
			await(input, !has_batch && !input->is_at_end);
	}
	return NULL;
}

int
input_start(struct input *input, const struct arguments *arguments,
    struct mailbox *mailbox)
{
	sigset_t signals;

	memset(input, 0, sizeof(*input));
	input->arguments = arguments;
	input->mailbox = mailbox;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	input->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	input->wake_fd = eventfd(0, EFD_CLOEXEC);
	input->news_fd = eventfd(0, EFD_CLOEXEC);
	if (input->signal_fd == -1 || input->wake_fd == -1 ||
	    input->news_fd == -1)
		return -1;
	errno = pthread_create(&input->thread, NULL, input_main, input);
	input->is_running = errno == 0;
	return input->is_running ? 0 : -1;
}

static void
close_fd(int fd)
{
	if (fd != -1)
		close(fd);
}

void
input_stop(struct input *input)
{
	atomic_store(&input->is_stopped, true);
	if (input->is_running) {
		add_to(input->wake_fd);
		pthread_join(input->thread, NULL);
	}
	close_fd(input->signal_fd);
	close_fd(input->wake_fd);
	close_fd(input->news_fd);
	free(input->buffer);
}

void
input_set_session(struct input *input, uint64_t session)
{
	atomic_store(&input->session, session);
	atomic_store(&input->may_give, session != 0);
	add_to(input->wake_fd);
}

void
input_resume(struct input *input)
{
	atomic_store(&input->may_give, true);
	add_to(input->wake_fd);
}

void
input_rest(struct input *input, uint32_t seconds)
{
	struct pollfd news = {.fd = input->news_fd, .events = POLLIN};

	poll(&news, 1, (int)seconds * 1000);
}
