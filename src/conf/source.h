/*
 * The text of a configuration file, its @includes put in, as libconfig gets
 * it. We read the files ourselves for two reasons. libconfig 1.5 keeps 32 bits
 * of an integer and says nothing of the rest: here every integer gets the "L"
 * that makes it keep 64, and one that needs more is refused. And only we know
 * each line's true file, relative to where the operator stands.
 */
#ifndef FRAMED_CONF_SOURCE_H
#define FRAMED_CONF_SOURCE_H

#include "base/guard.h"
#include "conf/load.h"

struct source;

/* Where a line of the text stands. file is borrowed from the source. */
struct source_place {
	const char *file;
	unsigned line;
};

/*
 * Reads a file. `@include "other.conf"` at the start of a line is replaced by
 * that file, a relative name counting from the folder of the main file.
 * Returns the source, which the caller frees, or NULL after at least one
 * complaint: a file that cannot be read or includes itself, an unfinished
 * string or comment, an "@" that begins no such line, a NUL byte, an integer
 * beyond 64 bits, too many files, too much text.
 */
MUST_CHECK struct source *source_read(
    const char *file, struct conf_report *report);

/* Frees a source and clears *source; NULL is fine. */
void source_free(struct source **source);

/* The whole text. Borrowed. */
const char *source_text(const struct source *source);

/*
 * Where line `line` of the text, counted from 1, comes from. The number is
 * libconfig's: for one that is none of ours, the main file without a line.
 */
struct source_place source_place(const struct source *source, unsigned line);

#endif
