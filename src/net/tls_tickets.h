/*
 * Keys for session tickets (RFC 5077, RFC 8446 §4.6.1): what a client shows to
 * resume a session is sealed with the newest key, and opened with that or the
 * one before. Old keys are forgotten, so that nobody who takes them later can
 * read what was recorded.
 */
#ifndef FRAMED_NET_TLS_TICKETS_H
#define FRAMED_NET_TLS_TICKETS_H

#include <openssl/types.h>
#include <stdint.h>

#include "base/guard.h"

struct tls_tickets;

/* Keys that are replaced after period_ms of use, and forgotten after another.
 * NULL without memory. */
MUST_CHECK struct tls_tickets *tls_tickets_new(uint32_t period_ms);
/* Clears *tickets; NULL is fine. No context uses them any more. */
void tls_tickets_free(struct tls_tickets **tickets);

/* Has the connections of a context use the keys. Any thread may, then. Returns 0
 * or -1. */
MUST_CHECK int tls_tickets_attach(struct tls_tickets *tickets, SSL_CTX *ctx);

#endif
