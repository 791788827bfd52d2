/*
 * The TLS contexts of a server: one for each listener that has TLS, and one for
 * the sessions that it begins itself.
 */
#ifndef FRAMED_CORE_TLS_CONTEXTS_H
#define FRAMED_CORE_TLS_CONTEXTS_H

#include <pthread.h>
#include <stddef.h>

#include "base/guard.h"
#include "conf/conf.h"
#include "conf/load.h"
#include "net/tls_context.h"

struct tls_contexts {
	struct tls_context **listeners; /* NULL where there is no TLS */
	size_t count;
	pthread_mutex_t lock;
	struct tls_context *client; /* made when first asked for */
};

/* Reads all certificates and keys. Returns 0, or -1 after a complaint for each
 * listener that cannot be; tls_contexts_release() is due in both cases. */
MUST_CHECK int tls_contexts_init(struct tls_contexts *contexts,
    const struct conf *conf, struct conf_report *report);
void tls_contexts_release(struct tls_contexts *contexts);

/* That of client sessions. Any thread. Returns NULL after writing what was wrong
 * to error. */
MUST_CHECK const struct tls_context *tls_contexts_client(
    struct tls_contexts *contexts, const struct conf *conf,
    char error[TLS_ERROR_MAX]);

#endif
