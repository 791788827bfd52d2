/*
 * A host for one module that is linked into the test: one session, which notes
 * what the module asks for and answers as it is told. It shows how a module is
 * tested without the daemon.
 */
#ifndef FRAMED_TESTS_UNIT_MODULES_FAKE_HOST_H
#define FRAMED_TESTS_UNIT_MODULES_FAKE_HOST_H

#include <stddef.h>
#include <stdint.h>

#include <framed/module.h>

/* What framed_send() or framed_publish() was last given. */
struct fake_message {
	unsigned count; /* calls so far */
	enum framed_type type;
	char text[64];
	unsigned flags;
};

/* The one session; all zero is a good beginning. */
struct framed_session {
	void *instance;
	uint64_t storage[8];
	enum framed_result answer; /* to send, subscribe and publish */
	struct fake_message sent;
	struct fake_message published;
	char topic[300];     /* last subscribed to */
	const char *failure; /* why the module failed it, or NULL */
};

/* The settings a module finds. */
struct framed_settings {
	const char *topic;  /* NULL: none */
	int include_sender; /* -1: none */
};

/* Lines the module wrote to the log. */
extern unsigned fake_log_lines;
extern char fake_log_last[256];

/* The module, after a fresh start that clears the log. */
const struct framed_module *fake_host_start(void);

#endif
