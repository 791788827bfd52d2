#include "base/tally.h"

#include <stdlib.h>

struct tally *
tally_new(void)
{
	struct tally *tally = calloc(1, sizeof(*tally));

	return tally == NULL ? NULL : tally_hold(tally);
}

struct tally *
tally_hold(struct tally *tally)
{
	tally->holders++;
	return tally;
}

void
tally_release_hold(struct tally **tally)
{
	if (*tally != NULL && --(*tally)->holders == 0)
		free(*tally);
	*tally = NULL;
}

bool
tally_enter(struct tally *tally, unsigned limit)
{
	if (atomic_fetch_add(&tally->count, 1) < limit)
		return true;
	atomic_fetch_sub(&tally->count, 1);
	return false;
}

void
tally_leave(struct tally *tally)
{
	atomic_fetch_sub(&tally->count, 1);
}
