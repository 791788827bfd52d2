/* The loop, the start and the end. */
#include "bench/load.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/connection.h"
#include "bench/process.h"
#include "net/addr.h"
#include "net/lookup.h"

enum {
	EVENTS_MAX = 256,
	OPENING_MAX =
	    128, /* at once: listeners have backlogs of some hundred */
	SPARE_DESCRIPTORS = 16,
	/* a deflated message may come back in another form */
	FRAME_ROOM = 64 << 10
};

#define SECOND_NS    UINT64_C(1000000000)
#define SILENCE_NS   (10 * SECOND_NS) /* of the server: it is stuck */
#define LAST_WAIT_NS (2 * SECOND_NS)  /* for the server to hang up */

static volatile sig_atomic_t is_interrupted;

_Noreturn void
load_fail(int status, const char *format, ...)
{
	va_list list;

	fputs("framed-bench: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	exit(status);
}

static void
on_signal(int number)
{
	(void)number;
	is_interrupted = 1;
}

bool
load_is_interrupted(void)
{
	return is_interrupted != 0;
}

/* A second signal ends at once. */
static void
catch_signals(void)
{
	struct sigaction action = {.sa_flags = (int)SA_RESETHAND};

	action.sa_handler = on_signal;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* As many descriptors as connections, if that is allowed. */
static void
raise_limit(uint32_t connections)
{
	rlim_t wanted = (rlim_t)connections + SPARE_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		load_fail(EX_OSERR, "getrlimit: %s", strerror(errno));
	if (limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	/* root may raise the hard limit, too */
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		load_fail(EX_OSERR,
		    "%u connections need %lu descriptors, more than the hard "
		    "limit: see ulimit -Hn",
		    (unsigned)connections, (unsigned long)wanted);
}

/* Takes the first address; a load has one server. */
static void
find_server(struct load *load, struct lookup *found)
{
	struct url *url = &load->url;
	const char *error;
	char ip[64];

	switch (lookup(found, load->arguments->url, &error)) {
	case LOOKUP_DONE:
		break;
	case LOOKUP_WRONG:
		load_fail(EX_USAGE, "%s: %s", load->arguments->url, error);
	case LOOKUP_UNKNOWN:
		load_fail(
		    EX_UNAVAILABLE, "%s: %s", load->arguments->url, error);
	case LOOKUP_NO_MEMORY:
		load_fail(EX_OSERR, "out of memory");
	}
	load->host = span_from_string(found->host);
	if (url_parse(span_from_string(found->urls[0]), url, &error) == -1)
		load_fail(EX_USAGE, "%s: %s", found->urls[0], error);
	if (url->kind == URL_UNIX) {
		load->address_length =
		    addr_unix_to_sockaddr(url->socket, &load->address);
	} else {
		snprintf(ip, sizeof(ip), "%.*s", (int)url->host.length,
		    (const char *)url->host.data);
		load->address_length =
		    addr_to_sockaddr(ip, url->port, &load->address);
	}
	if (load->address_length == 0)
		load_fail(EX_USAGE, "%s: no address", load->arguments->url);
}

static struct deflate_config
deflate_config_for(enum deflate_use use)
{
	return (struct deflate_config){
	    .is_enabled = use != DEFLATE_OFF,
	    .server_takeover = use == DEFLATE_TAKEOVER,
	    .client_takeover = use == DEFLATE_TAKEOVER,
	    .server_window_bits = DEFLATE_WINDOW_MAX,
	    .client_window_bits = DEFLATE_WINDOW_MAX,
	};
}

static void
allocate(struct load *load)
{
	const struct arguments *arguments = load->arguments;

	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	load->pool = deflate_pool_new();
	load->input = malloc(TLS_HEADROOM + LOAD_RECEIVE_BYTES);
	load->connections =
	    calloc(arguments->connections, sizeof(*load->connections));
	if (load->epoll == -1 || load->pool == NULL || load->input == NULL ||
	    load->connections == NULL)
		load_fail(EX_OSERR, "starting: %s", strerror(errno));
	for (uint32_t i = 0; i < arguments->connections; i++)
		load->connections[i].index = i;
}

static void
prepare_tls(struct load *load)
{
	char error[TLS_ERROR_MAX];

	load->tls = tls_context_new_client(
	    load->arguments->trusts_all ? TLS_TRUST_ALL : TLS_TRUST_SYSTEM,
	    NULL, error);
	if (load->tls == NULL)
		load_fail(EX_OSERR, "starting TLS: %s", error);
}

void
load_init(struct load *load, const struct arguments *arguments,
    const struct mode *mode, struct lookup *found)
{
	*load = (struct load){.arguments = arguments, .mode = mode};
	catch_signals();
	raise_limit(arguments->connections);
	find_server(load, found);
	load->deflate = deflate_config_for(arguments->deflate);
	load->rules = (struct frame_rules){
	    .max_frame_bytes = arguments->bytes + FRAME_ROOM,
	    .max_message_bytes = arguments->bytes + FRAME_ROOM,
	    .role = FRAME_CLIENT,
	    .rsv_allowed = load->deflate.is_enabled ? FRAME_RSV1 : 0,
	};
	allocate(load);
	if (load->url.is_secure)
		prepare_tls(load);
}

void
load_release(struct load *load)
{
	for (uint32_t i = 0; i < load->arguments->connections; i++) {
		connection_release(&load->connections[i]);
		if (load->connections[i].own != NULL)
			load->mode->closed(load, &load->connections[i]);
	}
	payloads_release(&load->payloads);
	tls_context_free(&load->tls);
	tls_port_release(&load->tls_port);
	free(load->connections);
	free(load->input);
	deflate_pool_free(&load->pool);
	close(load->epoll);
}

static void
mind_silence(const struct load *load)
{
	if (load->now_ns - load->progress_ns > SILENCE_NS)
		load_fail(1, "the server has been silent for ten seconds");
}

/* Rounded down: what is due before the next millisecond is polled for. */
static int
timeout_until(uint64_t until_ns)
{
	uint64_t now_ns = clock_now_ns();

	if (until_ns <= now_ns)
		return 0;
	if (until_ns - now_ns > SECOND_NS)
		return 1000;
	return (int)((until_ns - now_ns) / 1000000);
}

void
load_poll(struct load *load, uint64_t until_ns)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(
	    load->epoll, events, EVENTS_MAX, timeout_until(until_ns));

	if (count == -1 && errno != EINTR)
		load_fail(EX_OSERR, "epoll_wait: %s", strerror(errno));
	load->now_ns = clock_now_ns();
	for (int i = 0; i < count; i++)
		connection_event(load, events[i].data.ptr, events[i].events);
	mind_silence(load);
}

void
load_open(struct load *load, uint32_t total)
{
	uint32_t dialled = load->open;

	load->progress_ns = clock_now_ns();
	while (load->open < total && !load_is_interrupted()) {
		while (dialled < total && load->opening < OPENING_MAX)
			connection_dial(load, &load->connections[dialled++]);
		load_poll(load, UINT64_MAX);
	}
}

void
load_close_all(struct load *load)
{
	uint64_t end_ns = clock_now_ns() + LAST_WAIT_NS;

	for (uint32_t i = 0; i < load->arguments->connections; i++)
		if (load->connections[i].state == CONNECTION_OPEN)
			connection_close(load, &load->connections[i]);
	while (load->open > 0 && clock_now_ns() < end_ns)
		load_poll(load, end_ns);
}

static uint64_t
own_cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * SECOND_NS + (uint64_t)used.tv_nsec;
}

static uint64_t
server_cpu_ns(const struct load *load)
{
	uint64_t ns = 0;

	if (load->arguments->pid != 0 &&
	    process_cpu_ns(load->arguments->pid, &ns) == -1)
		load_fail(EX_USAGE, "process %ld: %s",
		    (long)load->arguments->pid, strerror(errno));
	return ns;
}

uint64_t
load_server_resident(const struct load *load)
{
	uint64_t bytes = 0;

	if (load->arguments->pid != 0 &&
	    process_resident_bytes(load->arguments->pid, &bytes) == -1)
		load_fail(EX_USAGE, "process %ld: %s",
		    (long)load->arguments->pid, strerror(errno));
	return bytes;
}

void
load_begin(struct load *load)
{
	struct measure *measure = &load->measure;

	*measure = (struct measure){.rss_before = measure->rss_before};
	load->latencies = (struct histogram){0};
	measure->server_ns = server_cpu_ns(load);
	measure->own_ns = own_cpu_ns();
	measure->begun_ns = clock_now_ns();
	load->now_ns = measure->begun_ns;
	load->progress_ns = measure->begun_ns;
}

void
load_end(struct load *load)
{
	struct measure *measure = &load->measure;

	measure->ended_ns = clock_now_ns();
	measure->own_ns = own_cpu_ns() - measure->own_ns;
	measure->server_ns = server_cpu_ns(load) - measure->server_ns;
	measure->rss_after = load_server_resident(load);
}
