/* From a URL that names a host to such as framed_connect() takes. */
#ifndef FRAMED_NET_LOOKUP_H
#define FRAMED_NET_LOOKUP_H

#include <stddef.h>

#include "base/guard.h"

enum lookup_result {
	LOOKUP_DONE,
	LOOKUP_WRONG,   /* no URL of ours: exit status 64 */
	LOOKUP_UNKNOWN, /* the name has no address */
	LOOKUP_NO_MEMORY
};

struct lookup {
	char **urls; /* with literal addresses, in the order to try them */
	size_t count;
	char *host; /* for the Host header */
};

/*
 * Finds all addresses; waits for answers of name servers. error_out is a
 * sentence, except with DONE. lookup_release() is due in every case.
 */
MUST_CHECK enum lookup_result lookup(
    struct lookup *found, const char *url, const char **error_out);
void lookup_release(struct lookup *found);

#endif
