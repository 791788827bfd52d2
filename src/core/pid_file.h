/*
 * The file with our number in it, for those who are no service managers. Its lock
 * is what tells whether there is another one of us, never the number.
 */
#ifndef FRAMED_CORE_PID_FILE_H
#define FRAMED_CORE_PID_FILE_H

#include "base/guard.h"

struct pid_file {
	const char *path; /* borrowed from the first configuration */
	int fd;           /* -1: there is none */
};

/*
 * Opens and locks the file, made if need be; NULL: none is wanted. Returns 0, or
 * -1 after saying in the log why it cannot be had, such as by whom. Main thread,
 * as for all below.
 */
MUST_CHECK int pid_file_open(struct pid_file *file, const char *path);

/* Writes the number, in a line. */
void pid_file_write(const struct pid_file *file);

/* Removes it, or empties it where that is not allowed. Twice is fine. */
void pid_file_close(struct pid_file *file);

#endif
