#include "core/descriptors.h"

#include <sys/resource.h>

#include "base/log.h"

enum {
	/* connections in their handshake: at least so many, and for so many
	 * sessions one */
	HANDSHAKES_MIN = 256,
	HANDSHAKES_SHARE = 16,
	/* for the log, and whatever libc opens */
	SPARE = 64,
	PER_WORKER = 4, /* epoll, eventfd, libevent's own */
	GENERATIONS = 2 /* of modules, one descriptor each: while it reloads */
};

/* Raises the limit as far as it goes. */
static void
raise_limit(struct descriptors *descriptors)
{
	struct rlimit limit;

	descriptors->before = descriptors->limit = UINT32_MAX;
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	descriptors->before = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1 &&
	    getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	descriptors->limit = limit.rlim_cur;
}

/* What the daemon needs for itself. */
static uint64_t
own_share(const struct conf *conf, unsigned workers)
{
	return SPARE + GENERATIONS * conf->endpoint_count +
	    (uint64_t)workers * (PER_WORKER + conf->listener_count);
}

static uint32_t
usual_handshakes(uint32_t max_sessions)
{
	uint32_t share = max_sessions / HANDSHAKES_SHARE;

	return share < HANDSHAKES_MIN ? HANDSHAKES_MIN : share;
}

/* Lowers the numbers to what there is for clients. */
static void
fit(struct descriptors *descriptors, uint64_t own)
{
	uint64_t left = descriptors->limit - own;
	uint32_t wanted = descriptors->max_sessions;
	uint64_t needed = own + wanted + descriptors->max_handshakes;

	if (needed <= descriptors->limit)
		return;
	if (descriptors->max_handshakes > left / HANDSHAKES_SHARE)
		descriptors->max_handshakes =
		    (uint32_t)(left / HANDSHAKES_SHARE + 1);
	left -= descriptors->max_handshakes;
	if (left >= wanted)
		return;
	descriptors->max_sessions = (uint32_t)left;
	log_warnx("max_sessions lowered to what the descriptor limit allows "
	          "max_sessions=%u configured=%u: raise it to %llu, by "
	          "LimitNOFILE= of the unit or ulimit -n",
	    descriptors->max_sessions, wanted, (unsigned long long)needed);
}

int
descriptors_share(
    struct descriptors *descriptors, const struct conf *conf, unsigned workers)
{
	uint64_t own = own_share(conf, workers);

	raise_limit(descriptors);
	if (descriptors->limit < own + 2) {
		log_errorx("the descriptor limit leaves none for clients "
		           "limit=%llu own=%llu",
		    (unsigned long long)descriptors->limit,
		    (unsigned long long)own);
		return -1;
	}
	descriptors->max_sessions = conf->limits.max_sessions;
	descriptors->max_handshakes = conf->limits.max_handshakes != 0
	    ? conf->limits.max_handshakes
	    : usual_handshakes(conf->limits.max_sessions);
	fit(descriptors, own);
	return 0;
}

void
descriptors_tell(const struct descriptors *descriptors)
{
	log_info("descriptors limit=%llu before=%llu max_sessions=%u "
	         "max_handshakes=%u",
	    (unsigned long long)descriptors->limit,
	    (unsigned long long)descriptors->before, descriptors->max_sessions,
	    descriptors->max_handshakes);
}
