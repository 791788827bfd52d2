/* What the tests of src/host share: a report that can be read back, and a host
 * for modules to talk to. */
#ifndef FRAMED_TESTS_UNIT_HOST_SUPPORT_H
#define FRAMED_TESTS_UNIT_HOST_SUPPORT_H

#include <stddef.h>

#include "conf/conf.h"
#include "conf/load.h"
#include "framed/module.h"

/* Text for the char * fields of configurations written down as literals. */
#define TEXT(literal) ((char[]){"" literal})

/* A report whose complaints are kept in memory. */
struct complaints {
	struct conf_report report;
	char *text;
	size_t length;
};

void complaints_init(struct complaints *complaints);
void complaints_release(struct complaints *complaints);

/* Fails the test unless exactly these lines were complained of. */
void complaints_expect(struct complaints *complaints, const char *lines);

/*
 * A host with a log, settings and no groups; the other calls are NULL. Its log
 * is told by support_log(): lines without level, since support_log_clear().
 */
extern const struct framed_host support_host;

const char *support_log(void);
void support_log_clear(void);

#endif
