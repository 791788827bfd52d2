/* A module without a single callback. */
#include <framed/module.h>

FRAMED_MODULE(.name = "plain", .version = "1.0");
