/* A module whose load wants another type than its check found right. */
#include <framed/module.h>

static int
fickle_check(const struct framed_settings *settings, char *error, size_t size)
{
	(void)error;
	(void)size;
	framed_setting_bool(settings, "mood", 1);
	return 0;
}

static int
fickle_load(const struct framed_settings *settings, void **instance_out,
    char *error, size_t size)
{
	(void)instance_out;
	(void)error;
	(void)size;
	framed_setting_int(settings, "mood", 1);
	return 0;
}

FRAMED_MODULE(.name = "fickle", .version = "1.0", .check = fickle_check,
    .load = fickle_load);
