/* A module for raw endpoints only. */
#include <framed/module.h>

static void
drop(struct framed_session *session, const struct framed_frame *frame)
{
	(void)session;
	(void)frame;
}

FRAMED_MODULE(.name = "raw", .version = "1.0", .on_frame = drop);
