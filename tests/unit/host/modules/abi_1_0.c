/* A module that was compiled with the header of ABI 1.0: its struct ended with
 * on_close. What follows it in memory is no part of it. */
#include <framed/module.h>

static void
do_nothing(struct framed_session *session)
{
	(void)session;
}

static void
close_nothing(
    struct framed_session *session, const struct framed_close_info *reason)
{
	(void)session;
	(void)reason;
}

static void
stop_nothing(struct framed_worker *worker, void *data)
{
	(void)worker;
	(void)data;
}

const struct framed_module *
framed_module_entry(const struct framed_host *host)
{
	static const struct framed_module module = {
	    .magic = FRAMED_ABI_MAGIC,
	    .abi_major = FRAMED_ABI_MAJOR,
	    .abi_minor = 0,
	    .size = offsetof(struct framed_module, worker_start),
	    .name = "abi_1_0",
	    .version = "1.0",
	    .on_open = do_nothing,
	    .on_close = close_nothing,
	    .worker_stop = stop_nothing,
	};

	(void)host;
	return &module;
}
