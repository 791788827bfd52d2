/* framed-bench: the load, from the command line to the report. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/modes.h"
#include "bench/report.h"
#include "net/lookup.h"

static const struct {
	const struct mode *mode;
	void (*run)(struct load *load);
} modes[] = {
    [MODE_ECHO] = {&echo_mode, echo_run},
    [MODE_BROADCAST] = {&broadcast_mode, broadcast_run},
    [MODE_CONNECT] = {&connect_mode, connect_run},
    [MODE_IDLE] = {&idle_mode, idle_run},
};

static void
pin(int cpu)
{
	cpu_set_t set;

	if (cpu == ARGUMENTS_NO_CPU)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) == -1)
		load_fail(EX_USAGE, "processor %d: %s", cpu, strerror(errno));
}

/* Returns the exit status. */
static int
measure(const struct arguments *arguments)
{
	struct load load;
	struct lookup found;

	pin(arguments->cpu);
	load_init(&load, arguments, modes[arguments->mode].mode, &found);
	modes[arguments->mode].run(&load);
	if (arguments->is_json)
		report_json(&load, stdout);
	else
		report_text(&load, stdout);
	load_close_all(&load);
	load_release(&load);
	lookup_release(&found);
	return load.measure.lost > 0 || load.measure.duplicated > 0 ? 1 : EX_OK;
}

int
main(int argc, char **argv)
{
	struct arguments arguments;
	int status = arguments_read(&arguments, argc, argv);

	if (status == ARGUMENTS_GO_ON)
		status = measure(&arguments);
	/* nobody got the report when it could not be written */
	if (fflush(stdout) != 0 && status == EX_OK)
		status = EX_IOERR;
	return status;
}
