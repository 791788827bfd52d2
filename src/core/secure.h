/*
 * The bytes under a session that is SESSION_SECURED: what TLS makes of them, on
 * the buffers of the worker. For others this is core/output.c's and
 * core/driver.c's business with the transport alone.
 */
#ifndef FRAMED_CORE_SECURE_H
#define FRAMED_CORE_SECURE_H

#include <sys/types.h>
#include <sys/uio.h>

#include "base/guard.h"
#include "base/span.h"
#include "core/session.h"

/*
 * Has the bytes of the session be TLS from now on: in the server's role, as its
 * listener has it; in the client's, where a certificate for host is expected.
 * Where that cannot be, the session is over.
 */
void secure_begin(struct session *session);
void secure_begin_client(struct session *session, struct span host);

/* Has them be plain again, before anything was enciphered. */
void secure_abandon(struct session *session);

/* Where to receive, in the worker's buffer. */
struct bytes secure_receive_place(struct session *session);

/* Deciphers what was received there, all of it; *in is then what it says. */
void secure_decrypt(struct session *session, struct bytes *in);

/* To be called when that was worked on, or later: sends what is gathered, and
 * ends the session if what was received was the end. */
void secure_settle(struct session *session);

/* The connection was cut. */
void secure_ended(struct session *session);

/* As transport_send(). What the kernel did not take BLOCKs the session. */
MUST_CHECK ssize_t secure_send(
    struct session *session, struct iovec *parts, int count);

/* Whether enciphered bytes wait for the kernel to take more. */
bool secure_has_rest(const struct session *session);

/* Sends what is gathered. An error ends the session, later, from the driver. */
void secure_flush(struct session *session);

/* Tells the peer that no more will come. Nothing where it is not secured. */
void secure_end(struct session *session);

/* As transport_send(), for sessions of either kind. */
MUST_CHECK static inline ssize_t
session_write(struct session *session, struct iovec *parts, int count)
{
	if (UNLIKELY(session->flags & SESSION_SECURED))
		return secure_send(session, parts, count);
	return transport_send(&session->transport, parts, count);
}

#endif
