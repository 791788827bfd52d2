#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

int
number_read(const char *text, uint64_t max, uint64_t *number_out)
{
	char *end;

	errno = 0;
	*number_out = strtoull(text, &end, 10);
	/* strtoull() would also take blanks and signs */
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    *number_out > max)
		return -1;
	return 0;
}
