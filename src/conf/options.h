/*
 * Every option of the configuration file, in one table: it drives loading,
 * defaults, printing, and the tests that the manual and the installed file
 * name each of them.
 */
#ifndef FRAMED_CONF_OPTIONS_H
#define FRAMED_CONF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/guard.h"

/* Where an option may stand, and which struct then holds it. */
enum option_scope {
	SCOPE_GLOBAL,   /* struct conf */
	SCOPE_LISTENER, /* struct conf_listener */
	SCOPE_ENDPOINT, /* struct conf_endpoint */
	SCOPE_COUNT
};

/* What stands in the file, its unit, and the field it goes to. */
enum option_type {
	OPTION_COUNT,  /* uint32_t */
	OPTION_SMALL,  /* uint8_t */
	OPTION_PORT,   /* uint16_t */
	OPTION_BYTES,  /* uint32_t; may also be written "64K", "16M", "1G" */
	OPTION_MS,     /* uint32_t */
	OPTION_BOOL,   /* bool */
	OPTION_WORD,   /* an enum, written as one of its words */
	OPTION_STRING, /* char *, owned; NULL when not given */
	OPTION_ROUTE,  /* the same; and "*" is cut off its end (conf.h) */
	/* the same, of a string or an array of them: each with LF behind it */
	OPTION_LIST
};

enum option_flags {
	/* has no default and must be given, with what it needs */
	OPTION_REQUIRED = 1 << 0,
	/* a reload does not change it, only another start */
	OPTION_RESTART = 1 << 1
};

struct option {
	const char *path; /* "workers", or "group.name" */
	enum option_type type;
	unsigned flags;
	unsigned scopes;            /* bits 1 << enum option_scope */
	size_t offset[SCOPE_COUNT]; /* in the scope's struct */
	int64_t fallback;           /* the default of all but strings */
	int64_t min;
	int64_t max;
	const char *fallback_string; /* NULL: not set */
	/* OPTION_WORD: the word of each value from min to max */
	const char *(*word)(int64_t value);
	const char *words; /* all of them, for a sentence */
	/* strings: NULL, or what is wrong with text ("must be …"); of a
	 * list, with each */
	const char *(*check)(const char *text);
	/* numbers: NULL, or the same of one from min to max */
	const char *(*check_number)(int64_t value);
	/* NULL, or the path of a string of the same scope without which this
	 * option means nothing: then giving it is a mistake */
	const char *needs;
};

extern const struct option options[];
extern const size_t option_count;

/* NULL when no option of this path may stand in the scope. */
const struct option *option_find(enum option_scope scope, const char *path);

/* Whether the scope has options "name.…". */
bool option_is_group(enum option_scope scope, const char *name);

/*
 * The option of the scope whose path is a slip of the pen away from `path`, or
 * NULL.
 */
const struct option *option_guess(enum option_scope scope, const char *path);

/* Whether what the option needs, if it needs anything, is set in `base`. */
bool option_applies(
    const struct option *option, enum option_scope scope, const void *base);

/* What stands before an option's path in a sentence: "endpoints[]." or so. */
const char *option_scope_name(enum option_scope scope);

/* What the file must hold: ends a sentence that begins "must be". */
const char *option_wanted(const struct option *option);

/* Whether the option holds a string; if not, it holds a number. */
bool option_is_string(const struct option *option);

/*
 * The option's value in `base`, the struct of the scope. An enum or bool is
 * read and written as a number. Strings are borrowed; set takes ownership of
 * text and frees the one before.
 */
int64_t option_get_number(
    const struct option *option, enum option_scope scope, const void *base);
void option_set_number(const struct option *option, enum option_scope scope,
    void *base, int64_t value);
const char *option_get_string(
    const struct option *option, enum option_scope scope, const void *base);
void option_set_string(const struct option *option, enum option_scope scope,
    void *base, char *text);

/* Whether two structs of the scope have the same value. */
bool option_is_equal(const struct option *option, enum option_scope scope,
    const void *a, const void *b);

/*
 * Sets every option of the scope to its default. base is zeroed storage.
 * Returns 0, or -1 when memory ran out.
 */
MUST_CHECK int options_set_defaults(enum option_scope scope, void *base);

/* Reads "64K", "16M", "1G", "512" (1024-based). Returns 0, or -1 if not one. */
MUST_CHECK int option_parse_bytes(const char *text, int64_t *value_out);

#endif
