/* Telling the service manager how things stand: the protocol of sd_notify(3). */
#ifndef FRAMED_BASE_NOTIFY_H
#define FRAMED_BASE_NOTIFY_H

#include "base/guard.h"

/*
 * Sends lines such as "READY=1" to whom NOTIFY_SOCKET names, if it does; 512
 * bytes at most. It is never waited for: who does not take them will see what
 * becomes of us all the same. Any thread.
 */
void notify_send(const char *format, ...) PRINTF(1, 2);

#endif
