/* Certificates for tests: made anew each time, of a key of their own. */
#ifndef FRAMED_TESTS_UNIT_NET_CERTIFICATE_H
#define FRAMED_TESTS_UNIT_NET_CERTIFICATE_H

/* Writes a self-signed certificate for a name, and its key, into one file, in PEM.
 * A failure ends the test. */
void certificate_write(const char *path, const char *name);

#endif
