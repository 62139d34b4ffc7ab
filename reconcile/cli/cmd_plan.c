/* SPDX-License-Identifier: MIT */
#include "step.h"

enum exit_code cmd_plan(struct options *options)
{
	return step(options, RUN_DRY, NULL);
}
