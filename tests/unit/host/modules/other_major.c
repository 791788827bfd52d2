/* A module for the next, incompatible ABI. */
#include <framed/module.h>

const struct framed_module *
framed_module_entry(const struct framed_host *host)
{
	static const struct framed_module module = {
	    .magic = FRAMED_ABI_MAGIC,
	    .abi_major = FRAMED_ABI_MAJOR + 1,
	    .abi_minor = 0,
	    .size = sizeof(struct framed_module),
	    .name = "other_major",
	    .version = "1.0",
	};

	(void)host;
	return &module;
}
