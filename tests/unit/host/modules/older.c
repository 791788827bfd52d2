/*
 * A module from before the struct had callbacks behind on_open. What follows
 * it in memory is no part of it, and must not be taken for callbacks.
 */
#include <framed/module.h>

static void
do_nothing(struct framed_session *session)
{
	(void)session;
}

const struct framed_module *
framed_module_entry(const struct framed_host *host)
{
	static const struct framed_module module = {
	    .magic = FRAMED_ABI_MAGIC,
	    .abi_major = FRAMED_ABI_MAJOR,
	    .abi_minor = 0,
	    .size = offsetof(struct framed_module, on_message),
	    .name = "older",
	    .version = "0.9",
	    .on_open = do_nothing,
	    .on_writable = do_nothing,
	};

	(void)host;
	return &module;
}
