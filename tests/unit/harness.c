/* The main() of every unit test. */
#include "tests/unit/harness.h"

#include <stdlib.h>

int
main(void)
{
	SRunner *runner = srunner_create(test_suite());
	int failed;

	/* "-" is standard output, where automake's TAP driver listens. */
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
