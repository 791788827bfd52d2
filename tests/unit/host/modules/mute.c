/* A module whose check refuses everything and does not say why. It asks
 * for no setting before it gives up. */
#include <framed/module.h>

static int
mute_check(const struct framed_settings *settings, char *error, size_t size)
{
	(void)settings;
	(void)error;
	(void)size;
	return -1;
}

FRAMED_MODULE(.name = "mute", .version = "1.0", .check = mute_check);
