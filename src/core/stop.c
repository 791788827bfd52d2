/* Signals, and what follows. */
#include "core/stop.h"

#include <signal.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "core/server.h"

enum {
	TELL_MS = 1000, /* between two reports to the service manager */
	MS_US = 1000
};

static void
signal_workers(struct server *server, enum mailbox_signal signal)
{
	for (unsigned i = 0; i < server->started; i++)
		mailbox_signal(&server->workers[i].mailbox, signal);
}

void
stop_at_once(struct server *server)
{
	pool_skip(&server->pool);
	signal_workers(server, MAILBOX_ABORT);
}

static uint64_t
phase_ms(const struct stop *stop)
{
	const struct conf_drain *drain = &stop->server->generation->conf->drain;

	return stop->phase == STOP_DELAYED ? drain->delay_ms
	                                   : drain->timeout_ms;
}

/* Milliseconds until the phase is over. */
static uint64_t
left_ms(const struct stop *stop)
{
	uint64_t end_ms = stop->since_ms + phase_ms(stop);
	uint64_t now_ms = clock_now_ms();

	return end_ms > now_ms ? end_ms - now_ms : 0;
}

/* The longest that the end may take from now on. */
static uint64_t
bound_ms(const struct stop *stop)
{
	const struct conf *conf = stop->server->generation->conf;
	uint64_t ms = left_ms(stop) + conf->limits.close_timeout_ms;

	return stop->phase == STOP_DELAYED ? ms + conf->drain.timeout_ms : ms;
}

/* Tells the service manager, which must not lose its patience sooner. */
static void
tell(const struct stop *stop, const char *news)
{
	notify_send("%sEXTEND_TIMEOUT_USEC=%llu\n"
	            "STATUS=%s, %u sessions are left",
	    news, (unsigned long long)bound_ms(stop) * MS_US,
	    stop->phase == STOP_DELAYED ? "about to stop" : "closing sessions",
	    atomic_load(&stop->server->sessions));
}

static void
enter(struct stop *stop, enum stop_phase phase)
{
	stop->phase = phase;
	stop->since_ms = clock_now_ms();
}

static void
drain(struct stop *stop)
{
	enter(stop, STOP_DRAINING);
	log_info("accepting no more sessions=%u",
	    atomic_load(&stop->server->sessions));
	signal_workers(stop->server, MAILBOX_DRAIN);
}

static void
cut(struct stop *stop)
{
	enter(stop, STOP_AT_ONCE);
	log_warnx("drain.timeout_ms is over, the rest is cut sessions=%u",
	    atomic_load(&stop->server->sessions));
	stop_at_once(stop->server);
}

static uint32_t
next_ms(const struct stop *stop)
{
	uint64_t ms = left_ms(stop);

	return ms < TELL_MS ? (uint32_t)ms : TELL_MS;
}

uint32_t
stop_turn(struct stop *stop)
{
	if (stop->phase == STOP_DELAYED && left_ms(stop) == 0)
		drain(stop);
	else if (stop->phase == STOP_DRAINING && left_ms(stop) == 0)
		cut(stop);
	if (stop->phase == STOP_AT_ONCE)
		return STOP_NEVER;
	tell(stop, "");
	return next_ms(stop);
}

uint32_t
stop_signal(struct stop *stop, int number)
{
	const struct conf_drain *conf = &stop->server->generation->conf->drain;

	if (number == SIGINT || stop->phase != STOP_NOT_YET) {
		log_info("stopping at once signal=%d", number);
		enter(stop, STOP_AT_ONCE);
		stop_at_once(stop->server);
		return STOP_NEVER;
	}
	log_info(
	    "stopping, sessions get %u signal=%d", conf->close_code, number);
	atomic_store(&stop->server->is_stopping, true);
	enter(stop, STOP_DELAYED);
	if (conf->delay_ms == 0)
		drain(stop);
	tell(stop, "STOPPING=1\n");
	return next_ms(stop);
}
