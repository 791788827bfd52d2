/* Sessions that have nothing to say, once they have said something. */
#include "bench/modes.h"

void
idle_run(struct load *load)
{
	/* the first brings in what is there once for all */
	load_open(load, 1);
	echo_once(load);
	load->measure.rss_before = load_server_resident(load);
	load_open(load, load->arguments->connections);
	echo_once(load);
}
