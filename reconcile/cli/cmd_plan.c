/* SPDX-License-Identifier: MIT */
#include "step.h"

enum exit_code cmd_plan(void *given)
{
	struct options *options = given;
	return step(options, RUN_DRY, NULL);
}
