/* SPDX-License-Identifier: MIT */
/*
 * unit_main: runs the suite of one module's tests. Each NAME_test.c beside the
 * code defines suite() and becomes a program of its own.
 */
#include "unit.h"

#include "base/cli/message.h"

#include <stdlib.h>

const char program_name[] = "wgreconcile";

int main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
