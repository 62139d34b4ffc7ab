/* SPDX-License-Identifier: MIT */
/*
 * plan_outcome: what is to be recorded once it is known which changes took effect.
 */
#pragma once

#include "plan.h"

/*
 * After the changes of plan were carried out: corrects plan->recorded by their results.
 * before: what was recorded before the run. after: what the kernel has now; NULL where
 * that was not read back. now: the clock. Returns true when something was corrected,
 * which then has to be recorded.
 */
bool plan_outcome(struct plan *plan, const struct recorded *before, const struct observed *after,
		  const struct now *now);
