/* A module that wants one byte too many for each session. */
#include <framed/module.h>

const struct framed_module *
framed_module_entry(const struct framed_host *host)
{
	static const struct framed_module module = {
	    .magic = FRAMED_ABI_MAGIC,
	    .abi_major = FRAMED_ABI_MAJOR,
	    .abi_minor = FRAMED_ABI_MINOR,
	    .size = sizeof(struct framed_module),
	    .session_size = (1 << 20) + 1,
	    .name = "greedy",
	    .version = "1.0",
	};

	(void)host;
	return &module;
}
