/* SPDX-License-Identifier: MIT */
/*
 * plan_outcome: the recorded state, corrected after it is known which changes took effect.
 */
#pragma once

#include "plan.h"

/*
 * After apply: corrects plan->recorded by the results of the changes. before: recorded
 * before the run. after: the kernel's state now; NULL if it was not read back. now: the
 * clock. Returns true when something was corrected and must be recorded.
 */
bool plan_outcome(struct plan *plan, const struct recorded *before, const struct observed *after,
		  const struct now *now);
