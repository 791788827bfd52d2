/* A module whose entry gives up. */
#include <framed/module.h>

const struct framed_module *
framed_module_entry(const struct framed_host *host)
{
	(void)host;
	return NULL;
}
