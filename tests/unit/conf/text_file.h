/* Configurations in temporary files, and what loading them says. */
#ifndef FRAMED_TESTS_UNIT_CONF_TEXT_FILE_H
#define FRAMED_TESTS_UNIT_CONF_TEXT_FILE_H

#include <stddef.h>

#include "conf/conf.h"

/* A file of the test's own, in the current folder; removed at the end. */
void text_file_write(const char *name, const char *text);
void text_file_write_bytes(const char *name, const void *bytes, size_t length);

/* For fixtures: changes into a new temporary folder, and removes it. */
void text_file_enter(void);
void text_file_leave(void);

/*
 * Loads a file. complaints_out gets what was complained, "" if nothing; both
 * are the caller's to free. The test fails when the result, the count of
 * complaints and their lines do not agree.
 */
struct conf *text_file_load(const char *name, char **complaints_out);

/* Loads a file that has to be wrong, with just these complaints. */
void text_file_assert_refused(const char *name, const char *complaints);

/* Loads a file that has to be right. */
struct conf *text_file_load_good(const char *name);

/* What conf_print() writes; the caller's to free. */
char *text_file_print(const struct conf *conf);

#endif
