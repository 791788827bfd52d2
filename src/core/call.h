/*
 * What a client session was made of: its URL, for life, and until it is open
 * what it asks the server for.
 */
#ifndef FRAMED_CORE_CALL_H
#define FRAMED_CORE_CALL_H

#include <sys/socket.h>

#include "base/guard.h"
#include "core/pmce.h"
#include "core/seats.h"
#include "framed/module.h"
#include "proto/handshake_client.h"

/* What is asked for. The strings that it borrows lie behind it. */
struct wish {
	struct handshake_client client;
	struct span subprotocols[HANDSHAKE_SUBPROTOCOLS_MAX];
	char extensions[PMCE_VALUE_SIZE];
	struct sockaddr_storage address;
	socklen_t address_length;
	bool is_secure;     /* over TLS */
	const char *target; /* path and query as they are sent */
	char strings[];
};

/* The query of the target, or "". */
static inline const char *
wish_query(const struct wish *wish)
{
	return wish->client.query.length > 0
	    ? (const char *)wish->client.query.data
	    : "";
}

struct call {
	struct seat *seat; /* whose it is */
	uint64_t token;
	uint16_t status;   /* of the response; 0: none came */
	struct wish *wish; /* NULL once the session is open */
	char url[];
};

/*
 * Judges and copies the options, and makes a key. Returns FRAMED_OK and the
 * call, the caller's; FRAMED_INVALID or FRAMED_NO_MEMORY.
 */
MUST_CHECK enum framed_result call_new(struct seat *seat,
    const struct framed_connect_options *options, struct call **call_out);
/* Clears *call; NULL is fine. */
void call_free(struct call **call);

/* Frees what it asks for, which nobody needs any more. */
void call_forget_wish(struct call *call);

/* The request, allocated, the caller's to free; its length is in length_out.
 * NULL without memory. */
MUST_CHECK char *call_write_request(
    const struct call *call, size_t *length_out);

/* Its facts, for the module. Borrows the URL. */
void call_describe(const struct call *call, struct framed_call *facts_out);

/* Bytes of memory in it, for accounting; NULL has none. */
size_t call_held(const struct call *call);

#endif
