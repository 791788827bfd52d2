/*
 * framed-cat: sessions in the client's role, one after the other, over the code
 * that serves them: a server without listeners, whose one worker is turned by
 * the main thread, and whose one endpoint has a module that prints.
 */
#ifndef FRAMED_CLIENT_CAT_H
#define FRAMED_CLIENT_CAT_H

#include "base/guard.h"
#include "client/arguments.h"

enum cat_status {
	CAT_NORMAL = 0,
	CAT_ABNORMAL = 1,  /* closed with another code, or lost */
	CAT_NO_SESSION = 2 /* no connection, or no handshake */
};

/* Does what the command line says. Returns the exit status: one of the above,
 * of sysexits.h, or 128 and the number of a signal. */
MUST_CHECK int cat_run(const struct arguments *arguments);

#endif
