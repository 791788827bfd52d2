/* A module that counts on calls this host does not have yet. */
#include <framed/module.h>

const struct framed_module *
framed_module_entry(const struct framed_host *host)
{
	static const struct framed_module module = {
	    .magic = FRAMED_ABI_MAGIC,
	    .abi_major = FRAMED_ABI_MAJOR,
	    .abi_minor = FRAMED_ABI_MINOR + 1,
	    .size = sizeof(struct framed_module),
	    .name = "newer_minor",
	    .version = "1.0",
	};

	(void)host;
	return &module;
}
