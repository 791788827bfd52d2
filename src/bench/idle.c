/* Sessions that have nothing to say, once they have said something. */
#include "bench/modes.h"

void
idle_run(struct load *load)
{
	load->measure.rss_before = load_server_resident(load);
	load_open_all(load);
	echo_once(load);
}
