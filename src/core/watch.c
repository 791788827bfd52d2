#include "core/watch.h"

#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "base/notify.h"
#include "core/server.h"
#include "core/watchdog.h"

/* Has the end go on in so many milliseconds. */
static void
go_on_in(struct watch *watch, uint32_t ms)
{
	const struct timeval wait = {
	    .tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

	if (ms != STOP_NEVER && event_add(watch->stop_timer, &wait) == -1)
		stop_at_once(watch->server);
}

static void
on_stop_timer(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;

	(void)fd;
	(void)what;
	go_on_in(watch, stop_turn(&watch->stop));
}

static void
on_stop_signal(evutil_socket_t number, short what, void *arg)
{
	struct watch *watch = arg;

	(void)what;
	go_on_in(watch, stop_signal(&watch->stop, (int)number));
}

static void
on_news(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;
	uint64_t times;

	(void)what;
	if (read(fd, &times, sizeof(times)) == -1)
		return;
	reload_go_on(&watch->reload);
	if (atomic_load(&watch->server->workers_ended) ==
	    watch->server->started)
		event_base_loopbreak(watch->base);
}

static void
on_reload_signal(evutil_socket_t number, short what, void *arg)
{
	struct watch *watch = arg;

	(void)number;
	(void)what;
	if (watch->stop.phase != STOP_NOT_YET)
		log_warnx("not reloaded, since it is stopping");
	else
		reload_begin(&watch->reload);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;

	(void)fd;
	(void)what;
	/* workers that have ended answer no more */
	if (atomic_load(&watch->server->workers_ended) == 0)
		watchdog_look(watch->server);
	else
		notify_send("WATCHDOG=1");
}

static void
on_reopen_signal(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	(void)arg;
	log_reopen();
}

static int
watch_add(struct watch *watch, int fd, short what, event_callback_fn fn)
{
	struct event *event =
	    event_new(watch->base, fd, what | EV_PERSIST, fn, watch);

	if (event == NULL)
		return -1;
	watch->events[watch->count++] = event;
	return event_add(event, NULL);
}

/* Makes ready for the end. */
static int
watch_stop(struct watch *watch)
{
	watch->stop_timer = evtimer_new(watch->base, on_stop_timer, watch);
	if (watch->stop_timer == NULL)
		return -1;
	watch->events[watch->count++] = watch->stop_timer;
	return 0;
}

/* Looks after the service manager's watchdog, where there is one. */
static int
watch_feed(struct watch *watch, uint32_t interval_ms)
{
	const struct timeval interval = {.tv_sec = interval_ms / 1000,
	    .tv_usec = (suseconds_t)(interval_ms % 1000 * 1000)};
	struct event *event;

	if (interval_ms == 0)
		return 0;
	event = event_new(watch->base, -1, EV_PERSIST, on_watchdog, watch);
	if (event == NULL)
		return -1;
	watch->events[watch->count++] = event;
	return event_add(event, &interval);
}

int
watch_open(struct watch *watch, struct server *server,
    const struct generation_source *source)
{
	*watch = (struct watch){.server = server,
	    .reload = {.server = server, .source = source},
	    .stop = {.server = server}};
	watch->base = event_base_new();
	if (watch->base == NULL || watch_stop(watch) == -1 ||
	    watch_add(watch, SIGTERM, EV_SIGNAL, on_stop_signal) == -1 ||
	    watch_add(watch, SIGQUIT, EV_SIGNAL, on_stop_signal) == -1 ||
	    watch_add(watch, SIGINT, EV_SIGNAL, on_stop_signal) == -1 ||
	    watch_add(watch, SIGHUP, EV_SIGNAL, on_reload_signal) == -1 ||
	    watch_add(watch, SIGUSR1, EV_SIGNAL, on_reopen_signal) == -1 ||
	    watch_add(watch, server->news_fd, EV_READ, on_news) == -1)
		return -1;
	return watch_feed(watch, watchdog_interval_ms());
}

int
watch_run(struct watch *watch)
{
	if (event_base_dispatch(watch->base) == 0)
		return 0;
	log_error("event loop failed");
	return -1;
}

void
watch_close(struct watch *watch)
{
	sigset_t stops;

	sigemptyset(&stops);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGQUIT);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGHUP);
	sigaddset(&stops, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &stops, NULL);
	while (watch->count > 0)
		event_free(watch->events[--watch->count]);
	if (watch->base != NULL)
		event_base_free(watch->base);
	watch->base = NULL;
	reload_end(&watch->reload);
}
