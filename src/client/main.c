/* framed-cat: the command line, and the rest is cat.c's. */
#include <signal.h>

#include "base/log.h"
#include "client/arguments.h"
#include "client/cat.h"

int
main(int argc, char **argv)
{
	struct arguments arguments;
	int status = arguments_read(&arguments, argc, argv);

	log_init();
	log_set_level(LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN);
	if (status == ARGUMENTS_GO_ON)
		status = cat_run(&arguments);
	arguments_release(&arguments);
	return status;
}
