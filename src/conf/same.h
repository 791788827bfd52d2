/* What is the same in two places of a configuration, or in two of them. */
#ifndef FRAMED_CONF_SAME_H
#define FRAMED_CONF_SAME_H

#include <stdbool.h>

#include "conf/conf.h"

/* NULL is the same as NULL only. */
bool same_string(const char *a, const char *b);

/* Whether both are one numeric address, whatever way it was written: "::1" and
 * "0::1". What is no address is the same as nothing. */
bool same_address(const char *a, const char *b);

/* Whether both are one socket; port 0 counts as a port. */
bool same_socket(const struct conf_listener *a, const struct conf_listener *b);

/* Whether the same requests are for both. */
bool same_route(const struct conf_endpoint *a, const struct conf_endpoint *b);

#endif
