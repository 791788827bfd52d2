/* Whether all workers are alive. */
#include "core/watchdog.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/notify.h"
#include "base/number.h"
#include "core/server.h"

enum { SHARE = 2, MS_US = 1000 };

uint32_t
watchdog_interval_ms(void)
{
	const char *period = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t period_us, number;

	if (period == NULL || number_read(period, UINT32_MAX, &period_us) == -1)
		return 0;
	/* it may be meant for another process */
	if (pid != NULL &&
	    (number_read(pid, INT32_MAX, &number) == -1 ||
	        (pid_t)number != getpid()))
		return 0;
	return (uint32_t)(period_us / MS_US / SHARE);
}

void
watchdog_look(struct server *server)
{
	bool are_well = true;

	for (unsigned i = 0; i < server->started; i++) {
		struct worker *worker = &server->workers[i];

		if (atomic_exchange(&worker->is_asked, true)) {
			log_errorx("worker does not answer worker=%u", i);
			are_well = false;
		}
		mailbox_signal(&worker->mailbox, MAILBOX_PING);
	}
	if (are_well)
		notify_send("WATCHDOG=1");
}
