/* SPDX-License-Identifier: MIT */
/*
 * journal: output of apply --quiet, called by a timer or a loop every few seconds: changes,
 * decisions, failures, warnings and errors, each once and then at growing intervals
 * (notices.h). No output if nothing happens.
 */
#pragma once

#include "options.h"
#include "output.h"

/* whole: the run was a full one, so that a condition it does not report is over. */
void journal_print(struct printer *printer, struct report *report, const struct options *options,
		   bool whole);
