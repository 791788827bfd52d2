/*
 * The service manager's watchdog (sd_watchdog_enabled(3)): fed for as long as
 * every worker answers. A timer alone would feed it while a module hangs.
 */
#ifndef FRAMED_CORE_WATCHDOG_H
#define FRAMED_CORE_WATCHDOG_H

#include <stdint.h>

struct server;

/* How often it is to be looked after, half of what the manager asks for; 0: it
 * does not. */
uint32_t watchdog_interval_ms(void);

/* Feeds it if all workers have answered since the last time, and asks them again;
 * says in the log who has not. Main thread, once in an interval. */
void watchdog_look(struct server *server);

#endif
