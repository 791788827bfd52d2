/* The table of host functions that modules call: <framed/module.h>. */
#ifndef FRAMED_CORE_HOST_API_H
#define FRAMED_CORE_HOST_API_H

#include "framed/module.h"

/* Lives as long as the process. */
const struct framed_host *host_api(void);

#endif
