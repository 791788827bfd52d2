/* The life of framed-cat. */
#include "client/cat.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "client/input.h"
#include "net/lookup.h"
#include "client/profile.h"
#include "core/host_api.h"
#include "core/server.h"
#include "core/tenure.h"
#include "framed/module.h"
#include "host/registry.h"

enum cat_state {
	CAT_IDLE, /* between sessions */
	CAT_CONNECTING,
	CAT_OPEN
};

struct cat {
	const struct arguments *arguments;
	struct lookup lookup;
	struct conf *conf;
	struct registry *registry;
	struct generation generation;
	struct server server;
	struct worker *worker;
	struct input input;
	enum cat_state state;
	uint64_t session;  /* its id, unless IDLE */
	uint64_t received; /* messages */
	int status;        /* to exit with, as things stand */
	bool is_ending;    /* no session follows */
	bool was_open;     /* the session that is, or was last */
	bool has_no_output;
};

/* Says something on standard error, for people. */
static void say(const struct cat *cat, enum verbosity from, const char *format,
    ...) PRINTF(3, 4);

static void
say(const struct cat *cat, enum verbosity from, const char *format, ...)
{
	va_list args;

	if (cat->arguments->verbosity < from)
		return;
	fputs("framed-cat: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Ends the program, in order, with this status. */
static void
end(struct cat *cat, int status)
{
	struct session *session = NULL;

	cat->is_ending = true;
	cat->status = status;
	if (cat->state != CAT_IDLE)
		session = worker_find_session(cat->worker, cat->session);
	if (session != NULL && cat->state == CAT_OPEN)
		session_close_with(session, CLOSE_LOCAL_CLOSED,
		    FRAMED_CLOSE_NORMAL, span_from(NULL, 0));
	else if (session != NULL)
		session_cut(session, CLOSE_TERMINATED);
}

/* The input is at its end: the server may still answer what it had. */
static void
end_with_input(struct cat *cat)
{
	struct session *session =
	    worker_find_session(cat->worker, cat->session);

	cat->is_ending = true;
	cat->status = CAT_NORMAL;
	if (session != NULL)
		session_end_output(session);
}

/* What was agreed on. */
static void
say_facts(const struct cat *cat, struct framed_session *session)
{
	const struct framed_call *call = framed_call(session);
	const char *subprotocol = framed_subprotocol(session);
	const struct framed_extension *extension;
	const char *name, *value;

	if (cat->arguments->verbosity < VERBOSE)
		return;
	say(cat, VERBOSE, "connected url=%s peer=%s status=%u", call->url,
	    framed_peer(session), call->status);
	for (size_t i = 0;
	     (value = framed_header_at(session, i, &name)) != NULL; i++)
		say(cat, VERBOSE, "header %s: %s", name, value);
	if (subprotocol != NULL)
		say(cat, VERBOSE, "subprotocol %s", subprotocol);
	extension = framed_extension_at(session, 0);
	if (extension != NULL)
		say(cat, VERBOSE,
		    "extension %s server_takeover=%d client_takeover=%d "
		    "server_window_bits=%d client_window_bits=%d",
		    extension->name, extension->server_takeover,
		    extension->client_takeover, extension->server_window_bits,
		    extension->client_window_bits);
}

static void
on_open(struct framed_session *session)
{
	struct cat *cat = framed_instance(session);

	cat->state = CAT_OPEN;
	cat->was_open = true;
	say_facts(cat, session);
	input_set_session(&cat->input, framed_id(session));
}

static void
on_message(struct framed_session *session, enum framed_type type,
    const void *data, size_t length)
{
	struct cat *cat = framed_instance(session);

	if (type == FRAMED_TEXT || cat->arguments->is_binary)
		fwrite(data, 1, length, stdout);
	else
		say(cat, NORMAL, "binary message of %zu bytes (see -b)",
		    length);
	if (type == FRAMED_TEXT)
		putchar('\n');
	if (++cat->received == cat->arguments->count)
		end(cat, CAT_NORMAL);
}

/* Sends each line of a batch, the last of which has no line end. */
static enum framed_result
send_lines(struct framed_session *session, struct span lines)
{
	enum framed_result result = FRAMED_QUEUED;
	bool has_more = true;

	while (has_more) {
		struct span line = lines;

		lines = span_cut(&line, span_find(line, '\n'));
		has_more = lines.length > 0;
		if (has_more)
			lines = span_cut(&lines, 1);
		result =
		    framed_send(session, FRAMED_TEXT, line.data, line.length);
	}
	return result;
}

/* A batch of input. */
static void
on_post(struct framed_session *session, uint64_t token, const void *data,
    size_t length)
{
	struct cat *cat = framed_instance(session);
	enum framed_result result = FRAMED_CLOSED;

	switch ((enum input_batch)token) {
	case INPUT_LINES:
		result = send_lines(session, span_from(data, length));
		break;
	case INPUT_TEXT:
		result = framed_send(session, FRAMED_TEXT, data, length);
		break;
	case INPUT_BINARY:
		result = framed_send(session, FRAMED_BINARY, data, length);
		break;
	case INPUT_END:
		end_with_input(cat);
		break;
	}
	/* else on_writable says when */
	if (result == FRAMED_QUEUED)
		input_resume(&cat->input);
}

static void
on_writable(struct framed_session *session)
{
	struct cat *cat = framed_instance(session);

	input_resume(&cat->input);
}

/* Whether a session that ended so did what it should. */
static bool
is_normal(const struct framed_close_info *reason)
{
	return reason->code == FRAMED_CLOSE_NORMAL ||
	    reason->code == FRAMED_CLOSE_GOING_AWAY ||
	    reason->code == FRAMED_CLOSE_NONE;
}

static void
on_close(struct framed_session *session, const struct framed_close_info *reason)
{
	struct cat *cat = framed_instance(session);
	bool is_well = is_normal(reason);

	cat->state = CAT_IDLE;
	input_set_session(&cat->input, 0);
	say(cat, is_well ? VERBOSE : NORMAL, "closed code=%u by=%s%s%s",
	    reason->code, framed_by_name((enum framed_by)reason->by),
	    reason->text[0] != '\0' ? " " : "", reason->text);
	/* what ended the program says more than how the session took it */
	if (!cat->is_ending || cat->status == CAT_NORMAL)
		cat->status = is_well ? CAT_NORMAL : CAT_ABNORMAL;
}

static void
on_connect_failed(struct framed_worker *worker, const struct framed_call *call,
    const struct framed_close_info *reason)
{
	struct cat *cat = framed_worker_instance(worker);

	cat->state = CAT_IDLE;
	if (!cat->is_ending)
		cat->status = CAT_NO_SESSION;
	say(cat, NORMAL, "%s: %s", call->url, reason->text);
}

FRAMED_MODULE(.name = "framed-cat", .version = FRAMED_VERSION,
    .on_open = on_open, .on_message = on_message, .on_writable = on_writable,
    .on_close = on_close, .on_post = on_post,
    .on_connect_failed = on_connect_failed);

/* Carries out what the user wants, and what the input makes necessary. */
static void
mind_user(struct cat *cat)
{
	enum input_failure failure =
	    (enum input_failure)atomic_load(&cat->input.failure);
	int number = atomic_load(&cat->input.signal);

	if (number != 0)
		end(cat, 128 + number);
	if (failure == INPUT_WELL || cat->is_ending)
		return;
	say(cat, NORMAL, "%s", input_failure_text(failure));
	end(cat, failure == INPUT_NO_MEMORY ? EX_OSERR : EX_DATAERR);
}

/* A turn of the loop, and what is to be seen to after it. */
static void
turn(struct cat *cat)
{
	worker_turn(cat->worker);
	if (fflush(stdout) == EOF && !cat->has_no_output) {
		cat->has_no_output = true;
		say(cat, NORMAL, "standard output: %s", strerror(errno));
		end(cat, EX_IOERR);
	}
	mind_user(cat);
}

/* Tries one address, and runs the session that comes of it to its end. */
static void
try_address(struct cat *cat, const char *url)
{
	const struct arguments *arguments = cat->arguments;
	const struct framed_connect_options options = {
	    .size = sizeof(options),
	    .no_deflate = arguments->has_no_deflate,
	    .url = url,
	    .host = cat->lookup.host,
	    .subprotocols = arguments->subprotocols,
	    .headers = arguments->headers,
	    .origin = arguments->origin,
	};
	struct framed_worker *worker =
	    (struct framed_worker *)&cat->worker->tenure->seats.list[0];
	enum framed_result result =
	    framed_connect(worker, &options, &cat->session);

	if (result != FRAMED_QUEUED) {
		bool is_usage = result == FRAMED_INVALID;

		say(cat, NORMAL, "%s",
		    is_usage
		        ? "a header, subprotocol or origin cannot be sent so"
		        : "out of memory");
		end(cat, is_usage ? EX_USAGE : EX_OSERR);
		return;
	}
	cat->state = CAT_CONNECTING;
	while (cat->state != CAT_IDLE)
		turn(cat);
}

/* The addresses cannot be found, now or ever. */
static void
fail_lookup(struct cat *cat, enum lookup_result result, const char *error)
{
	say(cat, NORMAL, "%s: %s", cat->arguments->url, error);
	switch (result) {
	case LOOKUP_DONE:
	case LOOKUP_UNKNOWN:
		cat->status = CAT_NO_SESSION;
		break;
	case LOOKUP_WRONG:
		end(cat, EX_USAGE);
		break;
	case LOOKUP_NO_MEMORY:
		end(cat, EX_OSERR);
		break;
	}
}

/* One session, over the first address that comes to one. */
static void
run_session(struct cat *cat)
{
	const char *error;
	enum lookup_result result =
	    lookup(&cat->lookup, cat->arguments->url, &error);

	cat->was_open = false;
	if (result != LOOKUP_DONE)
		fail_lookup(cat, result, error);
	for (size_t i = 0; i < cat->lookup.count; i++)
		if (!cat->is_ending && !cat->was_open)
			try_address(cat, cat->lookup.urls[i]);
	lookup_release(&cat->lookup);
}

/* Whether to begin another session, for which it then was time to wait. */
static bool
goes_on(struct cat *cat)
{
	if (cat->is_ending || cat->arguments->reconnect_seconds == 0)
		return false;
	input_rest(&cat->input, cat->arguments->reconnect_seconds);
	mind_user(cat);
	return !cat->is_ending;
}

/* Makes all that sessions need. Returns 0 or -1. */
static int
open_all(struct cat *cat)
{
	struct conf_report report = {.stream = stderr};

	cat->conf = profile_new(cat->arguments);
	if (cat->conf == NULL)
		return -1;
	cat->registry =
	    registry_new_builtin(cat->conf, framed_module_entry(host_api()));
	if (cat->registry == NULL)
		return -1;
	cat->registry->endpoints[0].instance = cat;
	if (generation_init(
	        &cat->generation, cat->conf, cat->registry, &report) == -1 ||
	    server_init(&cat->server, &cat->generation) != SERVER_OK)
		return -1;
	cat->worker = &cat->server.workers[0];
	return seats_open(
	    &cat->worker->tenure->seats, cat->worker, cat->registry);
}

static void
close_all(struct cat *cat)
{
	if (cat->worker != NULL)
		seats_close(&cat->worker->tenure->seats);
	if (cat->server.generations != NULL)
		server_release(&cat->server);
	generation_release(&cat->generation);
	registry_free(&cat->registry);
	conf_free(&cat->conf);
}

/* Sessions, one after the other, and then what they leave behind. */
static void
run(struct cat *cat)
{
	do
		run_session(cat);
	while (goes_on(cat));
	while (cat->worker->table.live > 0)
		turn(cat);
}

int
cat_run(const struct arguments *arguments)
{
	struct cat cat = {.arguments = arguments, .status = EX_OSERR};

	/* first, since threads take over what signals are blocked */
	if (open_all(&cat) == -1) {
		say(&cat, NORMAL, "cannot start: %s", strerror(errno));
		close_all(&cat);
		return cat.status;
	}
	if (input_start(&cat.input, arguments, &cat.worker->mailbox) == 0)
		run(&cat);
	else
		say(&cat, NORMAL, "cannot start: %s", strerror(errno));
	input_stop(&cat.input);
	close_all(&cat);
	return cat.status;
}
