/* How complaints about a configuration are written: load.h has the rest. */
#ifndef FRAMED_CONF_REPORT_H
#define FRAMED_CONF_REPORT_H

#include <stdarg.h>

#include "base/guard.h"
#include "conf/load.h"

/* conf_complain() for callers that are variadic themselves. */
void conf_complain_args(struct conf_report *report, const char *file,
    unsigned line, const char *format, va_list args) PRINTF(4, 0);

#endif
