/*
 * What the TLS connections of a listener have in common: certificates, keys,
 * and how they speak (RFC 8446, RFC 5246 with the advice of RFC 9325). Made once
 * and not changed, so that all threads may use it; and the same for connections
 * that we begin.
 */
#ifndef FRAMED_NET_TLS_CONTEXT_H
#define FRAMED_NET_TLS_CONTEXT_H

#include <openssl/types.h>

#include "base/guard.h"
#include "conf/conf.h"

struct tls_context;

/* Room for what was wrong, as a sentence. */
enum { TLS_ERROR_MAX = 512 };

/*
 * Reads the files that a listener's configuration names. Of several
 * certificates, the client's server_name (RFC 6066 §3) chooses the first that
 * is for that name, or the first of all. Says in the log when one has expired.
 * Returns NULL after writing what was wrong to error.
 */
MUST_CHECK struct tls_context *tls_context_new(
    const struct conf_tls *conf, char error[TLS_ERROR_MAX]);

enum tls_trust {
	TLS_TRUST_SYSTEM, /* the authorities that the system trusts */
	TLS_TRUST_ALL     /* whoever answers: for tests */
};

/*
 * The same for connections that we begin. ca_file: authorities to trust instead
 * of the system's; or NULL.
 */
MUST_CHECK struct tls_context *tls_context_new_client(
    enum tls_trust trust, const char *ca_file, char error[TLS_ERROR_MAX]);

/* Clears *context; NULL is fine. Its streams are gone. */
void tls_context_free(struct tls_context **context);

/* For tls_stream.c: what its streams are made of. */
SSL_CTX *tls_context_get(const struct tls_context *context);

#endif
