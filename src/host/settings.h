/*
 * An endpoint's settings, as its module sees them. Remembers what was asked
 * for, so that keys the module does not know can be refused.
 */
#ifndef FRAMED_HOST_SETTINGS_H
#define FRAMED_HOST_SETTINGS_H

#include "base/guard.h"
#include "conf/conf.h"
#include "conf/load.h"
#include "framed/module.h"

/* Opaque to modules. Borrows the endpoint's part of the configuration. */
struct framed_settings {
	const struct conf_endpoint *endpoint;
	struct conf_report *report; /* where wrong types are told */
	bool *asked;                /* setting_count of them; NULL: not noted */
};

/*
 * The functions behind framed_setting_…() of <framed/module.h>. Each returns
 * the setting's value, or fallback when the endpoint has no such setting or,
 * after a complaint, one of another type. A string is the configuration's and
 * lives as long. An integer may stand for a floating-point number.
 */
const char *settings_string(const struct framed_settings *settings,
    const char *name, const char *fallback);
int64_t settings_int(
    const struct framed_settings *settings, const char *name, int64_t fallback);
int settings_bool(
    const struct framed_settings *settings, const char *name, int fallback);
double settings_float(
    const struct framed_settings *settings, const char *name, double fallback);

#endif
