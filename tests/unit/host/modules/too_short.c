/* A module whose struct ends before its version. */
#include <framed/module.h>

const struct framed_module *
framed_module_entry(const struct framed_host *host)
{
	static const struct framed_module module = {
	    .magic = FRAMED_ABI_MAGIC,
	    .abi_major = FRAMED_ABI_MAJOR,
	    .abi_minor = FRAMED_ABI_MINOR,
	    .size = offsetof(struct framed_module, version),
	    .name = "too_short",
	    .version = "1.0",
	};

	(void)host;
	return &module;
}
