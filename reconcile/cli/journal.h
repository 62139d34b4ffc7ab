/* SPDX-License-Identifier: MIT */
/*
 * journal: what apply --quiet prints, which a timer or a loop calls every few seconds:
 * changes, decisions, what does not work, warnings and errors, each once and then with
 * growing distance (notices.h). Nothing where nothing happens.
 */
#pragma once

#include "options.h"
#include "output.h"

/* whole: the run looked at everything, so that what it does not report is over. */
void journal_print(struct printer *printer, struct report *report, const struct options *options,
		   bool whole);
