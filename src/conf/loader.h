/*
 * What the two halves of loading share: load.c walks groups and lists, and
 * load_value.c takes the values in them.
 */
#ifndef FRAMED_CONF_LOADER_H
#define FRAMED_CONF_LOADER_H

#include <libconfig.h>
#include <stdbool.h>

#include "base/guard.h"
#include "conf/conf.h"
#include "conf/options.h"
#include "conf/report.h"
#include "conf/source.h"

struct loader {
	config_t config;
	struct source *source;
	struct conf *conf;
	struct conf_report *report;
	bool is_out_of_memory;
};

/* The struct that the options of one scope go to. */
struct target {
	enum option_scope scope;
	void *base;
};

/* Where a setting stands. */
struct source_place loader_place(
    const struct loader *l, const config_setting_t *setting);

/* Complains of it, and the walk goes on. */
void loader_complain(const struct loader *l, const config_setting_t *setting,
    const char *format, ...) PRINTF(3, 4);

/* Copies; NULL after noting that memory ran out. */
char *loader_copy(struct loader *l, const char *text);

/* What a setting is, for a sentence: "a string" or so. */
const char *loader_kind(const config_setting_t *setting);

/* Takes a setting as the option's value, or complains. */
void loader_take(struct loader *l, const struct target *target,
    const config_setting_t *setting, const struct option *option);

#endif
